// Sums and maxima over the threads of a block, in float64 and in a fixed order.
#pragma once
#include "tensor_core.cuh"

/** Sum over the 256 threads of a block, the same in all of them; partial [8] is shared memory. */
__device__ __forceinline__ double block_sum_64(double value, double* partial) {
  for (int offset = 16; offset > 0; offset >>= 1) value += __shfl_xor_sync(0xffffffffu, value, offset);
  __syncthreads();  // partial may still be read from the sum before
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
  __syncthreads();
  double sum = 0;
#pragma unroll
  for (int warp = 0; warp < 8; warp++) sum += partial[warp];
  return sum;
}

/** Greatest value over the 256 threads of a block, NaNs passed over; partial [8] is shared memory. */
__device__ __forceinline__ float block_max(float value, float* partial) {
  for (int offset = 16; offset > 0; offset >>= 1) value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
  __syncthreads();
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
  __syncthreads();
  float greatest = partial[0];
#pragma unroll
  for (int warp = 1; warp < 8; warp++) greatest = fmaxf(greatest, partial[warp]);
  return greatest;
}

/**
 * Sum of parts[b * stride] over b below count, in a fixed order: a warp takes every eighth, the first warp adds up and returns
 * what the others do not need. A block of 256 threads takes 32 places at once; sums [256] is shared memory.
 *
 * @param parts of the place of this lane; not read where there is none
 */
template <typename T>
__device__ __forceinline__ double sum_of_parts(const T* parts, int count, size_t stride, bool there, double* sums) {
  double sum = 0;
  if (there) {
#pragma unroll 8
    for (int part = threadIdx.x / 32; part < count; part += 8) sum += parts[part * stride];
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  sum = 0;
  if (threadIdx.x < 32)
    for (int warp = 0; warp < 8; warp++) sum += sums[warp * 32 + threadIdx.x];
  return sum;
}
