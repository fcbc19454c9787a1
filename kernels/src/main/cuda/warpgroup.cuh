// What only compute capability 9.0 has (sm_90a): products of a warpgroup, four warps, that go on while the threads do, with
// operands in shared memory; and the barriers in shared memory (sm_80, sm_90) that such work waits for. One small function each.
#pragma once
#include "tensor_core.cuh"

/** Prepares a barrier in shared memory, 8 bytes, whose phases end after so many arrivals. The first phase has parity 0. */
__device__ __forceinline__ void barrier_init(uint64_t* barrier, int arrivals) {
#ifdef CUDA_EMULATION
  emu::barrier_init(barrier, arrivals);
#else
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;\n" :: "r"(shared_address(barrier)), "r"(arrivals) : "memory");
#endif
}
/** Makes prepared barriers known to asynchronous copies, before the threads of the block meet. */
__device__ __forceinline__ void fence_barrier_init() {
#ifndef CUDA_EMULATION
  asm volatile("fence.mbarrier_init.release.cluster;\n" ::: "memory");
#endif
}
/** Arrives: what this thread did before is seen by those who wait for the phase. */
__device__ __forceinline__ void barrier_arrive(uint64_t* barrier) {
#ifdef CUDA_EMULATION
  emu::barrier_arrive(barrier);
#else
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];\n" :: "r"(shared_address(barrier)) : "memory");
#endif
}
/** Arrives, and lets the phase last until so many bytes besides have come by copy_bulk. */
__device__ __forceinline__ void barrier_arrive_expecting(uint64_t* barrier, int bytes) {
#ifdef CUDA_EMULATION
  emu::barrier_arrive_expecting(barrier, bytes);
#else
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;\n"
               :: "r"(shared_address(barrier)), "r"(bytes) : "memory");
#endif
}
/** Waits for the end of the phase of that parity; at once where the phase before the present one has it. */
#ifdef CUDA_EMULATION
#define barrier_wait(barrier, parity) emu::barrier_wait(barrier, parity, __LINE__)
#else
__device__ __forceinline__ void barrier_wait(uint64_t* barrier, unsigned parity) {
  uint32_t ended;
  do {
    asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}\n"
                 : "=r"(ended) : "r"(shared_address(barrier)), "r"(parity) : "memory");
  } while (!ended);
}
#endif
/** Arrives when all copies that this thread has started (copy_async_*) are done; counts as one of the phase's arrivals. */
__device__ __forceinline__ void copy_async_arrive(uint64_t* barrier) {
#ifdef CUDA_EMULATION
  emu::copy_arrive(barrier);
#else
  asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];\n" :: "r"(shared_address(barrier)) : "memory");
#endif
}
/** Starts one copy of that many bytes, a multiple of 16 as both addresses are, and counts them off at the barrier. */
__device__ __forceinline__ void copy_bulk(void* to, const void* from, int bytes, uint64_t* barrier) {
#ifdef CUDA_EMULATION
  emu::copy_bulk(to, from, bytes, barrier);
#else
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];\n"
               :: "r"(shared_address(to)), "l"(from), "r"(bytes), "r"(shared_address(barrier)) : "memory");
#endif
}
/** Starts bringing that many bytes, a multiple of 16 as the address is, into the second-level cache; nothing waits for them. */
__device__ __forceinline__ void prefetch_bulk(const void* from, int bytes) {
#ifdef CUDA_EMULATION
  emu::prefetch_bulk(from, bytes);
#else
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;\n" :: "l"(from), "r"(bytes) : "memory");
#endif
}

/**
 * Lets wgmma see what this thread knows to be written to shared memory by ordinary stores and by copy_async_*: those go another way
 * to memory than its reads (PTX ISA, "Async proxy").
 */
__device__ __forceinline__ void fence_proxy_async() {
#ifdef CUDA_EMULATION
  emu::fence_proxy_async();
#else
  asm volatile("fence.proxy.async.shared::cta;\n" ::: "memory");
#endif
}

/** Gives registers back, or takes them: from here on each thread of the warpgroup has Count. */
template <int Count> __device__ __forceinline__ void keep_registers() {
#ifndef CUDA_EMULATION
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;\n" :: "n"(Count));
#endif
}
template <int Count> __device__ __forceinline__ void take_registers() {
#ifndef CUDA_EMULATION
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;\n" :: "n"(Count));
#endif
}

/**
 * An operand in shared memory as wgmma wants it described: blocks of 64 lines of 128 bytes, 8 KB, each beginning at a multiple of
 * 1 KB, whose units of 16 bytes have changed places: unit u of line l lies at u ^ l % 8 (the swizzle of 128 bytes). Lines are rows
 * of a (columns of b) with 64 depths each, or, Transposed, depths with 64 rows (columns) each; the next block has the next 64
 * rows (columns). PTX ISA, "Matrix descriptor format" and "Strides"; CUTLASS 3.5, cute/atom/mma_traits_sm90_gmma.hpp,
 * make_gmma_desc: the stride of the core matrices is 1 KB, 8 lines, either way; the leading offset is that between blocks where
 * Transposed, and otherwise not looked at. Such a product takes 16 depths; `first` is where they begin.
 */
template <bool Transposed> __device__ __forceinline__ uint64_t operand_at(const unsigned char* first) {
  constexpr uint64_t leading = Transposed ? 8192 >> 4 : 1, stride = 1024 >> 4, swizzle_128 = 1;
  return static_cast<uint64_t>((shared_address(first) & 0x3ffff) >> 4) | leading << 16 | stride << 32 | swizzle_128 << 62;
}
/** Bytes from 16 depths of an operand to the next 16 of the same block. */
template <bool Transposed> constexpr int operand_step = Transposed ? 2048 : 32;

