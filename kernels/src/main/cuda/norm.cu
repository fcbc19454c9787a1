// Layer norm and RMS norm: one warp a row, or one block where rows are wide.
//
// The statistics are taken in two passes (mean, then squares about it) over a copy of the row in registers, so that every element
// is read from device memory once and written once: 8 bytes an element of float32, 6 where the result is an operand of bf16, 9.6 kB
// a row at GPT-2 XL's d = 1600. All loads of a row are under way before the first is used: with 16 warps a multiprocessor 100 kB,
// several times what the memory's latency needs. Columns beyond those that registers keep, and rows that cannot be read four columns
// at a time, are read twice or three times.
#include "elements.cuh"
#include "reduce.cuh"

namespace {

constexpr int warps_of_block = 8;

/** Columns of a row that the registers of a warp keep, those of a block, and those of a warp for the narrow rows of a head. */
constexpr int kept_by_warp = 2048, kept_by_block = 8192, kept_of_head = 256;

/** Sum over the threads that share a row: a warp, or the 256 threads of the block, through partial [8]. */
template <bool Block> __device__ __forceinline__ float team_sum(float value, float* partial) {
  value = warp_sum(value);
  if constexpr (Block) {
    __syncthreads();  // partial may still be read from the sum before
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
    __syncthreads();
    const unsigned lane = threadIdx.x % 32;
    value = warp_sum(lane < warps_of_block ? partial[lane] : 0.0f);
  }
  return value;
}

template <int N> __device__ __forceinline__ float total(const Floats<N>& sums) {
  if constexpr (N == 4)
    return (sums.of[0] + sums.of[1]) + (sums.of[2] + sums.of[3]);
  else
    return sums.of[0];
}

/**
 * The columns of one row that belong to this thread, N from every N * team; the first Kept columns of the row in registers, where N
 * is more than 1.
 */
template <bool Block, int N, int Kept> struct Row {
  static constexpr int team = Block ? warps_of_block * 32 : 32, step = N * team, chunks = N == 1 ? 1 : Kept / step;

  Source x;
  size_t row;
  int begin, width;
  Floats<N> kept[chunks];

  __device__ __forceinline__ int first() const { return (Block ? threadIdx.x : threadIdx.x % 32) * N; }

  template <typename Element> __device__ __forceinline__ void read() {
    const Element* const from = static_cast<const Element*>(x.matrix) + row * x.stride + begin;
#pragma unroll
    for (int chunk = 0; chunk < chunks; chunk++) {
      const int column = first() + chunk * step;
      kept[chunk] = column < width ? load<N>(from + column) : Floats<N>{};
    }
  }

  /** Begins with a group of columns of a row. */
  __device__ __forceinline__ void read(size_t at, int first_column) {
    row = at;
    begin = first_column;
    if (x.kind == element_f32)
      read<float>();
    else
      read<Bf16>();
  }

  /** Calls body(column, values) for all that belongs to this thread, in the order of the columns. */
  template <typename Body> __device__ __forceinline__ void each(Body body) const {
#pragma unroll
    for (int chunk = 0; chunk < chunks; chunk++) {
      const int column = first() + chunk * step;
      if (column < width) body(column, kept[chunk]);
    }
#pragma unroll 1
    for (int column = first() + chunks * step; column < width; column += step)
      body(column, x.load_at<N>(row, begin + column));
  }

  /** Sum over the row. */
  __device__ __forceinline__ float sum(float* partial) const {
    Floats<N> sums = {};
    each([&](int, const Floats<N>& values) {
#pragma unroll
      for (int i = 0; i < N; i++) sums.of[i] += values.of[i];
    });
    return team_sum<Block>(total(sums), partial);
  }

  /** Sum of squares about the centre. */
  __device__ __forceinline__ float squares(float centre, float* partial) const {
    Floats<N> sums = {};
    each([&](int, const Floats<N>& values) {
#pragma unroll
      for (int i = 0; i < N; i++) {
        const float distance = values.of[i] - centre;
        sums.of[i] = fmaf(distance, distance, sums.of[i]);
      }
    });
    return team_sum<Block>(total(sums), partial);
  }
};

/** Number of this thread's team among all of the grid, and how many there are. */
template <bool Block> __device__ __forceinline__ long long first_team() {
  return Block ? (long long)blockIdx.x : (long long)blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
}
template <bool Block> __device__ __forceinline__ long long teams() {
  return Block ? (long long)gridDim.x : (long long)gridDim.x * (blockDim.x / 32);
}

struct LayerNorm {
  Source x;
  const float *weight, *bias;
  Target out;
  long long rows;
  int width;
  float epsilon;
};

template <bool Block, int N, int Kept>
__device__ __forceinline__ void layer_norm(const LayerNorm& norm, float* partial) {
  Row<Block, N, Kept> row{norm.x, 0, 0, norm.width, {}};
  for (long long index = first_team<Block>(); index < norm.rows; index += teams<Block>()) {
    row.read(size_t(index), 0);
    const float mean = row.sum(partial) / norm.width;
    const float variance = row.squares(mean, partial) / norm.width;
    const float scale = 1.0f / sqrtf(variance + norm.epsilon);
    row.each([&](int column, Floats<N> values) {
      const auto factors = load<N>(norm.weight + column), shifts = load<N>(norm.bias + column);
#pragma unroll
      for (int i = 0; i < N; i++) values.of[i] = fmaf((values.of[i] - mean) * scale, factors.of[i], shifts.of[i]);
      norm.out.store_at(size_t(index), column, values);
    });
  }
}

template <bool Block, int Kept> __device__ __forceinline__ void layer_norm(const LayerNorm& norm, float* partial) {
  const bool aligned = norm.width % 4 == 0 && norm.x.aligned<4>() && norm.out.aligned<4>() &&
                       rows_aligned(norm.weight, 0) && rows_aligned(norm.bias, 0);
  if (aligned)
    layer_norm<Block, 4, Kept>(norm, partial);
  else
    layer_norm<Block, 1, Kept>(norm, partial);
}

struct RmsNorm {
  Source x;
  const float* weight;
  Target out;
  long long rows;
  int groups, width;
  float weight_offset, epsilon;
};

template <bool Block, int N, int Kept> __device__ __forceinline__ void rms_norm(const RmsNorm& norm, float* partial) {
  const long long all = norm.rows * norm.groups;
  Row<Block, N, Kept> row{norm.x, 0, 0, norm.width, {}};
  for (long long index = first_team<Block>(); index < all; index += teams<Block>()) {
    const long long at = norm.groups == 1 ? index : index / norm.groups;
    const int begin = int(index - at * norm.groups) * norm.width;
    row.read(size_t(at), begin);
    const float scale = 1.0f / sqrtf(row.squares(0.0f, partial) / norm.width + norm.epsilon);
    row.each([&](int column, Floats<N> values) {
      const auto factors = load<N>(norm.weight + column);
#pragma unroll
      for (int i = 0; i < N; i++) values.of[i] = values.of[i] * scale * (norm.weight_offset + factors.of[i]);
      norm.out.store_at(size_t(at), begin + column, values);
    });
  }
}

template <bool Block, int Kept> __device__ __forceinline__ void rms_norm(const RmsNorm& norm, float* partial) {
  const bool aligned = norm.width % 4 == 0 && norm.x.aligned<4>() && norm.out.aligned<4>() && rows_aligned(norm.weight, 0);
  if (aligned)
    rms_norm<Block, 4, Kept>(norm, partial);
  else
    rms_norm<Block, 1, Kept>(norm, partial);
}

}  // namespace

