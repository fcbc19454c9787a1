// The emulated instructions themselves, against products by the definition.
#include "check.h"
#include "tensor_core.cuh"

namespace {

float as_tf32(float v) { return emu::bits<float>(round_to_tf32(v)); }

// One warp: c = a b, with a [16, 8] and b [8, 8] row by row.
extern "C" __global__ void try_mma_tf32(float* c, const float* a, const float* b) {
  const int l = threadIdx.x, g = l / 4, t = l % 4;
  float d[4] = {1.0f, 1.0f, 1.0f, 1.0f};
  uint32_t fa[4], fb[2];
  for (int r = 0; r < 4; r++) fa[r] = round_to_tf32(a[(g + 8 * (r & 1)) * 8 + t + 4 * (r >> 1)]);
  for (int r = 0; r < 2; r++) fb[r] = round_to_tf32(b[(t + 4 * r) * 8 + g]);
  mma_m16n8k8_tf32(d, fa, fb);
  for (int i = 0; i < 4; i++) c[(g + 8 * (i >> 1)) * 8 + 2 * t + (i & 1)] = d[i];
}

// One warp: c = a b, with a [16, 16] and b [16, 8] in bf16, through shared memory and ldmatrix.
extern "C" __global__ void try_mma_bf16(float* c, const __nv_bfloat16* a, const __nv_bfloat16* b) {
  DYNAMIC_SHARED(shared);
  __nv_bfloat16 *as = reinterpret_cast<__nv_bfloat16*>(shared), *bs = as + 256;
  const int l = threadIdx.x, g = l / 4, t = l % 4;
  copy_async_16(as + l * 8, a + l * 8, true);
  copy_async_commit();
  if (l < 16) copy_async_16(bs + l * 8, b + l * 8, true);
  copy_async_commit();
  copy_async_wait<0>();
  __syncthreads();
  float d[4] = {};
  uint32_t fa[4], fb[2];
  load_matrix_x4(fa, as + l % 16 * 16 + l / 16 * 8);
  load_matrix_x2_transposed(fb, bs + l % 16 * 8);
  mma_m16n8k16(d, fa, fb);
  for (int i = 0; i < 4; i++) c[(g + 8 * (i >> 1)) * 8 + 2 * t + (i & 1)] = d[i];
}

EMULATED_KERNEL(try_mma_tf32)
EMULATED_KERNEL(try_mma_bf16)

}  // namespace

CHECK_CASE(tf32_rounds_to_ten_bits_of_mantissa_ties_away_from_zero) {
  const float unit = 1.0f / 1024;
  check::that(as_tf32(1.0f + unit) == 1.0f + unit, "a tf32 number stays");
  check::that(as_tf32(1.0f + unit / 2) == 1.0f + unit, "a tie goes away from zero");
  check::that(as_tf32(-1.0f - unit / 2) == -1.0f - unit, "also below zero");
  check::that(as_tf32(1.0f + unit / 2 - unit / 8192) == 1.0f, "less than half goes down");
  check::that(as_tf32(INFINITY) == INFINITY && std::isnan(as_tf32(NAN)), "infinity and NaN stay");
  check::that(as_tf32(3.4028235e38f) == INFINITY, "the largest float rounds up");
}

CHECK_CASE(mma_of_tf32_multiplies_and_adds_to_its_accumulator) {
  check::DeviceArray<float> a(check::normal(128)), b(check::normal(64)), c(128);
  check::launch("try_mma_tf32", 1, 32, 0, c, a, b);
  std::vector<double> expected(128, 1.0);
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 8; j++)
      for (int k = 0; k < 8; k++) expected[i * 8 + j] += double(as_tf32(a[i * 8 + k])) * as_tf32(b[k * 8 + j]);
  // Products of tf32 numbers are exact in float32: what is left is the rounding of 8 sums.
  check::close(c, expected, {8 * 6e-8, 8 * 6e-8}, "16x8x8");
}

CHECK_CASE(mma_of_bf16_through_asynchronous_copies_and_ldmatrix) {
  std::vector<__nv_bfloat16> wide, tall;
  for (float v : check::normal(256)) wide.push_back(__float2bfloat16_rn(v));
  for (float v : check::normal(128)) tall.push_back(__float2bfloat16_rn(v));
  check::DeviceArray<__nv_bfloat16> a(wide), b(tall);
  check::DeviceArray<float> c(128);
  check::launch("try_mma_bf16", 1, 32, 768, c, a, b);
  std::vector<double> expected(128);
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 8; j++)
      for (int k = 0; k < 16; k++)
        expected[i * 8 + j] += double(__bfloat162float(a[i * 16 + k])) * __bfloat162float(b[k * 8 + j]);
  check::close(c, expected, {16 * 6e-8, 16 * 6e-8}, "16x8x16");
}
