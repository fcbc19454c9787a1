// Matrix products of float32 operands rounded to tf32 (10 bits of mantissa, to nearest), summed in float32 by the tensor cores.
#include "staged_product.cuh"

namespace {

/**
 * Operands lie in shared memory as they are and are rounded when fragments are read. Four neighbours are a unit of 16 bytes. An
 * ldmatrix of "8 x 8 elements of 16 bits" gives lane 4 g + t the 32-bit word t of line g.
 */
struct Tf32 {
  using Element = float;
  static constexpr bool always_whole = false;
  static constexpr int depth = 16, k_step = 8, per_unit = 4;

  /** The eight neighbouring words of four lines that a fragment reads, two units of each, lie in all banks. */
  static __device__ __forceinline__ int turn(int line) { return line % 4 * 2; }

  /** The word of [depth, extent] at depth k + t and place g. */
  template <int Extent>
  static __device__ __forceinline__ uint32_t word(const unsigned char* from, int k, int place, int lane) {
    const unsigned char* unit = from + unit_at<Tf32, false, Extent>(k + lane % 4, place / 4 + lane / 16);
    return round_to_tf32(*reinterpret_cast<const float*>(unit + lane / 4 % 4 * 4));
  }

  template <int Count> static __device__ __forceinline__ void round(uint32_t (&words)[Count]) {
#pragma unroll
    for (int r = 0; r < Count; r++) words[r] = round_to_tf32(__uint_as_float(words[r]));
  }

  template <bool Along>
  static __device__ __forceinline__ void load_a(uint32_t (&to)[4], const unsigned char* from, int row, int k, int lane) {
    if (Along) {
      load_matrix_x4(to, from + unit_at<Tf32, true, staged_rows>(row + lane % 16, k / 4 + lane / 16));
      round(to);
    } else {
#pragma unroll
      for (int r = 0; r < 4; r++) to[r] = word<staged_rows>(from, k + r / 2 * 4, row + r % 2 * 8, lane);
    }
  }

  template <bool Along>
  static __device__ __forceinline__ void load_b(uint32_t (&low)[2], uint32_t (&high)[2], const unsigned char* from,
                                                int column, int k, int lane) {
    if (Along) {
      uint32_t both[4];
      load_matrix_x4(
          both, from + unit_at<Tf32, true, staged_columns>(column + lane % 8 + lane / 16 * 8, k / 4 + lane / 8 % 2));
      round(both);
      low[0] = both[0];
      low[1] = both[1];
      high[0] = both[2];
      high[1] = both[3];
    } else {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        low[r] = word<staged_columns>(from, k + r * 4, column, lane);
        high[r] = word<staged_columns>(from, k + r * 4, column + 8, lane);
      }
    }
  }

  static __device__ __forceinline__ void multiply(float (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    mma_m16n8k8_tf32(sums, a, b);
  }
};

}  // namespace

/** Product of a [rows, depth] and b [depth, columns]. Grid (tiles of 256 x 128, 1, parts of the depth), 256 threads, 96 KB. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_tf32(PRODUCT_PARAMETERS(float)) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Tf32, true, false>(PRODUCT_ARGUMENTS, shared);
}
/** The same with b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_tf32_bt(PRODUCT_PARAMETERS(float)) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Tf32, true, true>(PRODUCT_ARGUMENTS, shared);
}
/** The same with a as [depth, rows]. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_tf32_at(PRODUCT_PARAMETERS(float)) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Tf32, false, false>(PRODUCT_ARGUMENTS, shared);
}
/** The same with a as [depth, rows] and b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_tf32_at_bt(PRODUCT_PARAMETERS(float)) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Tf32, false, true>(PRODUCT_ARGUMENTS, shared);
}