#define LAYER_NORM_PARAMETERS                                                                                          \
  const void *x, int x_kind, int x_stride, const float *weight, const float *bias, float epsilon, void *out,           \
      int out_kind, int out_stride, long long rows, int width
#define LAYER_NORM                                                                                                     \
  LayerNorm { {x, x_kind, x_stride}, weight, bias, {out, out_kind, out_stride}, rows, width, epsilon }

/**
 * out = (x - mean) / sqrt(variance + epsilon) * weight + bias for each row; variance over width, not width - 1. x and out
 * [rows, width] of any kinds, out may be x; weight and bias [width]. A warp a row, width to 2048: blocks of 128 threads, any grid
 * in x.
 */
extern "C" __global__ void __launch_bounds__(128, 4) layer_norm_warp(LAYER_NORM_PARAMETERS) {
  layer_norm<false, kept_by_warp>(LAYER_NORM, nullptr);
}

/** As layer_norm_warp with a block of 256 threads a row, of any width. */
extern "C" __global__ void __launch_bounds__(256, 1) layer_norm_block(LAYER_NORM_PARAMETERS) {
  __shared__ float partial[warps_of_block];
  layer_norm<true, kept_by_block>(LAYER_NORM, partial);
}

#define RMS_NORM_PARAMETERS                                                                                            \
  const void *x, int x_kind, int x_stride, const float *weight, float weight_offset, float epsilon, void *out,         \
      int out_kind, int out_stride, long long rows, int groups, int width
#define RMS_NORM                                                                                                       \
  RmsNorm { {x, x_kind, x_stride}, weight, {out, out_kind, out_stride}, rows, groups, width, weight_offset, epsilon }

/**
 * out = x / sqrt(mean(x^2) + epsilon) * (weight_offset + weight) for each group of `width` columns, to 2048. x and out
 * [rows, groups * width] of any kinds, out may be x; weight [width]. A warp a group, launched as layer_norm_warp.
 */
extern "C" __global__ void __launch_bounds__(128, 4) rms_norm_warp(RMS_NORM_PARAMETERS) {
  rms_norm<false, kept_by_warp>(RMS_NORM, nullptr);
}

/** As rms_norm_warp for groups of at most 256 columns, with registers for no more and so more warps at once. */
extern "C" __global__ void __launch_bounds__(128) rms_norm_head(RMS_NORM_PARAMETERS) {
  rms_norm<false, kept_of_head>(RMS_NORM, nullptr);
}

/** As rms_norm_warp with a block of 256 threads a group, of any width. */
extern "C" __global__ void __launch_bounds__(256, 1) rms_norm_block(RMS_NORM_PARAMETERS) {
  __shared__ float partial[warps_of_block];
  rms_norm<true, kept_by_block>(RMS_NORM, partial);
}
