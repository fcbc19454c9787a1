// Layer norm and RMS norm: one warp a row, or one block where rows are wide.
//
// The statistics are taken in two passes (mean, then squares about it) over a copy of the row in shared memory, so that every
// element is read from device memory once and written once: 8 bytes an element, 12.8 kB a row at GPT-2 XL's d = 1600. A thread
// reads back only what it wrote there itself, which needs no barrier. Rows too wide for shared memory are read three times.
#include "elements.cuh"
#include "reduce.cuh"

namespace {

constexpr int warps_of_block = 8;

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

/** The columns of one row that belong to this thread: N from every N * team, and where they are kept between passes. */
template <bool Block, int N> struct Row {
  const float* x;
  float* kept;  // null when the row does not fit into shared memory
  int width;

  __device__ __forceinline__ int first() const { return (Block ? threadIdx.x : threadIdx.x % 32) * N; }
  __device__ __forceinline__ int step() const { return (Block ? warps_of_block * 32 : 32) * N; }
  __device__ __forceinline__ Floats<N> again(int column) const { return load<N>((kept ? kept : x) + column); }

  /** Reads the row for the first time: its sum. */
  __device__ __forceinline__ float sum(float* partial) const {
    Floats<N> sums = {};
    for (int column = first(); column < width; column += step()) {
      const auto values = load<N>(x + column);
      if (kept) store(kept + column, values);
#pragma unroll
      for (int i = 0; i < N; i++) sums.of[i] += values.of[i];
    }
    return team_sum<Block>(total(sums), partial);
  }

  /** Sum of squares about the centre. */
  __device__ __forceinline__ float squares(float centre, float* partial) const {
    Floats<N> sums = {};
    for (int column = first(); column < width; column += step()) {
      const auto values = again(column);
#pragma unroll
      for (int i = 0; i < N; i++) {
        const float distance = values.of[i] - centre;
        sums.of[i] = fmaf(distance, distance, sums.of[i]);
      }
    }
    return team_sum<Block>(total(sums), partial);
  }

  /** Reads the row for the first time: its sum of squares. */
  __device__ __forceinline__ float first_squares(float* partial) const {
    Floats<N> sums = {};
    for (int column = first(); column < width; column += step()) {
      const auto values = load<N>(x + column);
      if (kept) store(kept + column, values);
#pragma unroll
      for (int i = 0; i < N; i++) sums.of[i] = fmaf(values.of[i], values.of[i], sums.of[i]);
    }
    return team_sum<Block>(total(sums), partial);
  }
};

/** Where this team keeps its row: teams side by side, each a multiple of four floats. */
template <bool Block> __device__ __forceinline__ float* kept_row(unsigned char* shared, int width, int keep) {
  if (!keep) return nullptr;
  const size_t team = Block ? 0 : threadIdx.x / 32;
  return reinterpret_cast<float*>(shared) + team * ((size_t(width) + 3) / 4 * 4);
}

/** Number of this thread's team among all of the grid, and how many there are. */
template <bool Block> __device__ __forceinline__ long long first_team() {
  return Block ? (long long)blockIdx.x : (long long)blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
}
template <bool Block> __device__ __forceinline__ long long teams() {
  return Block ? (long long)gridDim.x : (long long)gridDim.x * (blockDim.x / 32);
}

struct LayerNorm {
  const float *x, *weight, *bias;
  float* out;
  int x_stride, out_stride, width;
  long long rows;
  float epsilon;
};

template <bool Block, int N>
__device__ __forceinline__ void layer_norm(const LayerNorm& norm, float* kept, float* partial) {
  for (long long index = first_team<Block>(); index < norm.rows; index += teams<Block>()) {
    const Row<Block, N> row{norm.x + size_t(index) * norm.x_stride, kept, norm.width};
    float* const out = norm.out + size_t(index) * norm.out_stride;
    const float mean = row.sum(partial) / norm.width;
    const float variance = row.squares(mean, partial) / norm.width;
    const float scale = 1.0f / sqrtf(variance + norm.epsilon);
    for (int column = row.first(); column < norm.width; column += row.step()) {
      auto values = row.again(column);
      const auto factors = load<N>(norm.weight + column), shifts = load<N>(norm.bias + column);
#pragma unroll
      for (int i = 0; i < N; i++) values.of[i] = fmaf((values.of[i] - mean) * scale, factors.of[i], shifts.of[i]);
      store(out + column, values);
    }
  }
}

template <bool Block>
__device__ __forceinline__ void layer_norm(const LayerNorm& norm, float* kept, float* partial) {
  const bool aligned = norm.width % 4 == 0 && rows_aligned(norm.x, norm.x_stride) &&
                       rows_aligned(norm.out, norm.out_stride) && rows_aligned(norm.weight, 0) &&
                       rows_aligned(norm.bias, 0);
  if (aligned)
    layer_norm<Block, 4>(norm, kept, partial);
  else
    layer_norm<Block, 1>(norm, kept, partial);
}

struct RmsNorm {
  const float *x, *weight;
  float* out;
  int x_stride, out_stride, groups, width;
  long long rows;
  float weight_offset, epsilon;
};

template <bool Block, int N>
__device__ __forceinline__ void rms_norm(const RmsNorm& norm, float* kept, float* partial) {
  const long long all = norm.rows * norm.groups;
  for (long long index = first_team<Block>(); index < all; index += teams<Block>()) {
    const long long at = norm.groups == 1 ? index : index / norm.groups;
    const size_t begin = size_t(index - at * norm.groups) * norm.width;
    const Row<Block, N> row{norm.x + size_t(at) * norm.x_stride + begin, kept, norm.width};
    float* const out = norm.out + size_t(at) * norm.out_stride + begin;
    const float scale = 1.0f / sqrtf(row.first_squares(partial) / norm.width + norm.epsilon);
    for (int column = row.first(); column < norm.width; column += row.step()) {
      auto values = row.again(column);
      const auto factors = load<N>(norm.weight + column);
#pragma unroll
      for (int i = 0; i < N; i++) values.of[i] = values.of[i] * scale * (norm.weight_offset + factors.of[i]);
      store(out + column, values);
    }
  }
}

template <bool Block> __device__ __forceinline__ void rms_norm(const RmsNorm& norm, float* kept, float* partial) {
  const bool aligned = norm.width % 4 == 0 && rows_aligned(norm.x, norm.x_stride) &&
                       rows_aligned(norm.out, norm.out_stride) && rows_aligned(norm.weight, 0);
  if (aligned)
    rms_norm<Block, 4>(norm, kept, partial);
  else
    rms_norm<Block, 1>(norm, kept, partial);
}

}  // namespace

