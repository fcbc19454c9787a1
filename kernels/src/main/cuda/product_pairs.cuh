// The first layer of a critic in the product of its second projection: the sums meet the rows of the first one before they are
// written, so that the second projection is never in memory.
#pragma once
#include "product.cuh"

namespace {

/**
 * A product of bf16 whose row r meets two rows of x: out[r] = LeakyReLU(x[r] + sums of r) and, with i = takers[r],
 * out[rows + i] = LeakyReLU(x[i] + sums of r), out [2 rows, columns] of bf16, rounded once; the sums themselves are not. Bias,
 * activation, mask, beta and parts of the depth play no role then. x may lie anywhere.
 *
 * Bytes for N rows of width columns: 2 reads of x and 2 writes, 8 N width; a product and pair_rows after it write the projection and
 * read two rows more for each, 14 N width.
 */
struct PairedProduct : Product<uint16_t> {
  const uint16_t* pair_x;  // [rows, columns], or null: a product like any other
  const int* takers;       // [rows], each row once
  int pair_stride;         // of x
};

// What a kernel of such products is given besides PRODUCT_PARAMETERS.
#define PAIR_PARAMETERS const uint16_t *__restrict__ pair_x, const int *__restrict__ takers, int pair_stride
#define PAIRED_PRODUCT PairedProduct{PRODUCT_ARGUMENTS, pair_x, takers, pair_stride}

/** A lane then has eight neighbouring columns, as x is read and both results are written, without an exchange. */
__device__ __forceinline__ bool takes_interleaved(const PairedProduct& p) { return p.pair_x; }

/** Calls body(from, count) with what a tile's row, of the number of the thread, meets in its columns: a part of two rows of x. */
template <int Columns, typename Body>
__device__ __forceinline__ void each_met(const PairedProduct& p, const Tile& tile, Body body) {
  const long long row = tile.row + threadIdx.x;
  if (!p.pair_x || row >= p.rows) return;
  const int left = p.columns - tile.column, count = left < Columns ? left : Columns;
  body(p.pair_x + row * p.pair_stride + tile.column, count);
  body(p.pair_x + static_cast<long long>(p.takers[row]) * p.pair_stride + tile.column, count);
}

/** By cache lines; blocks have as many threads as their tiles have rows. */
template <int Columns> __device__ __forceinline__ void prefetch_for_finish(const PairedProduct& p, const Tile& tile) {
  constexpr int line = 128 / sizeof(uint16_t);
  each_met<Columns>(p, tile, [](const uint16_t* from, int count) {
    for (int i = 0; i < count; i += line) prefetch(from + i);
  });
}

/** Eight neighbours of a row in pairs, 0 for what is not there. As one where whole. */
__device__ __forceinline__ void load_eight(const uint16_t* from, int there, bool whole, uint32_t (&pairs)[4]) {
  if (whole && there >= 8) {
    const uint4 all = *reinterpret_cast<const uint4*>(from);
    pairs[0] = all.x;
    pairs[1] = all.y;
    pairs[2] = all.z;
    pairs[3] = all.w;
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    const uint32_t low = 2 * k < there ? from[2 * k] : 0, high = 2 * k + 1 < there ? from[2 * k + 1] : 0;
    pairs[k] = low | high << 16;
  }
}

/** LeakyReLU of a pair of x, as bits, plus a pair of sums, rounded. */
__device__ __forceinline__ uint32_t met(uint32_t x, float first, float second) {
  return bf16_pair(leaky_relu(__uint_as_float(x << 16) + first), leaky_relu(__uint_as_float(x & 0xffff0000u) + second));
}

/**
 * Eight rows of sums at a time, whose columns are interleaved: x is read, and both results are written, 16 bytes a lane and 64 a row.
 * Both rows of x are on their way for all columns before the first is used.
 */
template <int Rows16, int Columns8>
__device__ __forceinline__ void finish(const PairedProduct& p, WarpSums<Rows16, Columns8>& sums, unsigned part) {
  static_assert(Columns8 % 4 == 0, "columns are interleaved among four products");
  if (!p.pair_x) {
    const Product<uint16_t>& plain = p;
    finish(plain, sums, part);
    return;
  }
  constexpr int groups = Columns8 / 4;
  uint16_t* const out = static_cast<uint16_t*>(p.out);
  const bool whole = together<8>(p.pair_x, p.pair_stride) && together<8>(out, p.out_stride);
  const int lane = threadIdx.x % 32, t = lane % 4;
#pragma unroll
  for (int i = 0; i < Rows16; i++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const long long row = sums.row + i * 16 + half * 8 + lane / 4;
      const bool there = row < p.rows;
      const long long taker = there ? p.takers[row] : 0;
      uint32_t own[groups][4], other[groups][4];
#pragma unroll
      for (int group = 0; group < groups; group++) {
        const int column = sums.column + (group * 4 + t) * 8, left = there ? p.columns - column : 0;
        load_eight(p.pair_x + row * p.pair_stride + column, left, whole, own[group]);
        load_eight(p.pair_x + taker * p.pair_stride + column, left, whole, other[group]);
      }
#pragma unroll
      for (int group = 0; group < groups; group++) {
#pragma unroll
        for (int k = 0; k < 4; k++) {
          const float(&each)[4] = sums.of[i * Columns8 + group * 4 + k];
          own[group][k] = met(own[group][k], each[half * 2], each[half * 2 + 1]);
          other[group][k] = met(other[group][k], each[half * 2], each[half * 2 + 1]);
        }
        const int column = sums.column + (group * 4 + t) * 8, left = there ? p.columns - column : 0;
        store_eight(out + row * p.out_stride + column, left, whole, own[group]);
        store_eight(out + (p.rows + taker) * p.out_stride + column, left, whole, other[group]);
      }
    }
}

}  // namespace
