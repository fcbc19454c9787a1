// The InfoNCE value of a square matrix of scores in both directions, and its gradient (van den Oord, Li and Vinyals 2018,
// arXiv 1807.03748, equation 4).
//
// Bytes of [4096, 4096] scores, 67 MB: rows and columns read them once each, the gradient reads and writes them: 268 MB, 90 us at
// 3 TB/s. Exponentials are float32 of differences to the greatest score, whose error shrinks with the term; sums are float64.
#include "elements.cuh"
#include "reduce64.cuh"

namespace {

/** Sum of e^score over some scores, as the greatest of them and the sum relative to that. */
struct LogSum {
  float greatest = -INFINITY;
  double sum = 0;

  __device__ __forceinline__ void add(float score, double times) {
    if (score > greatest) {
      sum = sum * expf(greatest - score) + times;
      greatest = score;
    } else if (times != 0) {
      sum += times * expf(score - greatest);
    }
  }

  __device__ __forceinline__ double log_sum() const { return double(greatest) + log(sum); }
};

}  // namespace

/** row_logs[i] = ln sum_j e^{s_ij}; scores [size, size]. A block of 256 threads for each row. */
extern "C" __global__ void __launch_bounds__(256)
contrast_rows(const float* scores, int stride, int size, double* row_logs) {
  __shared__ float greatest[8];
  __shared__ double partial[8];
  const float* const row = scores + size_t(blockIdx.x) * stride;
  LogSum own;
  for (int j = threadIdx.x; j < size; j += 256) own.add(row[j], 1);
  LogSum all;
  all.greatest = block_max(own.greatest, greatest);
  // A thread without a score has greatest -infinity and sum 0.
  all.sum = block_sum_64(own.sum == 0 ? 0 : own.sum * expf(own.greatest - all.greatest), partial);
  if (threadIdx.x == 0) row_logs[blockIdx.x] = all.log_sum();
}

/**
 * Of each column and part of part_rows rows: the greatest score and the sum of exponentials relative to it, maxima and sums
 * [parts, size]. Blocks of 256 threads take 32 columns of one part: grid (ceil(size / 32), parts).
 */
extern "C" __global__ void __launch_bounds__(256)
contrast_columns(const float* scores, int stride, int size, int part_rows, float* maxima, double* sums) {
  __shared__ float greatest[8][32];
  __shared__ double partial[8][32];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, column = blockIdx.x * 32 + lane;
  const int end = min(size, int(blockIdx.y + 1) * part_rows);
  LogSum own;
  if (column < size) {
#pragma unroll 4
    for (int i = blockIdx.y * part_rows + warp; i < end; i += 8) own.add(scores[size_t(i) * stride + column], 1);
  }
  greatest[warp][lane] = own.greatest;
  partial[warp][lane] = own.sum;
  __syncthreads();
  if (warp != 0 || column >= size) return;
  for (int other = 1; other < 8; other++) own.add(greatest[other][lane], partial[other][lane]);
  maxima[size_t(blockIdx.y) * size + column] = own.greatest;
  sums[size_t(blockIdx.y) * size + column] = own.sum;
}

/**
 * column_logs[j] = ln sum_i e^{s_ij} from the parts, and the value in nats to row (step mod ring) of values:
 * mean_i (s_ii - row_logs[i] / 2 - column_logs[i] / 2) + ln size. One block of 256 threads.
 *
 * @param current the step, or null for row 0
 */
extern "C" __global__ void __launch_bounds__(256)
contrast_value(const float* scores, int stride, int size, const double* row_logs, const float* maxima, const double* sums,
               int parts, double* column_logs, float* values, int value_stride, long long ring, const int* current) {
  __shared__ double partial[8];
  double sum = 0;
  for (int j = threadIdx.x; j < size; j += 256) {
    LogSum all;
    for (int part = 0; part < parts; part++) all.add(maxima[size_t(part) * size + j], sums[size_t(part) * size + j]);
    const double of_column = all.log_sum();
    column_logs[j] = of_column;
    sum += double(scores[size_t(j) * stride + j]) - 0.5 * row_logs[j] - 0.5 * of_column;
  }
  sum = block_sum_64(sum, partial);
  if (threadIdx.x == 0)
    values[(current ? size_t(*current % ring) : 0) * value_stride] = float(sum / size + log(double(size)));
}

/**
 * gradient[i, j] = factor / size ([i = j] - e^{s_ij - row_logs[i]} / 2 - e^{s_ij - column_logs[j]} / 2). Any grid in x.
 *
 * @param gradient [size, size], may be scores
 */
extern "C" __global__ void __launch_bounds__(256)
contrast_gradient(const float* scores, int stride, int size, const double* row_logs, const double* column_logs, float factor,
                  float* gradient, int gradient_stride) {
  const float share = factor / float(size);
  const bool aligned = rows_aligned(scores, stride) && rows_aligned(gradient, gradient_stride);
  each_element(aligned, size, size, [&](auto count, size_t row, size_t column) {
    constexpr int N = decltype(count)::value;
    auto values = load<N>(scores + row * stride + column);
#pragma unroll
    for (int k = 0; k < N; k++) {
      const float of_row = expf(float(values.of[k] - row_logs[row]));
      const float of_column = expf(float(values.of[k] - column_logs[column + k]));
      values.of[k] = share * ((row == column + k ? 1.0f : 0.0f) - 0.5f * (of_row + of_column));
    }
    store(gradient + row * gradient_stride + column, values);
  });
}
