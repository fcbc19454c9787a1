// What the matrix products of all precisions share: which tile a block computes, how operands come from global memory, and
// what happens to the sums before they are written.
#pragma once
#include "activation.cuh"

/**
 * out = beta out + activation(op(a) op(b) + bias), [rows, depth] times [depth, columns]. Blocks of grid z = i sum over depths
 * i * span to (i + 1) * span (at most 2^31 - 1 of them) and write their sums at out + i * part.
 */
struct Matmul {
  float* out;
  const float *a, *b;
  const float* bias;  // [columns], or null
  long long rows, depth;
  int columns;
  int a_stride, b_stride, out_stride;  // elements from one row in memory to the next
  long long span, part;
  int activation;
  float beta;  // 0: what out held is not read
};

// Parameters of every kernel that computes a product, in the order of the members of Matmul.
#define MATMUL_PARAMETERS                                                                                                  \
  float *__restrict__ out, const float *__restrict__ a, const float *__restrict__ b, const float *__restrict__ bias,         \
      long long rows, long long depth, int columns, int a_stride, int b_stride, int out_stride, long long span,              \
      long long part, int activation, float beta
#define MATMUL_ARGUMENTS \
  {out, a, b, bias, rows, depth, columns, a_stride, b_stride, out_stride, span, part, activation, beta}

