// Adam (Kingma and Ba 2015, algorithm 1) on any number of parameters at once.
//
// Bytes: 16 read and 12 written a parameter, 2 more where an operand is kept, 48 MB for the published critic of 1.6 million (two
// states of 768): 16 us at 3 TB/s.
#include "elements.cuh"
#include "steps.cuh"

namespace {

constexpr int block_elements = 1024;

/** One step's numbers in float32. */
struct AdamStep {
  float keep1, take1, keep2, take2, rate, root, epsilon;
};

template <int N>
__device__ __forceinline__ void move(const AdamStep& step, float* p, const float* g, float* m, float* v, uint16_t* operand) {
  auto value = load<N>(p);
  const auto gradient = load<N>(g);
  auto mean = load<N>(m), square = load<N>(v);
#pragma unroll
  for (int i = 0; i < N; i++) {
    mean.of[i] = step.keep1 * mean.of[i] + step.take1 * gradient.of[i];
    square.of[i] = step.keep2 * square.of[i] + step.take2 * gradient.of[i] * gradient.of[i];
    value.of[i] -= step.rate * mean.of[i] / (sqrtf(square.of[i]) * step.root + step.epsilon);
  }
  store(p, value);
  if (operand) store(operand, value);
  store(m, mean);
  store(v, square);
}

/**
 * A parameter [rows, columns] of the table, one without gaps as a single row: value, gradient, mean, mean square, and the value
 * rounded to bf16, or null.
 */
struct AdamParameter {
  float* p;
  const float* g;
  float *m, *v;
  uint16_t* operand;
  long long rows, columns;
  /** Elements from one row to the next, of each of the five. */
  long long p_stride, g_stride, m_stride, v_stride, operand_stride;
};

/** Moves elements i to i + N - 1, counted row by row; they lie in one row. */
template <int N>
__device__ __forceinline__ void move_at(const AdamStep& step, const AdamParameter& of, long long i) {
  const long long row = of.rows == 1 ? 0 : i / of.columns, column = i - row * of.columns;
  move<N>(step, of.p + row * of.p_stride + column, of.g + row * of.g_stride + column, of.m + row * of.m_stride + column,
          of.v + row * of.v_stride + column, of.operand ? of.operand + row * of.operand_stride + column : nullptr);
}

/** Whether elements 4 i to 4 i + 3 lie in one row and are a float4 of all matrices, four bf16 of the last, whatever i. */
__device__ __forceinline__ bool in_fours(const AdamParameter& of) {
  const uintptr_t addresses = reinterpret_cast<uintptr_t>(of.p) | reinterpret_cast<uintptr_t>(of.g) |
                              reinterpret_cast<uintptr_t>(of.m) | reinterpret_cast<uintptr_t>(of.v) |
                              2 * reinterpret_cast<uintptr_t>(of.operand);
  const long long steps = of.columns | of.p_stride | of.g_stride | of.m_stride | of.v_stride | of.operand_stride;
  return addresses % 16 == 0 && (of.rows == 1 || steps % 4 == 0);
}

}  // namespace

/**
 * p, m and v of the current step, see CurrentStep, and p rounded to bf16 where an operand is kept: m = keep1 m + take1 g; v = keep2 v + take2 g^2;
 * p -= rate m / (sqrt(v) root + epsilon).
 *
 * The table is the first block of each of count parameters, then an AdamParameter of each. Blocks of 256 threads:
 * ceil(rows columns / 1024) for each parameter, one after the other.
 */
extern "C" __global__ void __launch_bounds__(256)
adam(const int* current, float keep1, float take1, float keep2, float take2, float epsilon, const long long* table, int count) {
  const long long block = blockIdx.x;
  // The last parameter that begins at this block or before; an empty one begins where the next one does.
  int at = 0;
  for (int after = count; after - at > 1;) {
    const int middle = (at + after) / 2;
    if (table[middle] <= block)
      at = middle;
    else
      after = middle;
  }
  const AdamParameter of = reinterpret_cast<const AdamParameter*>(table + count)[at];
  const CurrentStep& now = *reinterpret_cast<const CurrentStep*>(current);
  const AdamStep step = {keep1, take1, keep2, take2, now.rate, now.root, epsilon};
  const long long begin = (block - table[at]) * block_elements, end = min(begin + block_elements, of.rows * of.columns);
  if (in_fours(of)) {
    const long long i = begin + 4 * threadIdx.x;
    if (i + 4 <= end) {
      move_at<4>(step, of, i);
    } else {
#pragma unroll 1
      for (long long rest = i; rest < end; rest++) move_at<1>(step, of, rest);
    }
  } else {
    // Few parameters come here, and unrolled this would cost all of them registers.
#pragma unroll 1
    for (long long i = begin + threadIdx.x; i < end; i += blockDim.x) move_at<1>(step, of, i);
  }
}
