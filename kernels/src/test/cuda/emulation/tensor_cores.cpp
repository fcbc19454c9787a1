#include "cuda_emulation.h"

#if defined(__x86_64__)
// The same sums in the same order, twice as fast where the processor has wider registers.
#define EMU_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define EMU_WIDE
#endif

namespace emu {
namespace {

typedef float Row __attribute__((vector_size(32)));  // eight columns

EMU_WIDE void multiply(Warp& warp, int depth) {
  for (int row = 0; row < 16; row++) {
    Row sum = {};
    for (int k = 0; k < depth; k++) sum += warp.a[row][k] * *reinterpret_cast<const Row*>(warp.b[k]);
    *reinterpret_cast<Row*>(warp.d[row]) += sum;
  }
}

// Leaves the lane's part of d, and has the warp's product added to it when all lanes have left theirs.
void accumulate(Warp& warp, unsigned l, float (&d)[4], const char* site, int depth) {
  const unsigned g = l / 4, t = l % 4;
  float *upper = &warp.d[g][2 * t], *lower = &warp.d[g + 8][2 * t];
  upper[0] = d[0];
  upper[1] = d[1];
  lower[0] = d[2];
  lower[1] = d[3];
  unsigned mask = 0xffffffffu;
  if (meet(warp, l, mask, site, true)) {
    multiply(warp, depth);
    dismiss(warp, mask, l);
  }
  d[0] = upper[0];
  d[1] = upper[1];
  d[2] = lower[0];
  d[3] = lower[1];
}

float low(uint32_t pair) { return bits<float>(pair << 16); }
float high(uint32_t pair) { return bits<float>(pair & 0xffff0000u); }
float tf32(uint32_t operand) { return bits<float>(operand & 0xffffe000u); }

}  // namespace

void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  Warp& warp = current_warp();
  const unsigned l = lane(), g = l / 4, t = l % 4;
  for (unsigned r = 0; r < 4; r++) {
    float* at = &warp.a[g + 8 * (r & 1)][2 * t + 8 * (r >> 1)];
    at[0] = low(a[r]);
    at[1] = high(a[r]);
  }
  for (unsigned r = 0; r < 2; r++) {
    warp.b[2 * t + 8 * r][g] = low(b[r]);
    warp.b[2 * t + 8 * r + 1][g] = high(b[r]);
  }
  accumulate(warp, l, d, "mma.sync.m16n8k16", 16);
}

void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  Warp& warp = current_warp();
  const unsigned l = lane(), g = l / 4, t = l % 4;
  for (unsigned r = 0; r < 4; r++) warp.a[g + 8 * (r & 1)][t + 4 * (r >> 1)] = tf32(a[r]);
  for (unsigned r = 0; r < 2; r++) warp.b[t + 4 * r][g] = tf32(b[r]);
  accumulate(warp, l, d, "mma.sync.m16n8k8", 8);
}

void exchange_rows(const uint64_t (&row)[2], uint32_t* to, unsigned count, bool transposed) {
  Warp& warp = current_warp();
  const unsigned l = lane(), g = l / 4, t = l % 4;
  memcpy(warp.rows[l], row, sizeof row);
  unsigned mask = 0xffffffffu;
  if (meet(warp, l, mask, transposed ? "ldmatrix.trans" : "ldmatrix", true)) {
    // Copied, since a lane may come to the next ldmatrix before the others have taken their elements of this one.
    for (unsigned i = 0; i < 8 * count; i++) memcpy(warp.settled_rows[i], warp.rows[i], sizeof row);
    dismiss(warp, mask, l);
  }
  for (unsigned m = 0; m < count; m++) {
    const auto* rows = &warp.settled_rows[8 * m];
    to[m] = transposed ? rows[2 * t][g] | uint32_t(rows[2 * t + 1][g]) << 16
                       : rows[g][2 * t] | uint32_t(rows[g][2 * t + 1]) << 16;
  }
}

uint32_t shared_address(const void* p) {
  const ptrdiff_t offset = static_cast<const unsigned char*>(p) - the_block.dynamic_shared;
  if (offset < 0 || size_t(offset) >= the_block.dynamic_bytes) fail("not an address in dynamic shared memory");
  return uint32_t(offset);
}

}  // namespace emu
