// Matrices in shared memory whose elements are sums of two bf16, 16 bits together, and their products on the tensor cores.
#pragma once
#include "elements.cuh"

namespace {

__device__ __forceinline__ int whole_16(int count) { return (count + 15) / 16 * 16; }

/** Elements from one row to the next of a matrix with so many columns: an odd multiple of eight. */
__device__ __forceinline__ int pitch_of_halves(int columns) { return whole_16(columns) + 8; }

/** A matrix in shared memory, the sum of two of bf16: the high parts, and so many elements behind each of them its low part. */
struct Halves {
  Bf16* high;
  int pitch, low;  // low 0: there are no low parts

  __device__ __forceinline__ const Bf16* at(int row, int column) const { return high + row * pitch + column; }

  /** Two neighbours, or the first where only one is there. */
  __device__ __forceinline__ void store_pair(int row, int column, int there, float first, float second) const {
    const uint32_t rounded = bf16_pair(first, second);
    float held[2];
    widen_pair(rounded, held);
    put(high + row * pitch + column, there, rounded);
    if (low) put(high + low + row * pitch + column, there, bf16_pair(first - held[0], second - held[1]));
  }

 private:
  static __device__ __forceinline__ void put(Bf16* to, int there, uint32_t pair) {
    if (there > 1)
      *reinterpret_cast<uint32_t*>(to) = pair;
    else if (there > 0)
      *to = Bf16(pair);
  }
};

/**
 * Sums of 16 rows, from `row` on, of `in` times weights: [rows, depth] times [depth, columns], or the transpose of [columns, depth].
 * begin(column) is what those of a column begin with; finish(row, column, first, second) gets neighbours, of columns up to the next
 * multiple of 16. Whole warps come here.
 */
template <bool Transposed, typename Begin, typename Finish>
__device__ __forceinline__ void product_of_rows(const Halves& in, int row, int depth, const Halves& weights, int columns,
                                                Begin begin, Finish finish) {
  const int lane = threadIdx.x % 32;
  for (int column = 0; column < columns; column += 32) {
    float sums[4][4];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int c = column + j * 8 + lane % 4 * 2;
      sums[j][0] = sums[j][2] = begin(c);
      sums[j][1] = sums[j][3] = begin(c + 1);
    }
    for (int k = 0; k < depth; k += 16) {
      uint32_t high[4], low[4];
      const Bf16* const from = in.at(row + lane % 16, k + lane / 16 * 8);
      load_matrix_x4(high, from);
      if (in.low) load_matrix_x4(low, from + in.low);
#pragma unroll
      for (int j = 0; j < 4; j += 2) {
        if (column + j * 8 >= columns) break;
        uint32_t by[4], by_low[4];
        const int c = column + j * 8;
        const Bf16* const weight = Transposed ? weights.at(c + lane % 8 + lane / 16 * 8, k + lane / 8 % 2 * 8)
                                              : weights.at(k + lane % 16, c + lane / 16 * 8);
        if (Transposed) {
          load_matrix_x4(by, weight);
          load_matrix_x4(by_low, weight + weights.low);
        } else {
          load_matrix_x4_transposed(by, weight);
          load_matrix_x4_transposed(by_low, weight + weights.low);
        }
#pragma unroll
        for (int i = 0; i < 2; i++) {
          mma_m16n8k16(sums[j + i], high, {by_low[2 * i], by_low[2 * i + 1]});
          if (in.low) mma_m16n8k16(sums[j + i], low, {by[2 * i], by[2 * i + 1]});
          mma_m16n8k16(sums[j + i], high, {by[2 * i], by[2 * i + 1]});
        }
      }
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int c = column + j * 8 + lane % 4 * 2;
      if (column + j * 8 >= columns) break;
      finish(row + lane / 4, c, sums[j][0], sums[j][1]);
      finish(row + lane / 4 + 8, c, sums[j][2], sums[j][3]);
    }
  }
}

}  // namespace
