// The logistic value of telling joint from product pairs by their scores, and its gradient (the Jensen-Shannon objective of Nowozin,
// Cseke and Tomioka 2016, arXiv 1606.00709, table 6).
//
// Bytes of 600,000 scores: 16 read and 4 written each, once: 12 MB, 4 us, and a launch that adds up at most 256 sums.
#include "reduce64.cuh"

namespace {

/** ln(1 + e^-|score|) and both sigmoids of a score, none of which overflows. */
struct Logistic {
  double score, log_term, of_score, of_negative;

  __device__ __forceinline__ explicit Logistic(double of) : score(of) {
    const double e = exp(-fabs(score));
    log_term = log1p(e);
    const double greater = 1.0 / (1.0 + e), less = e / (1.0 + e);
    of_score = score < 0.0 ? less : greater;
    of_negative = score < 0.0 ? greater : less;
  }

  /** ln(1 + e^score). */
  __device__ __forceinline__ double softplus() const { return fmax(score, 0.0) + log_term; }
  /** ln(1 + e^-score). */
  __device__ __forceinline__ double softplus_of_negative() const { return fmax(-score, 0.0) + log_term; }
};

}  // namespace

/**
 * sums[b]: what the scores of block b add to the value in nats, each of score s (offset added) with joint weight a and product
 * weight b: -a ln(1 + e^-s) - b ln(1 + e^s); gradient[i] = factor (a / (1 + e^s) - b / (1 + e^-s)). A weight of 0 leaves its term
 * out. Blocks of 256 threads, any grid in x.
 *
 * @param offsets null for none
 * @param weights [n, 2]
 * @param gradient may be scores; null for none
 */
extern "C" __global__ void __launch_bounds__(256)
logistic_terms(const float* scores, int stride, const float* offsets, int offset_stride, const float* weights,
               int weight_stride, long long n, float factor, float* gradient, int gradient_stride, double* sums) {
  __shared__ double partial[8];
  double sum = 0;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
    const float* const weight = weights + size_t(i) * weight_stride;
    const double joint = weight[0], product = weight[1];
    const Logistic of(double(scores[size_t(i) * stride]) + (offsets ? double(offsets[size_t(i) * offset_stride]) : 0.0));
    double slope = 0;
    if (joint != 0) {
      sum -= joint * of.softplus_of_negative();
      slope = joint * of.of_negative;
    }
    if (product != 0) {
      sum -= product * of.softplus();
      slope -= product * of.of_score;
    }
    if (gradient) gradient[size_t(i) * gradient_stride] = float(factor * slope);
  }
  sum = block_sum_64(sum, partial);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/**
 * The sum of the blocks' sums to row (step mod ring) of values. One block of 256 threads.
 *
 * @param blocks at most 256
 * @param current the step, or null for row 0
 */
extern "C" __global__ void __launch_bounds__(256)
logistic_value(const double* sums, int blocks, float* values, int value_stride, long long ring, const int* current) {
  __shared__ double partial[8];
  const double sum = block_sum_64(threadIdx.x < unsigned(blocks) ? sums[threadIdx.x] : 0.0, partial);
  if (threadIdx.x == 0) values[(current ? size_t(*current % ring) : 0) * value_stride] = float(sum);
}
