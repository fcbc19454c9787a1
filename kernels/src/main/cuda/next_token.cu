// What logits say of given next tokens: the surprise at each, and whether it is the first guess.
//
// A block takes one pair of a row of logits and a token through the V logits of the row twice, the second time from cache: the
// greatest, then the sum of exponentials. 8,192 pairs of 50,257 logits read 1.6 GB from device memory, 0.5 ms.
#include "elements.cuh"
#include "reduce64.cuh"

namespace {

/** Calls body(logit, column) for the share of a row that this thread takes, four logits at a time where they are aligned. */
template <int N, typename Body>
__device__ __forceinline__ void each_logit(const float* logits, int columns, Body body) {
  for (int column = threadIdx.x * N; column < columns; column += blockDim.x * N) {
    const Floats<N> values = load<N>(logits + column);
#pragma unroll
    for (int k = 0; k < N; k++) body(values.of[k], column + k);
  }
}

template <int N>
__device__ __forceinline__ void next_token_of_row(
    const float* logits, int columns, int target, float* out, float* partial, double* sums) {
  const float own = logits[target];
  float greatest = -INFINITY;
  bool before = false;  // a token of lower id with as great a logit, or any with a greater one, comes first
  each_logit<N>(logits, columns, [&](float logit, int column) {
    greatest = fmaxf(greatest, logit);
    before |= logit > own || (logit == own && column < target);
  });
  greatest = block_max(greatest, partial);
  const bool second = block_max(before ? 1.0f : 0.0f, partial) > 0.0f;
  double sum = 0;
  each_logit<N>(logits, columns, [&](float logit, int) { sum += expf(logit - greatest); });
  sum = block_sum_64(sum, sums);
  if (threadIdx.x == 0) {
    const double surprise = log(sum) + (double(greatest) - double(own));
    out[0] = surprise < 0.0 ? 0.0f : float(surprise);  // a NaN stays one
    out[1] = second ? 0.0f : 1.0f;
  }
}

}  // namespace

/**
 * out[i] = (-ln softmax(row rows[i] of logits) at targets[i], 1 if no other logit of the row is greater and none of a lower id as
 * great, else 0). A block of 256 threads for each pair, pairs in x. A row with a NaN gives NaN.
 *
 * @param logits [R, columns]
 * @param rows [pairs] below R
 * @param targets [pairs] below columns
 * @param out [pairs, 2]
 */
extern "C" __global__ void __launch_bounds__(256)
next_token(const float* logits, int stride, int columns, const int* rows, const int* targets, float* out, int out_stride) {
  // Declared here, where their names do not depend on where the source lies.
  __shared__ double sums[8];
  __shared__ float partial[8];
  const float* const row = logits + size_t(rows[blockIdx.x]) * stride;
  float* const to = out + size_t(blockIdx.x) * out_stride;
  if (rows_aligned(logits, stride) && columns % 4 == 0)
    next_token_of_row<4>(row, columns, targets[blockIdx.x], to, partial, sums);
  else
    next_token_of_row<1>(row, columns, targets[blockIdx.x], to, partial, sums);
}
