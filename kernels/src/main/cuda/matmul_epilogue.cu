// What follows a product that a vendor's library computed, or whose mask has other elements than its operands: the epilogue that
// kernels of products otherwise have within them.
#include "product.cuh"

/**
 * out = slope * activation(sums + bias) + beta out, [rows, columns] each; bias [columns] or null; slope 1, or with a mask
 * LeakyReLU' read off it; out and mask float32 or bf16. With beta 0 what out held is not read, sums may be out itself. A thread an
 * element: grid (rows * columns / 256), 256 threads.
 */
extern "C" __global__ void __launch_bounds__(256)
matmul_epilogue(void* out, int out_bf16, int out_stride, const float* sums, int sums_stride, const float* bias, const void* mask,
                int mask_bf16, int mask_stride, long long rows, int columns, int activation, float beta) {
  const long long at = blockIdx.x * 256LL + threadIdx.x;
  if (at >= rows * columns) return;
  const long long row = at / columns;
  const int column = static_cast<int>(at - row * columns);
  const float sum = sums[row * sums_stride + column] + (bias ? bias[column] : 0.0f);
  float value = activate(activation, sum);
  if (mask) {
    const long long place = row * mask_stride + column;
    value *= leaky_slope(mask_bf16 ? as_float(static_cast<const uint16_t*>(mask)[place]) : static_cast<const float*>(mask)[place]);
  }
  const auto finish = [&](auto* to) {
    if (beta != 0.0f) value += beta * as_float(*to);
    store_pair(to, 1, false, value, 0.0f);
  };
  const long long place = row * out_stride + column;
  if (out_bf16)
    finish(static_cast<uint16_t*>(out) + place);
  else
    finish(static_cast<float*>(out) + place);
}
