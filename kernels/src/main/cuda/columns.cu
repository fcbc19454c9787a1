// Sums, means and variances of columns in float64, standardising, and squared norms of rows.
//
// Bytes: 4 an element read once by sums and norms, twice by means and variances; 8 by standardising. Sums are taken in two
// launches: those of some rows of 32 columns a block, then of all blocks in their order.
#include "elements.cuh"
#include "reduce64.cuh"

namespace {

/** Columns that neighbouring threads of a block take: the least power of two that holds them, at most 32. */
__device__ __forceinline__ int lanes_of(int columns) {
  int lanes = 1;
  while (lanes < columns && lanes < 32) lanes *= 2;
  return lanes;
}

}  // namespace

/**
 * parts[b, c]: sum over rows b rows_of_block to (b + 1) rows_of_block of column c, times weights where there are any, of the
 * squared distances from the centre where there is one. Blocks of 256 threads, grid (blocks, ceil(columns / 32)).
 *
 * @param weights [rows] or null
 * @param centre [columns] or null
 * @param parts [blocks, columns]
 */
extern "C" __global__ void __launch_bounds__(256)
column_parts(const float* x, int stride, long long rows, int columns, const double* weights, const double* centre,
             long long rows_of_block, double* parts) {
  __shared__ double sums[256];
  const int lanes = lanes_of(columns), slots = 256 / lanes, thread = threadIdx.x;
  const int column = blockIdx.y * lanes + thread % lanes;
  const long long begin = blockIdx.x * rows_of_block, end = min(begin + rows_of_block, rows);
  double sum = 0;
  if (column < columns) {
    const double middle = centre ? centre[column] : 0.0;
#pragma unroll 4
    for (long long row = begin + thread / lanes; row < end; row += slots) {
      const double value = x[size_t(row) * stride + column] - middle;
      sum += (weights ? weights[row] : 1.0) * (centre ? value * value : value);
    }
  }
  sums[thread] = sum;
  for (int half = 128; half >= lanes; half /= 2) {
    __syncthreads();
    if (thread < half) sums[thread] += sums[thread + half];
  }
  if (thread < lanes && column < columns) parts[size_t(blockIdx.x) * columns + column] = sums[thread];
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

/** out = (x - shift) scale, column by column; x and out [rows, columns], which may be the same. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
standardise(const float* x, int x_stride, const float* shift, const float* scale, float* out, int out_stride, long long rows,
            int columns) {
  const bool aligned = rows_aligned(x, x_stride) && rows_aligned(out, out_stride) && rows_aligned(shift, 0) &&
                       rows_aligned(scale, 0);
  each_element(aligned, rows, columns, [&](auto count, size_t row, size_t column) {
    auto values = load<count.value>(x + row * x_stride + column);
    const auto centre = load<count.value>(shift + column), factor = load<count.value>(scale + column);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] = (values.of[i] - centre.of[i]) * factor.of[i];
    store(out + row * out_stride + column, values);
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