/**
 * out = (x - mean) / sqrt(variance + epsilon) * weight + bias for each row; variance over width, not width - 1. x and out
 * [rows, width], out may be x; weight and bias [width]. A warp a row: blocks of 128 threads, any grid in x, dynamic shared
 * memory of 4 * 4 * (width rounded up to 4) bytes when keep is not 0.
 */
extern "C" __global__ void __launch_bounds__(128, 1)
layer_norm_warp(const float* x, int x_stride, const float* weight, const float* bias, float epsilon, float* out,
                int out_stride, long long rows, int width, int keep) {
  DYNAMIC_SHARED(shared);
  layer_norm<false>({x, weight, bias, out, x_stride, out_stride, width, rows, epsilon},
                    kept_row<false>(shared, width, keep), nullptr);
}

/** As layer_norm_warp with a block of 256 threads a row, and shared memory for one row. */
extern "C" __global__ void __launch_bounds__(256, 1)
layer_norm_block(const float* x, int x_stride, const float* weight, const float* bias, float epsilon, float* out,
                 int out_stride, long long rows, int width, int keep) {
  DYNAMIC_SHARED(shared);
  __shared__ float partial[warps_of_block];
  layer_norm<true>({x, weight, bias, out, x_stride, out_stride, width, rows, epsilon},
                   kept_row<true>(shared, width, keep), partial);
}

/**
 * out = x / sqrt(mean(x^2) + epsilon) * (weight_offset + weight) for each group of `width` columns. x and out
 * [rows, groups * width], out may be x; weight [width]. A warp a group, launched as layer_norm_warp.
 */
extern "C" __global__ void __launch_bounds__(128, 1)
rms_norm_warp(const float* x, int x_stride, const float* weight, float weight_offset, float epsilon, float* out,
              int out_stride, long long rows, int groups, int width, int keep) {
  DYNAMIC_SHARED(shared);
  rms_norm<false>({x, weight, out, x_stride, out_stride, groups, width, rows, weight_offset, epsilon},
                  kept_row<false>(shared, width, keep), nullptr);
}

/** As rms_norm_warp with a block of 256 threads a group, and shared memory for one group. */
extern "C" __global__ void __launch_bounds__(256, 1)
rms_norm_block(const float* x, int x_stride, const float* weight, float weight_offset, float epsilon, float* out,
               int out_stride, long long rows, int groups, int width, int keep) {
  DYNAMIC_SHARED(shared);
  __shared__ float partial[warps_of_block];
  rms_norm<true>({x, weight, out, x_stride, out_stride, groups, width, rows, weight_offset, epsilon},
                 kept_row<true>(shared, width, keep), partial);
}
