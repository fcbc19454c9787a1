// The Donsker-Varadhan value of weighted scores and its gradient (Donsker and Varadhan 1983).
//
// Bytes of 600,000 scores: 12 each in every one of three launches (two when plain), 4 written: 25 MB, 10 us. Every launch
// has the same blocks, at most 256, so that a block adds up the sums of all blocks with one value a thread.
#include "reduce64.cuh"

namespace {

/** Scores with their weights, and which of them belong to this thread. */
struct Scores {
  const float* scores;
  int stride;
  const float* weights;
  int weight_stride;
  long long n;

  /** Calls body(i, score, joint weight, product weight). */
  template <typename Body> __device__ __forceinline__ void each(Body body) const {
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (long long)gridDim.x * blockDim.x) {
      const float* const weight = weights + size_t(i) * weight_stride;
      body(i, scores[size_t(i) * stride], weight[0], weight[1]);
    }
  }
};

/** A product weight times its exponential: float32 as published, or relative to the greatest score. */
__device__ __forceinline__ double weighted_exponential(float score, float weight, bool plain, double shift) {
  if (weight == 0.0f) return 0.0;
  return double(weight) * (plain ? double(float(exp(double(score)))) : exp(double(score) - shift));
}

/** What the greatest of the blocks' maxima is; -infinity for none. */
__device__ __forceinline__ float greatest_of(const float* maxima, float* partial) {
  return block_max(threadIdx.x < gridDim.x ? maxima[threadIdx.x] : -INFINITY, partial);
}

}  // namespace

/** maxima[b]: greatest score of a product weight other than 0 in block b. Blocks of 256 threads, at most 256 of them. */
extern "C" __global__ void __launch_bounds__(256)
donsker_varadhan_maxima(const float* scores, int stride, const float* weights, int weight_stride, long long n,
                        float* maxima) {
  __shared__ float partial[8];
  float greatest = -INFINITY;
  const Scores all = {scores, stride, weights, weight_stride, n};
  all.each([&](long long, float score, float, float weight) {
    if (weight != 0.0f) greatest = fmaxf(greatest, score);
  });
  greatest = block_max(greatest, partial);
  if (threadIdx.x == 0) maxima[blockIdx.x] = greatest;
}

/** sums [2, blocks]: sums of joint weight times score, and of weighted exponentials, of each block. The same grid. */
extern "C" __global__ void __launch_bounds__(256)
donsker_varadhan_sums(const float* scores, int stride, const float* weights, int weight_stride, long long n,
                      const float* maxima, int plain, double* sums) {
  __shared__ float greatest[8];
  __shared__ double partial[8];
  const double shift = plain ? 0.0 : double(greatest_of(maxima, greatest));
  double joint = 0, exponentials = 0;
  const Scores all = {scores, stride, weights, weight_stride, n};
  all.each([&](long long, float score, float joint_weight, float weight) {
    if (joint_weight != 0.0f) joint += double(joint_weight) * score;
    exponentials += weighted_exponential(score, weight, plain, shift);
  });
  joint = block_sum_64(joint, partial);
  exponentials = block_sum_64(exponentials, partial);
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = joint;
    sums[gridDim.x + blockIdx.x] = exponentials;
  }
}

/**
 * gradient[i] = factor (joint weight - weighted exponential / their sum), unless gradient is null, and the value in nats to row
 * (step mod ring) of values. The same grid.
 *
 * @param current the step, or null for row 0
 */
extern "C" __global__ void __launch_bounds__(256)
donsker_varadhan_value(const float* scores, int stride, const float* weights, int weight_stride, long long n,
                       const float* maxima, int plain, const double* sums, float factor, float* gradient,
                       int gradient_stride, float* values, int value_stride, long long ring, const int* current) {
  __shared__ float greatest[8];
  __shared__ double partial[8];
  const double shift = plain ? 0.0 : double(greatest_of(maxima, greatest));
  const bool taken = threadIdx.x < gridDim.x;
  const double joint = block_sum_64(taken ? sums[threadIdx.x] : 0.0, partial);
  double exponentials = block_sum_64(taken ? sums[gridDim.x + threadIdx.x] : 0.0, partial);
  if (plain) exponentials = double(float(exponentials));
  if (blockIdx.x == 0 && threadIdx.x == 0) {
    const size_t row = current ? size_t(*current % ring) : 0;
    values[row * value_stride] =
        plain ? float(joint) - float(log(exponentials)) : float(joint - shift - log(exponentials));
  }
  if (!gradient) return;
  const Scores all = {scores, stride, weights, weight_stride, n};
  all.each([&](long long i, float score, float joint_weight, float weight) {
    const double share = weight == 0.0f ? 0.0 : weighted_exponential(score, weight, plain, shift) / exponentials;
    gradient[size_t(i) * gradient_stride] = float(factor * (joint_weight - share));
  });
}
