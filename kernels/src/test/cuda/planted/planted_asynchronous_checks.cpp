// Each kernel of planted_asynchronous.cu without its mistakes and with each of them.
#include <numeric>

#include "check.h"

namespace {

void product(const char* kernel, int planted) {
  std::vector<uint16_t> a_bits, b_bits;
  for (float v : check::normal(64 * 64)) a_bits.push_back(__float2bfloat16_rn(v).x);
  for (float v : check::normal(128 * 64)) b_bits.push_back(__float2bfloat16_rn(v).x);
  check::DeviceArray<uint16_t> a(a_bits), b(b_bits);
  check::DeviceArray<float> out(64 * 128);
  check::launch(kernel, 1, 128, 3 * 8192, out, (const uint16_t*)a.data(), (const uint16_t*)b.data(), planted);
  std::vector<double> expected(64 * 128);
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 128; j++)
      for (int k = 0; k < 16; k++)
        expected[i * 128 + j] += double(__bfloat162float({a_bits[i * 64 + k]})) * __bfloat162float({b_bits[j * 64 + k]});
  check::close(out, expected, {1e-4, 1e-5}, "product");
}

std::vector<float> counted(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

void copies_at_a_barrier(int planted) {
  check::DeviceArray<float> in(counted(512)), out(512);
  check::launch("copies_at_a_barrier", 1, 64, 528, out, in, planted);
  for (int i = 0; i < 512; i++) check::that(out[i] == 2 * in[i], "doubled");
}

void bulk_copy(int planted) {
  check::DeviceArray<float> in(counted(132)), out(128);
  check::launch("bulk_copy", 1, 32, 520, out, in, planted);
  for (int i = 0; i < 128; i++) check::that(out[i] == in[i], "copied");
}

}  // namespace

#define BOTH(name)                                 \
  CHECK_CASE(name##_sound) { product(#name, 0); }  \
  CHECK_CASE(name##_planted) { product(#name, 1); }

BOTH(unfenced_copies)
BOTH(unfenced_sums)
BOTH(warp_astray)
BOTH(sums_too_soon)
BOTH(operand_overwritten)
BOTH(product_abandoned)
CHECK_CASE(copies_at_a_barrier_sound) { copies_at_a_barrier(0); }
CHECK_CASE(barrier_not_waited_for_planted) { copies_at_a_barrier(1); }
CHECK_CASE(buffer_refilled_planted) { copies_at_a_barrier(2); }
CHECK_CASE(barrier_without_end_planted) { copies_at_a_barrier(3); }
CHECK_CASE(barrier_not_prepared_planted) { copies_at_a_barrier(4); }
CHECK_CASE(bulk_copy_sound) { bulk_copy(0); }
CHECK_CASE(bulk_copy_not_waited_for_planted) { bulk_copy(1); }
CHECK_CASE(bulk_copy_of_too_few_bytes_planted) { bulk_copy(2); }
CHECK_CASE(bulk_copy_misaligned_planted) { bulk_copy(3); }
