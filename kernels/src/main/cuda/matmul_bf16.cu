// Matrix products of float32 operands rounded to bf16 (to nearest even), summed in float32 by the tensor cores.
#include "matmul_tensor_core.cuh"

namespace {

/**
 * Shared memory: operands along the depth as [128, 32], others as [32, 128]. Eight neighbours, 16 bytes, are the unit of a load;
 * the units of a row change places so that eight rows of one matrix of a load, and the rows of one store, lie in different banks.
 */
struct Bf16 {
  static constexpr int depth = 32, k_step = 16, operand_bytes = tensor_tile * depth * 2;

  /** Byte offset of a unit of eight. */
  template <bool Along> static __device__ __forceinline__ int unit(int line, int index) {
    return Along ? line * 64 + (index ^ (line / 2 % 4)) * 16 : line * 256 + (index ^ line % 8) * 16;
  }

  template <bool Along, typename P> static __device__ __forceinline__ void store(const P& panel, unsigned char* to) {
    panel.store([to](int line, int at, float4 piece) {
      const uint2 pairs = {bf16_pair(piece.x, piece.y), bf16_pair(piece.z, piece.w)};
      *reinterpret_cast<uint2*>(to + unit<Along>(line, at / 8) + at % 8 * 2) = pairs;
    });
  }

  template <bool Along>
  static __device__ __forceinline__ void load_a(uint32_t (&to)[4], const unsigned char* from, int row, int k, int lane) {
    if (Along)
      load_matrix_x4(to, from + unit<true>(row + lane % 16, k / 8 + lane / 16));
    else
      load_matrix_x4_transposed(to, from + unit<false>(k + lane % 8 + lane / 16 * 8, row / 8 + lane / 8 % 2));
  }

  template <bool Along>
  static __device__ __forceinline__ void load_b(uint32_t (&low)[2], uint32_t (&high)[2], const unsigned char* from,
                                                int column, int k, int lane) {
    uint32_t both[4];
    if (Along)
      load_matrix_x4(both, from + unit<true>(column + lane % 8 + lane / 16 * 8, k / 8 + lane / 8 % 2));
    else
      load_matrix_x4_transposed(both, from + unit<false>(k + lane % 16, column / 8 + lane / 16));
    low[0] = both[0];
    low[1] = both[1];
    high[0] = both[2];
    high[1] = both[3];
  }

  static __device__ __forceinline__ void multiply(float (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    mma_m16n8k16(sums, a, b);
  }
};

constexpr int shared_bytes = 4 * Bf16::operand_bytes;

}  // namespace

/** Matmul of a [rows, depth] and b [depth, columns]. Grid (tiles of 128 x 128, 1, parts of the depth), 256 threads. */
extern "C" __global__ void __launch_bounds__(256) matmul_bf16(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Bf16, true, false>(MATMUL_ARGUMENTS, shared);
}
/** The same with b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(256) matmul_bf16_bt(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Bf16, true, true>(MATMUL_ARGUMENTS, shared);
}
/** The same with a as [depth, rows]. */
extern "C" __global__ void __launch_bounds__(256) matmul_bf16_at(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Bf16, false, false>(MATMUL_ARGUMENTS, shared);
}
/** The same with a as [depth, rows] and b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(256) matmul_bf16_at_bt(MATMUL_PARAMETERS) {
  __shared__ __align__(128) unsigned char shared[shared_bytes];
  multiply_on_tensor_cores<Bf16, false, true>(MATMUL_ARGUMENTS, shared);
}