namespace {

/** The part of the result that a block computes, and the depths that it sums over. */
struct Tile {
  long long row;  // its first
  int column;
  long long depth, depth_end;
};

/**
 * The tile of this block. Blocks run through eight rows of tiles column by column, so that blocks at work at the same time share
 * rows of a and columns of b in the second-level cache.
 */
template <int Rows, int Columns> __device__ __forceinline__ Tile tile_of_block(const Matmul& m) {
  constexpr int together = 8;
  const long long row_tiles = (m.rows + Rows - 1) / Rows;
  const int column_tiles = (m.columns + Columns - 1) / Columns;
  const long long band = blockIdx.x / (static_cast<long long>(together) * column_tiles);
  const int in_band = static_cast<int>(blockIdx.x - band * together * column_tiles);
  const long long left = row_tiles - band * together;
  const int height = left < together ? static_cast<int>(left) : together;
  Tile tile;
  tile.row = (band * together + in_band % height) * Rows;
  tile.column = in_band / height * Columns;
  tile.depth = blockIdx.z * m.span;
  tile.depth_end = tile.depth + m.span < m.depth ? tile.depth + m.span : m.depth;
  return tile;
}

__device__ __forceinline__ int at_most(long long value, int bound) { return value < bound ? static_cast<int>(value) : bound; }

/**
 * One operand of a tile on its way from global memory, Depth deep and Extent wide: Extent rows of a matrix [extent, depth] when
 * Along (memory runs along the depth), Depth rows of a matrix [depth, extent] otherwise. Each thread holds a few pieces of four
 * neighbours; what lies outside the matrix is 0.
 */
template <bool Along, int Extent, int Depth, int Threads> class Panel {
 public:
  static constexpr int width = Along ? Depth : Extent, height = Along ? Extent : Depth;
  static constexpr int across = width / 4, lines_at_once = Threads / across, pieces = height / lines_at_once;
  static_assert(Threads % across == 0 && height % lines_at_once == 0, "all threads hold as many pieces");

  /** first: where in the extent it begins. */
  __device__ __forceinline__ Panel(const float* matrix, int stride, long long first, long long extent, const Tile& tile)
      : stride_(stride), extent_left_(at_most(extent - first, Extent)) {
    const long long line0 = Along ? first : tile.depth, at0 = Along ? tile.depth : first;
    from_ = matrix + (line0 + line()) * stride + at0 + at();
    whole_ = reinterpret_cast<size_t>(matrix) % 16 == 0 && stride % 4 == 0 && at0 % 4 == 0 && extent_left_ == Extent;
  }

  /** Starts loading the next Depth depths, of which so many are left in all. */
  __device__ __forceinline__ void fetch(int depths_left) {
    if (whole_ && depths_left >= Depth) {
#pragma unroll
      for (int i = 0; i < pieces; i++) held_[i] = *reinterpret_cast<const float4*>(from_ + offset(i));
    } else {
      const int lines_left = Along ? extent_left_ : depths_left, width_left = Along ? depths_left : extent_left_;
#pragma unroll
      for (int i = 0; i < pieces; i++) {
        const float* piece = from_ + offset(i);
        const int there = line() + i * lines_at_once < lines_left ? width_left - at() : 0;
        held_[i] = make_float4(there > 0 ? piece[0] : 0.0f, there > 1 ? piece[1] : 0.0f, there > 2 ? piece[2] : 0.0f,
                               there > 3 ? piece[3] : 0.0f);
      }
    }
    from_ += Along ? Depth : static_cast<long long>(Depth) * stride_;
  }

  /** put(line, at, piece) for each piece that is held. */
  template <typename Put> __device__ __forceinline__ void store(Put put) const {
#pragma unroll
    for (int i = 0; i < pieces; i++) put(line() + i * lines_at_once, at(), held_[i]);
  }

 private:
  // The first piece of a thread.
  static __device__ __forceinline__ int line() { return threadIdx.x / across; }
  static __device__ __forceinline__ int at() { return threadIdx.x % across * 4; }

  /** Elements from the first piece of a thread to piece i. */
  __device__ __forceinline__ long long offset(int i) const { return static_cast<long long>(i * lines_at_once) * stride_; }

  int stride_, extent_left_;
  bool whole_;  // aligned, and full in its extent
  const float* from_;
  float4 held_[pieces];
};

/**
 * Applies the activation to all sums of a thread, Together groups at a time: between the rounds the groups change places in
 * registers, so that the code of the functions is not there once for every sum.
 */
template <int Together, int Groups, int Width>
__device__ __forceinline__ void activate_all(float (&sums)[Groups][Width], int activation) {
  if (activation == activation_identity) return;
#pragma unroll 1
  for (int round = 0; round < Groups; round += Together) {
    float done[Together][Width];
#pragma unroll
    for (int group = 0; group < Groups; group++)
#pragma unroll
      for (int i = 0; i < Width; i++) {
        if (group < Together)
          done[group][i] = activate(activation, sums[group][i]);
        else
          sums[group - Together][i] = sums[group][i];
      }
#pragma unroll
    for (int group = 0; group < Together; group++)
#pragma unroll
      for (int i = 0; i < Width; i++) sums[Groups - Together + group][i] = done[group][i];
  }
}

/** The bias of a column, 0 when there is none. */
__device__ __forceinline__ float bias_at(const Matmul& m, int column) {
  return m.bias && column < m.columns ? m.bias[column] : 0.0f;
}

/** Whether neighbours in a row of out, the first in a column that is a multiple of Count, can be written as one. */
template <int Count> __device__ __forceinline__ bool writes_together(const Matmul& m) {
  return reinterpret_cast<size_t>(m.out) % (4 * Count) == 0 && m.out_stride % Count == 0 && m.part % Count == 0;
}

__device__ __forceinline__ void add_scaled(float& value, float beta, float held) { value += beta * held; }

/** Writes two neighbours of a row. */
__device__ __forceinline__ void write_pair(const Matmul& m, float* row, int column, bool together, float first, float second) {
  float* to = row + column;
  if (together && column + 1 < m.columns) {
    float2* pair = reinterpret_cast<float2*>(to);
    if (m.beta != 0.0f) {
      const float2 held = *pair;
      add_scaled(first, m.beta, held.x);
      add_scaled(second, m.beta, held.y);
    }
    *pair = make_float2(first, second);
    return;
  }
  if (column < m.columns) {
    if (m.beta != 0.0f) add_scaled(first, m.beta, to[0]);
    to[0] = first;
  }
  if (column + 1 < m.columns) {
    if (m.beta != 0.0f) add_scaled(second, m.beta, to[1]);
    to[1] = second;
  }
}

}  // namespace
