// What follows a product that a vendor's library computed, for which the own kernels need no pass of their own.
#include "activation.cuh"

/**
 * out = activation(sums + bias) + beta out, [rows, columns] each; bias [columns] or null, with beta 0 what out held is not read,
 * sums may be out itself. A thread an element: grid (rows * columns / 256), 256 threads.
 */
extern "C" __global__ void __launch_bounds__(256)
matmul_epilogue(float* out, int out_stride, const float* sums, int sums_stride, const float* bias, long long rows, int columns,
                int activation, float beta) {
  const long long at = blockIdx.x * 256LL + threadIdx.x;
  if (at >= rows * columns) return;
  const long long row = at / columns;
  const int column = static_cast<int>(at - row * columns);
  const float sum = sums[row * sums_stride + column] + (bias ? bias[column] : 0.0f);
  const float value = activate(activation, sum);
  float* to = out + row * out_stride + column;
  *to = beta == 0.0f ? value : value + beta * *to;
}
