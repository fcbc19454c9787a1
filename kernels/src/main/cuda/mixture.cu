// Log-sums over Gaussian mixtures at noisy states, see MixtureOperations on the Java side.
//
// A block takes one draw at one noise level through all C components three times: the nearest, the greatest exponents, the sums.
// Four rows of products (16 C bytes) come from device memory once for all levels, then from caches; five exponentials a component
// and level, about 100 instructions: 4,096 draws by 4,096 components at 12 levels are 2e10 thread instructions a hundred, 7 ms.
#include "reduce64.cuh"

namespace {

/** The values of a draw and level, in the order of the enum MixtureSum on the Java side. */
enum MixtureSum { sum_x, sum_y, sum_joint, sum_x_group, sum_y_group, sum_x_own, sum_y_own, sum_kinds };
constexpr int log_sums = 5;

/** One side of a draw: products of its state and of its noise with the components, whose squared norms are given. */
struct Side {
  const float *states, *noise, *norms;
  int norm_stride;

  __device__ __forceinline__ float norm(int m) const { return norms[size_t(m) * norm_stride]; }
  __device__ __forceinline__ float distance(int m) const { return norm(m) - 2.0f * states[m]; }
};

/** The least distance so far, and where. */
struct Nearest {
  float distance;
  int component;

  __device__ __forceinline__ void take(const Nearest& other) {
    if (other.distance < distance || (other.distance == distance && other.component < component)) *this = other;
  }
};

/** The component nearest to the draw's state, the first of several; component 0 when no distance is a number. */
__device__ __forceinline__ int nearest(const Side& side, int components, Nearest* found) {
  Nearest own = {INFINITY, 0};
  for (int m = threadIdx.x; m < components; m += blockDim.x) {
    const Nearest next = {side.distance(m), m};
    if (next.distance < own.distance) own = next;
  }
  __syncthreads();  // found may still be read from the side before
  found[threadIdx.x] = own;
  for (unsigned half = 128; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) found[threadIdx.x].take(found[threadIdx.x + half]);
  }
  __syncthreads();
  return found[0].component;
}

/**
 * Exponents less that of the nearest component: where terms matter the differences are small, so little of float32 is lost.
 */
struct Exponents {
  Side side;
  float near_state, near_noise, near_norm, by_distance, by_noise;
  double offset;  // what was subtracted

  __device__ __forceinline__ Exponents(const Side& of, int near, double sigma, double precision)
      : side(of), near_state(of.states[near]), near_noise(of.noise[near]), near_norm(of.norm(near)) {
    by_distance = float(precision);
    by_noise = float(2 * sigma * precision);
    offset = precision * (2 * (near_state + sigma * near_noise) - near_norm);
  }

  __device__ __forceinline__ float at(int m) const {
    const float distance = (side.norm(m) - near_norm) - 2.0f * (side.states[m] - near_state);
    return by_noise * (side.noise[m] - near_noise) - by_distance * distance;
  }
};

}  // namespace

/**
 * sums[(draw * levels + level) * 7 + kind]. Products [draws, components], norms and log weights [components], levels [levels, 2]
 * sigma and 1 / (2 sigma^2), the rest [draws].
 * Blocks of 256 threads, grid (draws, levels).
 */
extern "C" __global__ void __launch_bounds__(256)
mixture_log_sums(const float* x_states, int x_state_stride, const float* x_noise, int x_noise_stride, const float* x_norms,
                 int x_norm_stride, const float* y_states, int y_state_stride, const float* y_noise, int y_noise_stride,
                 const float* y_norms, int y_norm_stride, const float* log_weights, int weight_stride, const int* own,
                 const int* group_from, const int* group_to, const double* levels, int components, double* sums) {
  __shared__ Nearest found[256];
  __shared__ float maxima[8];
  __shared__ double partial[8];
  const size_t draw = blockIdx.x;
  const Side left = {x_states + draw * x_state_stride, x_noise + draw * x_noise_stride, x_norms, x_norm_stride};
  const Side right = {y_states + draw * y_state_stride, y_noise + draw * y_noise_stride, y_norms, y_norm_stride};
  const double sigma = levels[2 * blockIdx.y], precision = levels[2 * blockIdx.y + 1];
  const Exponents x(left, nearest(left, components, found), sigma, precision);
  const Exponents y(right, nearest(right, components, found), sigma, precision);
  const int from = group_from[draw], to = group_to[draw];

  // Calls body(kind, exponent) for each sum that a component is in.
  const auto each_term = [&](auto body) {
    for (int m = threadIdx.x; m < components; m += blockDim.x) {
      const float log_weight = log_weights[size_t(m) * weight_stride];
      const float at_x = x.at(m) + log_weight, at_y = y.at(m), weighted_y = at_y + log_weight;
      body(sum_x, at_x);
      body(sum_y, weighted_y);
      body(sum_joint, at_x + at_y);
      if (m >= from && m < to) {
        body(sum_x_group, at_x);
        body(sum_y_group, weighted_y);
      }
    }
  };
  float greatest[log_sums];
  double totals[log_sums];
#pragma unroll
  for (int kind = 0; kind < log_sums; kind++) {
    greatest[kind] = -INFINITY;
    totals[kind] = 0;
  }
  each_term([&](int kind, float exponent) { greatest[kind] = fmaxf(greatest[kind], exponent); });
#pragma unroll
  for (int kind = 0; kind < log_sums; kind++) greatest[kind] = block_max(greatest[kind], maxima);
  each_term([&](int kind, float exponent) { totals[kind] += expf(exponent - greatest[kind]); });
#pragma unroll
  for (int kind = 0; kind < log_sums; kind++) totals[kind] = block_sum_64(totals[kind], partial);
  if (threadIdx.x != 0) return;
  double* const out = sums + (draw * gridDim.y + blockIdx.y) * sum_kinds;
  const double offsets[log_sums] = {x.offset, y.offset, x.offset + y.offset, x.offset, y.offset};
#pragma unroll
  for (int kind = 0; kind < log_sums; kind++) {
    // An infinite greatest exponent is the log-sum itself; there is none in an empty group.
    const bool finite = greatest[kind] > -INFINITY && greatest[kind] < INFINITY;
    out[kind] = offsets[kind] + greatest[kind] + (finite ? log(totals[kind]) : 0.0);
  }
  const int component = own[draw];
  out[sum_x_own] = component < 0 ? double(NAN) : x.offset + x.at(component);
  out[sum_y_own] = component < 0 ? double(NAN) : y.offset + y.at(component);
}
