// wgmma: products of a warpgroup, four warps, whose operands lie in shared memory and that go on while the threads do.
#pragma once

namespace emu {

/**
 * Byte offset in shared memory of the eight elements of an operand that begin at row or column `mn` and depth `k`, for a
 * descriptor of the 128-byte swizzle. PTX ISA, "Asynchronous warpgroup level matrix shared memory layout" and "Strides"; CUTLASS
 * 3.5, cute/atom/mma_traits_sm90_gmma.hpp, make_gmma_desc, says the same in units of elements (T = 8 of them in 16 bytes):
 * along the depth ("K-major") ((8,m),(T,2)):((8T,SBO),(1,T)), otherwise ("MN-major", transposed) ((T,8,m),(8,2)):((1,T,LBO),(8T,SBO)).
 * The start lies in bits 0 to 13 in units of 16 bytes, LBO in bits 16 to 29, SBO in bits 32 to 45, the swizzle in bits 62 and 63
 * (1: of 128 bytes: bits 4 to 6 of the address change by bits 7 to 9).
 */
inline uint32_t operand_unit(uint64_t descriptor, bool transposed, unsigned mn, unsigned k) {
  const uint32_t start = (descriptor & 0x3fff) << 4, leading = (descriptor >> 16 & 0x3fff) << 4,
                 stride = (descriptor >> 32 & 0x3fff) << 4;
  const uint32_t at = transposed ? start + mn / 64 * leading + k / 8 * stride + k % 8 * 128 + mn % 64 * 2
                                 : start + mn / 8 * stride + mn % 8 * 128 + k * 2;
  return at ^ (at >> 7 & 7) << 4;
}

/** Comes with `count` accumulators to the product of its warp: 64 rows, 2 count columns, depth 16. */
void issue_product(float* accumulators, unsigned count, uint64_t a, uint64_t b, bool transposed_a, bool transposed_b);

template <bool TransposedA, bool TransposedB, int Count>
inline void wgmma_k16(float (&accumulators)[Count], uint64_t a, uint64_t b) {
#if defined(__SANITIZE_THREAD__)
  // Reads that the race detector sees: the lane's share of what its warp multiplies.
  const auto touch = [](uint32_t at) {
    if (at + 16 <= the_block.dynamic_bytes)
      static_cast<void>(*reinterpret_cast<const volatile uint32_t*>(the_block.dynamic_shared + at));
  };
  const unsigned l = lane(), first = the_block.current->linear / warp_size % 4 * 16;
  if (TransposedA) touch(operand_unit(a, true, first + l / 16 * 8, l % 16));
  else touch(operand_unit(a, false, first + l / 2, l % 2 * 8));
  for (unsigned i = l; i < 4 * Count; i += warp_size) {
    if (TransposedB) touch(operand_unit(b, true, i / 16 * 8, i % 16));
    else touch(operand_unit(b, false, i / 2, i % 2 * 8));
  }
#endif
  issue_product(accumulators, Count, a, b, TransposedA, TransposedB);
}

void wgmma_fence();
void wgmma_commit();
/** Until at most so many of the newest groups are under way. */
void wgmma_wait(unsigned pending_groups);
/** fence.proxy.async: what was copied so far may be read by wgmma. */
void fence_proxy_async();

}  // namespace emu
