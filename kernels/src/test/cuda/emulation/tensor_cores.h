// What the inline functions of tensor_core.cuh do here: ldmatrix, mma.sync.
#pragma once

namespace emu {

/** An offset in the block's dynamic shared memory, as instructions would see it. */
uint32_t shared_address(const void* p);

/**
 * PTX ISA, "Matrix fragments for mma.m16n8k16": lane = 4 g + t. Register r of a holds row g + 8 (r & 1), columns
 * 2 t + 8 (r >> 1) and the next; register r of b holds column g, rows 2 t + 8 r and the next; element i of d is row
 * g + 8 (i >> 1), column 2 t + (i & 1).
 */
void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

/**
 * PTX ISA, "Matrix fragments for mma.m16n8k8", .tf32: register r of a holds row g + 8 (r & 1), column t + 4 (r >> 1);
 * register r of b holds column g, row t + 4 r; d as above. The lower 13 bits of the operands are not looked at.
 */
void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

/** cvt.rna.tf32.f32: 10 bits of mantissa, ties away from zero. */
inline uint32_t round_to_tf32(float f) {
  const uint32_t u = bits<uint32_t>(f);
  if ((u & 0x7fffffffu) > 0x7f800000u) return 0x7fffffffu;
  if ((u & 0x7fffffffu) == 0x7f800000u) return u;
  return (u + 0x1000u) & 0xffffe000u;
}

/** A row of eight 16-bit elements of each of `count` matrices in, elements (g, 2t) and (g, 2t + 1) of each out. */
void exchange_rows(const uint64_t (&row)[2], uint32_t* to, unsigned count, bool transposed);

template <int Count, bool Transposed>
inline void load_matrix(uint32_t (&to)[Count], const void* row) {
  uint64_t elements[2] = {0, 0};
  if (lane() < 8 * Count) {
    if (uintptr_t(row) % 16) fail("ldmatrix: the row address is not 16-byte aligned");
    for (int i = 0; i < 2; i++) elements[i] = static_cast<const uint64_t*>(row)[i];
  }
  exchange_rows(elements, to, Count, Transposed);
}

}  // namespace emu
