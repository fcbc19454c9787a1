// Kernels with a mistake that is made where `planted` is not zero, to see that the emulation finds it.
#include "tensor_core.cuh"

namespace {
constexpr int threads = 128;
}  // namespace

/** out[i] = in[127 - i], through shared memory. Planted: no barrier between writing and reading. */
extern "C" __global__ void __launch_bounds__(threads) reverse_block(float* out, const float* in, int planted) {
  __shared__ float values[threads];
  values[threadIdx.x] = in[threadIdx.x];
  if (!planted) __syncthreads();
  out[threadIdx.x] = values[threads - 1 - threadIdx.x];
}

/** out[i] = in[i ^ 1] within a warp, through shared memory. Planted: no __syncwarp. */
extern "C" __global__ void __launch_bounds__(32) swap_neighbours(float* out, const float* in, int planted) {
  __shared__ float values[32];
  values[threadIdx.x] = in[threadIdx.x];
  if (!planted) __syncwarp();
  // A shuffle lets every lane come so far, but orders no memory accesses.
  const float meeting = __shfl_xor_sync(0xffffffffu, 0.0f, 1);
  out[threadIdx.x] = values[threadIdx.x ^ 1] + meeting;
}

/** Doubles what an asynchronous copy brings. Planted: it does not wait for the last group. */
extern "C" __global__ void __launch_bounds__(32) wait_for_copies(float* out, const float* in, int planted) {
  DYNAMIC_SHARED(shared);
  float* values = reinterpret_cast<float*>(shared);
  copy_async_16(values + threadIdx.x * 4, in + threadIdx.x * 4, true);
  copy_async_commit();
  if (planted) copy_async_wait<1>();
  else copy_async_wait<0>();
  __syncthreads();
  for (int i = 0; i < 4; i++) out[threadIdx.x * 4 + i] = 2 * values[threadIdx.x * 4 + i];
}

/** Two rounds of 256 values through one buffer, reversed. Planted: refilled while others still read. */
extern "C" __global__ void __launch_bounds__(64) refill_buffer(float* out, const float* in, int planted) {
  DYNAMIC_SHARED(shared);
  float* values = reinterpret_cast<float*>(shared);
  for (int round = 0; round < 2; round++) {
    copy_async_16(values + threadIdx.x * 4, in + round * 256 + threadIdx.x * 4, true);
    copy_async_commit();
    copy_async_wait<0>();
    __syncthreads();
    for (int i = 0; i < 4; i++) out[round * 256 + threadIdx.x * 4 + i] = values[255 - threadIdx.x * 4 - i];
    if (!planted) __syncthreads();
  }
}

/** Planted: half of the threads skip the barrier and end. */
extern "C" __global__ void __launch_bounds__(threads) skip_barrier(float* out, int planted) {
  if (planted && threadIdx.x >= 64) return;
  __syncthreads();
  out[threadIdx.x] = 1.0f;
}

/** Planted: halves of the block wait in different barriers. */
extern "C" __global__ void __launch_bounds__(threads) two_barriers(float* out, int planted) {
  if (planted && threadIdx.x >= 64) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  out[threadIdx.x] = 1.0f;
}

/** Planted: lanes disagree about who takes part in a shuffle. */
extern "C" __global__ void __launch_bounds__(32) shuffle_masks(float* out, int planted) {
  const unsigned mask = planted && threadIdx.x >= 16 ? 0xffff0000u : 0xffffffffu;
  out[threadIdx.x] = __shfl_xor_sync(mask, 1.0f, 1);
}

/** Planted: a lane ends before the others shuffle with it. */
extern "C" __global__ void __launch_bounds__(32) shuffle_with_the_dead(float* out, int planted) {
  if (planted && threadIdx.x == 7) return;
  out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
}

/** Planted: writes one element behind the end. */
extern "C" __global__ void __launch_bounds__(threads) write_behind(float* out, int planted) {
  out[threadIdx.x + (planted ? 1 : 0)] = 1.0f;
}

/** Planted: reads far behind the end. */
extern "C" __global__ void __launch_bounds__(threads) read_behind(float* out, const float* in, int planted) {
  out[threadIdx.x] = in[threadIdx.x + (planted ? 4096 : 0)];
}

/** Planted: reads shared memory that nothing wrote. */
extern "C" __global__ void __launch_bounds__(threads) read_unwritten(float* out, int planted) {
  __shared__ float values[threads];
  if (!planted || threadIdx.x != 5) values[threadIdx.x] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
}

/** Planted: an asynchronous copy of 16 bytes from an address that is a multiple of 4 only. */
extern "C" __global__ void __launch_bounds__(32) misaligned_copy(float* out, const float* in, int planted) {
  DYNAMIC_SHARED(shared);
  float* values = reinterpret_cast<float*>(shared);
  if (threadIdx.x < 16) copy_async_16(values + threadIdx.x * 4, in + threadIdx.x * 4 + (planted ? 1 : 0), true);
  copy_async_commit();
  copy_async_wait<0>();
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
}

/** Planted: a vector load from an address that is a multiple of 4 only. */
extern "C" __global__ void __launch_bounds__(32) misaligned_vector(float* out, const float* in, int planted) {
  const float4 v = *reinterpret_cast<const float4*>(in + threadIdx.x * 4 + (planted ? 1 : 0));
  out[threadIdx.x] = v.x + v.y + v.z + v.w;
}

/** Planted: one element too far in dynamic shared memory of 128 floats. */
extern "C" __global__ void __launch_bounds__(threads) dynamic_overrun(float* out, int planted) {
  DYNAMIC_SHARED(shared);
  float* values = reinterpret_cast<float*>(shared);
  values[threadIdx.x + (planted ? 1 : 0)] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = 1.0f;
}

/** Planted: one element too far in a static shared array. */
extern "C" __global__ void __launch_bounds__(threads) static_overrun(float* out, int planted) {
  __shared__ float values[threads];
  float* at = values + threadIdx.x + (planted ? 1 : 0);
  *at = 1.0f;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x] == values[threadIdx.x] ? 1.0f : 1.0f;
}
