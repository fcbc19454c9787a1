// Matrix products of float32 operands rounded to tf32 (10 bits of mantissa, to nearest), summed in float32 by the tensor cores.
#include "matmul_tensor_core.cuh"

namespace {

/**
 * Shared memory: operands along the depth as [128, 16] in rows of 20 words, others as [16, 128] in rows of 136: the eight rows
 * of four words that one matrix of a load reads, and the four rows of eight words that a fragment reads, then lie in different
 * banks. A load of "8 x 8 elements of 16 bits" gives lane 4 g + t the 32-bit word t of row g.
 */
struct Tf32 {
  static constexpr int depth = 16, k_step = 8, along = depth + 4, across = tensor_tile + 8;
  static constexpr int operand_bytes = tensor_tile * along * 4;
  static_assert(depth * across * 4 <= operand_bytes, "either arrangement fits");

  template <bool Along, typename P> static __device__ __forceinline__ void store(const P& panel, unsigned char* to) {
    panel.store([to](int line, int at, float4 piece) {
      *reinterpret_cast<uint4*>(to + (line * (Along ? along : across) + at) * 4) =
          make_uint4(round_to_tf32(piece.x), round_to_tf32(piece.y), round_to_tf32(piece.z), round_to_tf32(piece.w));
    });
  }

  /** The word of [depth, extent] at depth k + t and place g. */
  static __device__ __forceinline__ uint32_t word(const unsigned char* from, int k, int place, int lane) {
    return reinterpret_cast<const uint32_t*>(from)[(k + lane % 4) * across + place + lane / 4];
  }

  template <bool Along>
  static __device__ __forceinline__ void load_a(uint32_t (&to)[4], const unsigned char* from, int row, int k, int lane) {
    if (Along) {
      load_matrix_x4(to, from + ((row + lane % 16) * along + k + lane / 16 * 4) * 4);
    } else {
#pragma unroll
      for (int r = 0; r < 4; r++) to[r] = word(from, k + r / 2 * 4, row + r % 2 * 8, lane);
    }
  }

  template <bool Along>
  static __device__ __forceinline__ void load_b(uint32_t (&low)[2], uint32_t (&high)[2], const unsigned char* from,
                                                int column, int k, int lane) {
    if (Along) {
      uint32_t both[4];
      load_matrix_x4(both, from + ((column + lane % 8 + lane / 16 * 8) * along + k + lane / 8 % 2 * 4) * 4);
      low[0] = both[0];
      low[1] = both[1];
      high[0] = both[2];
      high[1] = both[3];
    } else {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        low[r] = word(from, k + r * 4, column, lane);
        high[r] = word(from, k + r * 4, column + 8, lane);
      }
    }
  }

  static __device__ __forceinline__ void multiply(float (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    mma_m16n8k8_tf32(sums, a, b);
  }
};

constexpr int shared_bytes = 4 * Tf32::operand_bytes;

}  // namespace

/** Matmul of a [rows, depth] and b [depth, columns]. Grid (tiles of 128 x 128, 1, parts of the depth), 256 threads. */
extern "C" __global__ void __launch_bounds__(256) matmul_tf32(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Tf32, true, false>(MATMUL_ARGUMENTS, shared);
}
/** The same with b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(256) matmul_tf32_bt(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Tf32, true, true>(MATMUL_ARGUMENTS, shared);
}
/** The same with a as [depth, rows]. */
extern "C" __global__ void __launch_bounds__(256) matmul_tf32_at(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Tf32, false, false>(MATMUL_ARGUMENTS, shared);
}
/** The same with a as [depth, rows] and b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(256) matmul_tf32_at_bt(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Tf32, false, true>(MATMUL_ARGUMENTS, shared);
}
