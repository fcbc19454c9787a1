// Matrices as the products of bf16 operands want them: rounded, every row at a multiple of 16 bytes.
#include "product.cuh"

namespace {

/** Eight neighbours of a row from `from` on, `there` of them within the row, the others 0. */
__device__ __forceinline__ uint4 rounded_eight(const float* from, int there, bool whole) {
  if (whole && there >= 8) {
    const float4 low = reinterpret_cast<const float4*>(from)[0], high = reinterpret_cast<const float4*>(from)[1];
    return {bf16_pair(low.x, low.y), bf16_pair(low.z, low.w), bf16_pair(high.x, high.y), bf16_pair(high.z, high.w)};
  }
  float values[8];
#pragma unroll
  for (int i = 0; i < 8; i++) values[i] = i < there ? from[i] : 0.0f;
  return {bf16_pair(values[0], values[1]), bf16_pair(values[2], values[3]), bf16_pair(values[4], values[5]),
          bf16_pair(values[6], values[7])};
}
}  // namespace

/**
 * out = in [rows, columns] rounded to bf16, to nearest, ties to even. Rows of out lie at multiples of 16 bytes; up to a multiple
 * of eight columns zeros follow a row. A thread takes eight neighbours, 16 bytes written, and neighbouring threads neighbouring ones.
 * Any grid in x, 256 threads.
 */
extern "C" __global__ void __launch_bounds__(256)
round_rows(uint16_t* __restrict__ out, int out_stride, const float* __restrict__ in, int in_stride, long long rows, int columns) {
  const int across = (columns + 7) / 8;
  const bool whole = together<4>(in, in_stride);
  const long long total = rows * across, at_once = gridDim.x * 256LL;
  for (long long i = blockIdx.x * 256LL + threadIdx.x; i < total; i += at_once) {
    const long long row = i / across;
    const int column = static_cast<int>(i - row * across) * 8;
    *reinterpret_cast<uint4*>(out + row * out_stride + column) =
        rounded_eight(in + row * in_stride + column, columns - column, whole);
  }
}
