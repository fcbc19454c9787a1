// The sum of the parts of a product that were computed apart, in their order.
#include "tensor_core.cuh"

/**
 * out = beta out + the sum of parts [count, rows, columns] over the first. With beta 0 what out held is not read. Grid (rows *
 * columns / 256), 256 threads.
 */
extern "C" __global__ void __launch_bounds__(256)
matmul_parts(float* __restrict__ out, const float* __restrict__ parts, long long rows, int columns, int out_stride, int count,
             float beta) {
  const long long elements = rows * columns, at = blockIdx.x * 256LL + threadIdx.x;
  if (at >= elements) return;
  float sum = 0.0f;
#pragma unroll 8
  for (int part = 0; part < count; part++) sum += parts[part * elements + at];
  float* to = out + at / columns * out_stride + at % columns;
  *to = beta == 0.0f ? sum : beta * *to + sum;
}