/** Before a product whose sums this warp wrote or read since the last one. Like all that follow, executed by whole warps. */
__device__ __forceinline__ void wgmma_fence() {
#ifdef CUDA_EMULATION
  emu::wgmma_fence();
#else
  asm volatile("wgmma.fence.sync.aligned;\n" ::: "memory");
#endif
}
/** Makes the products started since the last commit a group. */
__device__ __forceinline__ void wgmma_commit() {
#ifdef CUDA_EMULATION
  emu::wgmma_commit();
#else
  asm volatile("wgmma.commit_group.sync.aligned;\n" ::: "memory");
#endif
}
/** Waits until at most Pending of the newest groups are still under way; until then their sums must not be touched. */
template <int Pending> __device__ __forceinline__ void wgmma_wait() {
#ifdef CUDA_EMULATION
  emu::wgmma_wait(Pending);
#else
  asm volatile("wgmma.wait_group.sync.aligned %0;\n" :: "n"(Pending) : "memory");
#endif
}
/** Keeps the compiler from moving reads and writes of sums past this place: it does not know that products go on. */
template <int Groups> __device__ __forceinline__ void pin(float (&sums)[Groups][4]) {
#ifdef CUDA_EMULATION
  static_cast<void>(sums);
#else
#pragma unroll
  for (int i = 0; i < Groups; i++)
    asm volatile("" : "+f"(sums[i][0]), "+f"(sums[i][1]), "+f"(sums[i][2]), "+f"(sums[i][3]) :: "memory");
#endif
}

// Ten operands of an instruction, %t0 to %t9; the operands of one, four and sixteen groups of sums.
#define WGMMA_TEN(t) "%" t "0, %" t "1, %" t "2, %" t "3, %" t "4, %" t "5, %" t "6, %" t "7, %" t "8, %" t "9, "
#define WGMMA_GROUP(d, i) "+f"(d[i][0]), "+f"(d[i][1]), "+f"(d[i][2]), "+f"(d[i][3])
#define WGMMA_4_GROUPS(d, i) WGMMA_GROUP(d, i), WGMMA_GROUP(d, i + 1), WGMMA_GROUP(d, i + 2), WGMMA_GROUP(d, i + 3)
#define WGMMA_16_GROUPS(d, i) \
  WGMMA_4_GROUPS(d, i), WGMMA_4_GROUPS(d, i + 4), WGMMA_4_GROUPS(d, i + 8), WGMMA_4_GROUPS(d, i + 12)

/**
 * Starts sums += a b for 64 rows, 16 depths and 8 Groups columns: bf16 operands as operand_at describes them, a Transposed where
 * its lines are depths, b where its are. Warp w of the warpgroup has rows 16 w on; lane 4 g + t of it in [j][0], [1] row g, columns
 * 8 j + 2 t and the next, in [j][2], [3] the same of row g + 8. All four warps start the same products.
 */
template <bool TransposedA, bool TransposedB, int Groups>
__device__ __forceinline__ void wgmma_k16(float (&sums)[Groups][4], uint64_t a, uint64_t b) {
  static_assert(Groups == 1 || Groups == 16 || Groups == 24 || Groups == 32, "8, 128, 192 or 256 columns");
#ifdef CUDA_EMULATION
  emu::wgmma_k16<TransposedA, TransposedB>(reinterpret_cast<float(&)[4 * Groups]>(sums), a, b);
#else
  if constexpr (Groups == 1) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%0, %1, %2, %3}, %4, %5, 1, 1, 1, %6, %7;\n"
                 : WGMMA_GROUP(sums, 0)
                 : "l"(a), "l"(b), "n"(TransposedA ? 1 : 0), "n"(TransposedB ? 1 : 0));
  } else if constexpr (Groups == 16) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
                 WGMMA_TEN("") WGMMA_TEN("1") WGMMA_TEN("2") WGMMA_TEN("3") WGMMA_TEN("4") WGMMA_TEN("5")
                 "%60, %61, %62, %63}, %64, %65, 1, 1, 1, %66, %67;\n"
                 : WGMMA_16_GROUPS(sums, 0)
                 : "l"(a), "l"(b), "n"(TransposedA ? 1 : 0), "n"(TransposedB ? 1 : 0));
  } else if constexpr (Groups == 24) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n192k16.f32.bf16.bf16 {"
                 WGMMA_TEN("") WGMMA_TEN("1") WGMMA_TEN("2") WGMMA_TEN("3") WGMMA_TEN("4") WGMMA_TEN("5") WGMMA_TEN("6")
                 WGMMA_TEN("7") WGMMA_TEN("8") "%90, %91, %92, %93, %94, %95}, %96, %97, 1, 1, 1, %98, %99;\n"
                 : WGMMA_16_GROUPS(sums, 0), WGMMA_4_GROUPS(sums, 16), WGMMA_4_GROUPS(sums, 20)
                 : "l"(a), "l"(b), "n"(TransposedA ? 1 : 0), "n"(TransposedB ? 1 : 0));
  } else {
    asm volatile("wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
                 WGMMA_TEN("") WGMMA_TEN("1") WGMMA_TEN("2") WGMMA_TEN("3") WGMMA_TEN("4") WGMMA_TEN("5") WGMMA_TEN("6")
                 WGMMA_TEN("7") WGMMA_TEN("8") WGMMA_TEN("9") WGMMA_TEN("10") WGMMA_TEN("11")
                 "%120, %121, %122, %123, %124, %125, %126, %127}, %128, %129, 1, 1, 1, %130, %131;\n"
                 : WGMMA_16_GROUPS(sums, 0), WGMMA_16_GROUPS(sums, 16)
                 : "l"(a), "l"(b), "n"(TransposedA ? 1 : 0), "n"(TransposedB ? 1 : 0));
  }
#endif
}
