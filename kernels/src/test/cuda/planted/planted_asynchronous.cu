// Kernels of warpgroup products and barriers in shared memory with a mistake that is made where `planted` is not zero.
#include "warpgroup.cuh"

namespace {

constexpr int block_bytes = 8192;

/** Copies an operand of 128 lines of 64 depths, by 128 threads. */
__device__ __forceinline__ void copy_operand(unsigned char* to, const uint16_t* from, int blocks) {
  const int line = threadIdx.x / 8, unit = threadIdx.x % 8;
  for (int i = 0; i < blocks * 4; i++)
    copy_async_up_to_16(to + (line + i * 16) * 128 + ((unit ^ line % 8) << 4), from + (line + i * 16) * 64 + unit * 8, 16);
}

__device__ __forceinline__ void write_sums(float* out, const float (&sums)[16][4]) {
  for (int j = 0; j < 16; j++)
    for (int i = 0; i < 4; i++)
      out[(threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4 + i / 2 * 8) * 128 + j * 8 + threadIdx.x % 4 * 2 + i % 2] = sums[j][i];
}

/** out = a transposed(b), [64, 16] and [128, 16] in lines of 64. Mistake: the one of number `fault`, where it is `planted`. */
template <int fault> __device__ __forceinline__ void product(float* out, const uint16_t* a, const uint16_t* b, int planted,
                                                             unsigned char* shared) {
  copy_operand(shared, a, 1);
  copy_operand(shared + block_bytes, b, 2);
  copy_async_commit();
  copy_async_wait<0>();
  if (!(fault == 0 && planted)) fence_proxy_async();
  __syncthreads();
  float sums[16][4] = {};
  if (!(fault == 1 && planted)) wgmma_fence();
  const bool astray = fault == 2 && planted && threadIdx.x >= 96;
  wgmma_k16<false, false>(sums, operand_at<false>(shared) + (astray ? 2 : 0), operand_at<false>(shared + block_bytes));
  wgmma_commit();
  if (fault == 3 && planted) write_sums(out, sums);
  if (fault == 4 && planted)
    for (int i = 0; i < 64; i++) shared[threadIdx.x * 64 + i] = 0;
  if (fault == 5 && planted) return;
  wgmma_wait<0>();
  if (!(fault == 3 && planted)) write_sums(out, sums);
}

}  // namespace

/** Planted: no fence between the copies and the product that reads them. */
extern "C" __global__ void __launch_bounds__(128) unfenced_copies(float* out, const uint16_t* a, const uint16_t* b, int planted) {
  DYNAMIC_SHARED(shared);
  product<0>(out, a, b, planted, shared);
}
/** Planted: no fence between zeroing the sums and the product that adds to them. */
extern "C" __global__ void __launch_bounds__(128) unfenced_sums(float* out, const uint16_t* a, const uint16_t* b, int planted) {
  DYNAMIC_SHARED(shared);
  product<1>(out, a, b, planted, shared);
}
/** Planted: one warp of the warpgroup multiplies something else. */
extern "C" __global__ void __launch_bounds__(128) warp_astray(float* out, const uint16_t* a, const uint16_t* b, int planted) {
  DYNAMIC_SHARED(shared);
  product<2>(out, a, b, planted, shared);
}
/** Planted: the sums are read before the product is waited for. */
extern "C" __global__ void __launch_bounds__(128) sums_too_soon(float* out, const uint16_t* a, const uint16_t* b, int planted) {
  DYNAMIC_SHARED(shared);
  product<3>(out, a, b, planted, shared);
}
/** Planted: an operand is overwritten before the product is waited for. */
extern "C" __global__ void __launch_bounds__(128) operand_overwritten(float* out, const uint16_t* a, const uint16_t* b, int planted) {
  DYNAMIC_SHARED(shared);
  product<4>(out, a, b, planted, shared);
}
/** Planted: the threads end before the product does. */
extern "C" __global__ void __launch_bounds__(128) product_abandoned(float* out, const uint16_t* a, const uint16_t* b, int planted) {
  DYNAMIC_SHARED(shared);
  product<5>(out, a, b, planted, shared);
}

/**
 * The second warp doubles what the first has copied, four rounds through one buffer of 512 bytes. Planted 1: it does not wait for
 * the copies; 2: the first does not wait until the buffer is free; 3: the barrier waits for one thread too many; 4: it was not
 * prepared.
 */
extern "C" __global__ void __launch_bounds__(64) copies_at_a_barrier(float* out, const float* in, int planted) {
  DYNAMIC_SHARED(shared);
  uint64_t *full = reinterpret_cast<uint64_t*>(shared + 512), *empty = full + 1;
  float* buffer = reinterpret_cast<float*>(shared);
  if (threadIdx.x == 0) {
    if (planted != 4) barrier_init(full, planted == 3 ? 33 : 32);
    barrier_init(empty, 32);
    fence_barrier_init();
  }
  __syncthreads();
  const int lane = threadIdx.x % 32;
  for (int round = 0; round < 4; round++) {
    if (threadIdx.x < 32) {
      if (planted != 2) barrier_wait(empty, round % 2 ^ 1);
      copy_async_16(buffer + lane * 4, in + round * 128 + lane * 4, true);
      copy_async_arrive(full);
    } else {
      if (planted != 1) barrier_wait(full, round % 2);
      for (int i = 0; i < 4; i++) out[round * 128 + lane + i * 32] = 2 * buffer[lane + i * 32];
      barrier_arrive(empty);
    }
  }
}

/** One bulk copy of 512 bytes. Planted 1: nobody waits; 2: more bytes are expected than come; 3: from a misaligned address. */
extern "C" __global__ void __launch_bounds__(32) bulk_copy(float* out, const float* in, int planted) {
  DYNAMIC_SHARED(shared);
  uint64_t* full = reinterpret_cast<uint64_t*>(shared + 512);
  if (threadIdx.x == 0) {
    barrier_init(full, 1);
    fence_barrier_init();
    barrier_arrive_expecting(full, planted == 2 ? 528 : 512);
    copy_bulk(shared, in + (planted == 3 ? 1 : 0), 512, full);
  }
  __syncthreads();
  if (planted != 1) barrier_wait(full, 0);
  for (int i = 0; i < 4; i++) out[threadIdx.x + i * 32] = reinterpret_cast<const float*>(shared)[threadIdx.x + i * 32];
}
