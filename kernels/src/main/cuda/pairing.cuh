// Which row of x meets which row of y, and how warps walk over such pairs.
#pragma once
#include "elements.cuh"
#include "steps.cuh"

namespace {

constexpr int warps_of_block = 8;

/** The numbers are those of CudaPairs on the Java side. */
enum PairingCode {
  pairing_identity = 0,
  pairing_listed = 1,
  pairing_permuted = 2,
  pairing_permuted_samples = 3,
  pairing_all = 4
};

/** Which rows a pair takes. */
struct RowPair {
  unsigned x, y;
};

/** What says which rows pairs take, as kernels are given it. */
struct Pairs {
  int code;
  /** A CurrentStep, for permutations. */
  const int* current;
  /** [pairs] x row, y row, and the pairs sorted by either, of pairs or samples. */
  const int4* list;
  /** All pairs of the pairing, of which there may be a piece only. */
  long long all;
  int y_rows;

  __device__ __forceinline__ const int* keys() const { return reinterpret_cast<const CurrentStep*>(current)->keys; }
};

/** Rows of single pairs. */
struct PairRows {
  Pairs pairs;
  FeistelPermutation permutation;

  __device__ __forceinline__ explicit PairRows(const Pairs& of)
      : pairs(of), permutation(of.code == pairing_permuted || of.code == pairing_permuted_samples
                                   ? FeistelPermutation(of.all, of.keys())
                                   : FeistelPermutation()) {}

  __device__ __forceinline__ RowPair of(long long i) const {
    switch (pairs.code) {
      case pairing_listed: return {unsigned(pairs.list[i].x), unsigned(pairs.list[i].y)};
      case pairing_permuted: return {unsigned(i), permutation.apply(unsigned(i))};
      case pairing_permuted_samples:
        return {unsigned(pairs.list[i].x), unsigned(pairs.list[permutation.apply(unsigned(i))].y)};
      case pairing_all: return {unsigned(i / pairs.y_rows), unsigned(i % pairs.y_rows)};
      default: return {unsigned(i), unsigned(i)};
    }
  }
};

/** Of the samples of a permutation: the sample itself, and the pair that takes its row of y. */
struct TakenRows {
  FeistelPermutation permutation;

  __device__ __forceinline__ RowPair of(long long i) const { return {unsigned(i), permutation.invert(unsigned(i))}; }
};

/**
 * Calls body(i, there, rows, lane, lanes) with each of the lanes that share pair first + i, N columns at a time; lanes is a power of
 * two. A warp takes some neighbouring pairs: each lane asks rows.of() for the rows of one of them. All lanes of a warp come along,
 * those without a pair with there false, so that a body may shuffle.
 */
template <int N, typename Rows, typename Body>
__device__ __forceinline__ void each_pair_lane(const Rows& rows, long long first, long long count, int width, Body body) {
  const int across = width / N, lane = threadIdx.x % 32;
  int lanes = 1;
  while (lanes < across && lanes < 32) lanes *= 2;
  const int at_once = 32 / lanes, of_warp = at_once < 8 ? 8 : at_once;
  const long long warp = (long long)blockIdx.x * warps_of_block + threadIdx.x / 32;
  for (long long from = warp * of_warp; from < count; from += (long long)gridDim.x * warps_of_block * of_warp) {
    RowPair own = {0, 0};
    if (lane < of_warp && from + lane < count) own = rows.of(first + from + lane);
    for (int turn = 0; turn < of_warp; turn += at_once) {
      const int source = turn + lane / lanes;
      const RowPair taken = {__shfl_sync(0xffffffffu, own.x, source), __shfl_sync(0xffffffffu, own.y, source)};
      body(from + source, from + source < count, taken, lane % lanes, lanes);
    }
  }
}

/** Calls body(i, rows, column) for N columns of pair first + i at a time. */
template <int N, typename Rows, typename Body>
__device__ __forceinline__ void each_pair(const Rows& all_rows, long long first, long long count, int width, Body body) {
  const int across = width / N;
  each_pair_lane<N>(all_rows, first, count, width, [&](long long i, bool there, RowPair rows, int lane, int lanes) {
    if (there)
      for (int column = lane; column < across; column += lanes) body(i, rows, column * N);
  });
}

}  // namespace
