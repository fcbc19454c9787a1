// The sum of the parts of a product that were computed apart, in their order.
#include "product.cuh"

/**
 * out = beta out + the sum of parts [count, rows, columns] over the first; out float32 or bf16. With beta 0 what out held is not
 * read. Grid (rows * columns / 256), 256 threads.
 */
extern "C" __global__ void __launch_bounds__(256)
matmul_parts(void* __restrict__ out, int out_bf16, const float* __restrict__ parts, long long rows, int columns, int out_stride,
             int count, float beta) {
  const long long elements = rows * columns, at = blockIdx.x * 256LL + threadIdx.x;
  if (at >= elements) return;
  float sum = 0.0f;
#pragma unroll 8
  for (int part = 0; part < count; part++) sum += parts[part * elements + at];
  const auto finish = [&](auto* to) {
    if (beta != 0.0f) sum = beta * as_float(*to) + sum;
    store_pair(to, 1, false, sum, 0.0f);
  };
  const long long place = at / columns * out_stride + at % columns;
  if (out_bf16)
    finish(static_cast<uint16_t*>(out) + place);
  else
    finish(static_cast<float*>(out) + place);
}
