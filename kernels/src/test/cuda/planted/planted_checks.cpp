// Each kernel of planted.cu without its mistake and with it.
#include <numeric>

#include "check.h"

namespace {

std::vector<float> counted(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

void expect_ones(const char* kernel, int threads, size_t shared, int planted) {
  check::DeviceArray<float> out(threads);
  check::launch(kernel, 1, threads, shared, out, planted);
  check::same(out, std::vector<float>(threads, 1.0f), kernel);
}

void reverse_block(int planted) {
  check::DeviceArray<float> in(counted(128)), out(128);
  check::launch("reverse_block", 1, 128, 0, out, in, planted);
  for (int i = 0; i < 128; i++) check::that(out[i] == in[127 - i], "reversed");
}
void swap_neighbours(int planted) {
  check::DeviceArray<float> in(counted(32)), out(32);
  check::launch("swap_neighbours", 1, 32, 0, out, in, planted);
  for (int i = 0; i < 32; i++) check::that(out[i] == in[i ^ 1], "swapped");
}
void wait_for_copies(int planted) {
  check::DeviceArray<float> in(counted(128)), out(128);
  check::launch("wait_for_copies", 1, 32, 512, out, in, planted);
  for (int i = 0; i < 128; i++) check::that(out[i] == 2 * in[i], "doubled");
}
void refill_buffer(int planted) {
  check::DeviceArray<float> in(counted(512)), out(512);
  check::launch("refill_buffer", 1, 64, 1024, out, in, planted);
  for (int i = 0; i < 512; i++) check::that(out[i] == in[i / 256 * 256 + 255 - i % 256], "reversed");
}
void read_behind(int planted) {
  check::DeviceArray<float> in(counted(128)), out(128);
  check::launch("read_behind", 1, 128, 0, out, in, planted);
  check::same(out, in, "copied");
}
void misaligned_copy(int planted) {
  check::DeviceArray<float> in(counted(80)), out(32);
  check::launch("misaligned_copy", 1, 32, 256, out, in, planted);
  for (int i = 0; i < 32; i++) check::that(out[i] == in[i], "copied");
}
void misaligned_vector(int planted) {
  check::DeviceArray<float> in(std::vector<float>(132, 1.0f)), out(32);
  check::launch("misaligned_vector", 1, 32, 0, out, in, planted);
  check::same(out, std::vector<float>(32, 4.0f), "summed");
}
void wrong_arguments(int planted) {
  check::DeviceArray<float> out(128);
  if (planted) check::launch("skip_barrier", 1, 128, 0, out, 1LL);
  else check::launch("skip_barrier", 1, 128, 0, out, 0);
}
void large_block(int planted) {
  check::DeviceArray<float> out(128);
  check::launch("skip_barrier", 1, planted ? 2048 : 128, 0, out, 0);
}
void freed_memory(int planted) {
  check::DeviceArray<float> out(128);
  float* gone;
  {
    check::DeviceArray<float> in(counted(128));
    gone = in.data();
    if (!planted) check::launch("read_behind", 1, 128, 0, out, static_cast<const float*>(gone), 0);
  }
  if (planted) check::launch("read_behind", 1, 128, 0, out, static_cast<const float*>(gone), 0);
}
void skip_barrier(int planted) { expect_ones("skip_barrier", 128, 0, planted); }
void two_barriers(int planted) { expect_ones("two_barriers", 128, 0, planted); }
void shuffle_masks(int planted) { expect_ones("shuffle_masks", 32, 0, planted); }
void shuffle_with_the_dead(int planted) { expect_ones("shuffle_with_the_dead", 32, 0, planted); }
void write_behind(int planted) { expect_ones("write_behind", 128, 0, planted); }
void read_unwritten(int planted) { expect_ones("read_unwritten", 128, 0, planted); }
void dynamic_overrun(int planted) { expect_ones("dynamic_overrun", 128, 512, planted); }
void static_overrun(int planted) { expect_ones("static_overrun", 128, 0, planted); }

}  // namespace

#define BOTH(name)                        \
  CHECK_CASE(name##_sound) { name(0); }   \
  CHECK_CASE(name##_planted) { name(1); }

BOTH(reverse_block)
BOTH(swap_neighbours)
BOTH(wait_for_copies)
BOTH(refill_buffer)
BOTH(read_behind)
BOTH(misaligned_copy)
BOTH(misaligned_vector)
BOTH(wrong_arguments)
BOTH(large_block)
BOTH(freed_memory)
BOTH(skip_barrier)
BOTH(two_barriers)
BOTH(shuffle_masks)
BOTH(shuffle_with_the_dead)
BOTH(write_behind)
BOTH(read_unwritten)
BOTH(dynamic_overrun)
BOTH(static_overrun)
