// Sums, means and variances of columns in float64, standardising, and squared norms of rows.
//
// Bytes: 4 an element, 2 in bf16, read once by sums and norms, twice by means and variances; 8, or 6, by standardising. Sums are taken in two
// launches: those of some rows of 32 columns a block, then of all blocks in their order.
#include "elements.cuh"
#include "reduce64.cuh"

namespace {

/** Threads of a block that share a row: the least power of two that is enough for so many groups of columns, at most 32. */
__device__ __forceinline__ int lanes_of(int groups) {
  int lanes = 1;
  while (lanes < groups && lanes < 32) lanes *= 2;
  return lanes;
}

/** What column_parts does where a thread takes N columns; sums [256 N] is shared memory. */
template <int N, typename T>
__device__ __forceinline__ void parts_of(const T* x, int stride, long long rows, int columns, const double* weights,
                                         const double* centre, long long rows_of_block, double* parts, double* sums) {
  const int lanes = lanes_of(columns / N), slots = 256 / lanes, thread = threadIdx.x;
  const int column = (blockIdx.y * lanes + thread % lanes) * N;
  const long long begin = blockIdx.x * rows_of_block, end = min(begin + rows_of_block, rows);
  double sum[N] = {};
  if (column < columns) {
    double middle[N];
#pragma unroll
    for (int i = 0; i < N; i++) middle[i] = centre ? centre[column + i] : 0.0;
#pragma unroll 4
    for (long long row = begin + thread / lanes; row < end; row += slots) {
      const auto values = load<N>(x + size_t(row) * stride + column);
      const double weight = weights ? weights[row] : 1.0;
#pragma unroll
      for (int i = 0; i < N; i++) {
        const double value = values.of[i] - middle[i];
        sum[i] += weight * (centre ? value * value : value);
      }
    }
  }
#pragma unroll
  for (int i = 0; i < N; i++) sums[i * 256 + thread] = sum[i];
  for (int half = 128; half >= lanes; half /= 2) {
    __syncthreads();
#pragma unroll
    for (int i = 0; i < N; i++)
      if (thread < half) sums[i * 256 + thread] += sums[i * 256 + thread + half];
  }
#pragma unroll
  for (int i = 0; i < N; i++)
    if (thread < lanes && column < columns) parts[size_t(blockIdx.x) * columns + column + i] = sums[i * 256 + thread];
}

}  // namespace

/**
 * parts[b, c]: sum over rows b rows_of_block to (b + 1) rows_of_block of column c, times weights where there are any, of the
 * squared distances from the centre where there is one. Blocks of 256 threads, grid (blocks, ceil(columns / (32 at_once))).
 *
 * @param kind of x, see ElementKind
 * @param at_once columns that a thread takes, 4 where rows can be read so and there are so many times four, else 1
 * @param weights [rows] or null
 * @param centre [columns] or null
 * @param parts [blocks, columns]
 */
extern "C" __global__ void __launch_bounds__(256)
column_parts(const void* x, int kind, int stride, long long rows, int columns, int at_once, const double* weights,
             const double* centre, long long rows_of_block, double* parts) {
  __shared__ double sums[4 * 256];
  const float* const floats = static_cast<const float*>(x);
  const uint16_t* const rounded = static_cast<const uint16_t*>(x);
  if (at_once == 4) {
    if (kind == element_f32)
      parts_of<4>(floats, stride, rows, columns, weights, centre, rows_of_block, parts, sums);
    else
      parts_of<4>(rounded, stride, rows, columns, weights, centre, rows_of_block, parts, sums);
  } else {
    if (kind == element_f32)
      parts_of<1>(floats, stride, rows, columns, weights, centre, rows_of_block, parts, sums);
    else
      parts_of<1>(rounded, stride, rows, columns, weights, centre, rows_of_block, parts, sums);
  }
}

/**
 * sums[c] = beta sums[c] + the sum of parts[., c]; with beta 0 sums is not read. parts [blocks, columns]. Blocks of 256 threads for
 * 32 columns each.
 */
extern "C" __global__ void __launch_bounds__(256)
column_sums(const double* parts, int blocks, int columns, float beta, float* sums) {
  __shared__ double partial[256];
  const int column = blockIdx.x * 32 + threadIdx.x % 32;
  const double sum = sum_of_parts(parts + column, blocks, columns, column < columns, partial);
  if (threadIdx.x < 32 && column < columns)
    sums[column] = float(sum + (beta == 0.0f ? 0.0 : double(beta) * sums[column]));
}

/** means[c] = the sum of parts[., c] over the total, one number. The same grid. */
extern "C" __global__ void __launch_bounds__(256)
column_means(const double* parts, int blocks, int columns, const double* total, double* means) {
  __shared__ double partial[256];
  const int column = blockIdx.x * 32 + threadIdx.x % 32;
  const double sum = sum_of_parts(parts + column, blocks, columns, column < columns, partial);
  if (threadIdx.x < 32 && column < columns) means[column] = sum / *total;
}

/**
 * out = (x - shift) scale, column by column; x and out [rows, columns], which may be the same, out of any kind. Any grid in x.
 */
extern "C" __global__ void __launch_bounds__(256)
standardise(const float* x, int x_stride, const float* shift, const float* scale, void* out, int out_kind, int out_stride,
            long long rows, int columns) {
  const Target target = {out, out_kind, out_stride};
  const bool aligned = rows_aligned(x, x_stride) && target.aligned() && rows_aligned(shift, 0) && rows_aligned(scale, 0);
  each_element(aligned, rows, columns, [&](auto count, size_t row, size_t column) {
    auto values = load<count.value>(x + row * x_stride + column);
    const auto centre = load<count.value>(shift + column), factor = load<count.value>(scale + column);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] = (values.of[i] - centre.of[i]) * factor.of[i];
    target.store_at(row, column, values);
  });
}

/** norms[row] = sum of squares of the row; a warp a row, blocks of 256 threads, any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
squared_norms(const float* x, int stride, long long rows, int columns, float* norms, int norm_stride) {
  const int lane = threadIdx.x % 32;
  for (long long row = (long long)blockIdx.x * 8 + threadIdx.x / 32; row < rows; row += (long long)gridDim.x * 8) {
    double sum = 0;
    for (int column = lane; column < columns; column += 32) {
      const double value = x[size_t(row) * stride + column];
      sum += value * value;
    }
    for (int offset = 16; offset > 0; offset >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (lane == 0) norms[size_t(row) * norm_stride] = float(sum);
  }
}
