// Matrix products of bf16 operands, summed in float32 by the tensor cores.
#include "product_pairs.cuh"
#include "staged_product.cuh"

namespace {

/** Eight neighbours are a unit of 16 bytes, and a line of one of the 8 x 8 matrices that ldmatrix reads. */
struct Bf16 {
  using Element = uint16_t;
  static constexpr bool always_whole = true;
  static constexpr int depth = 32, k_step = 16, per_unit = 8;

  /** Eight lines of one unit lie in all banks. */
  static __device__ __forceinline__ int turn(int line) { return line % 8; }

  template <bool Along>
  static __device__ __forceinline__ void load_a(uint32_t (&to)[4], const unsigned char* from, int row, int k, int lane) {
    if (Along)
      load_matrix_x4(to, from + unit_at<Bf16, true, staged_rows>(row + lane % 16, k / 8 + lane / 16));
    else
      load_matrix_x4_transposed(
          to, from + unit_at<Bf16, false, staged_rows>(k + lane % 8 + lane / 16 * 8, row / 8 + lane / 8 % 2));
  }

  template <bool Along>
  static __device__ __forceinline__ void load_b(uint32_t (&low)[2], uint32_t (&high)[2], const unsigned char* from,
                                                int column, int k, int lane) {
    uint32_t both[4];
    if (Along)
      load_matrix_x4(
          both, from + unit_at<Bf16, true, staged_columns>(column + lane % 8 + lane / 16 * 8, k / 8 + lane / 8 % 2));
    else
      load_matrix_x4_transposed(both, from + unit_at<Bf16, false, staged_columns>(k + lane % 16, column / 8 + lane / 16));
    low[0] = both[0];
    low[1] = both[1];
    high[0] = both[2];
    high[1] = both[3];
  }

  static __device__ __forceinline__ void multiply(float (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    mma_m16n8k16(sums, a, b);
  }
};

}  // namespace

/** Product of a [rows, depth] and b [depth, columns]. Grid (tiles of 256 x 128, 1, parts of the depth), 256 threads, 96 KB. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_bf16(PRODUCT_PARAMETERS(uint16_t)) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Bf16, true, false>(PRODUCT_ARGUMENTS, shared);
}
/** The same with b as [columns, depth]; its rows may meet those of another matrix, see PairedProduct. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_bf16_bt(PRODUCT_PARAMETERS(uint16_t), PAIR_PARAMETERS) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Bf16, true, true, PairedProduct>(PAIRED_PRODUCT, shared);
}
/** The same with a as [depth, rows]. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_bf16_at(PRODUCT_PARAMETERS(uint16_t)) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Bf16, false, false>(PRODUCT_ARGUMENTS, shared);
}
/** The same with a as [depth, rows] and b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(256, 1) matmul_bf16_at_bt(PRODUCT_PARAMETERS(uint16_t)) {
  DYNAMIC_SHARED(shared);
  multiply_staged<Bf16, false, true>(PRODUCT_ARGUMENTS, shared);
}
