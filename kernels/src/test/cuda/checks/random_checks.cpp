// Philox and the permutation against known answers and against a bijection by definition.
#include "check.h"

namespace {

/** The permutation as the Java class FeistelPermutation writes it, in 64 bits. */
struct Feistel {
  long long n;
  std::vector<int> keys;

  static uint32_t mix(uint32_t half, uint32_t key) {
    uint32_t h = half * 0x9E3779B1u + key;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return h ^ h >> 16;
  }
  int image(long long i) const {
    int bits = 0;
    while ((n - 1) >> bits) bits++;
    const int half = std::max(1, (bits + 1) / 2);
    const uint64_t mask = (1ull << half) - 1;
    uint64_t word = i;
    do {
      uint64_t left = word >> half, right = word & mask;
      for (int key : keys) {
        const uint64_t next = left ^ (mix(uint32_t(right), uint32_t(key)) & mask);
        left = right;
        right = next;
      }
      word = left << half | right;
    } while (word >= uint64_t(n));
    return int(word);
  }
};

}  // namespace

CHECK_CASE(philox_gives_the_known_answers) {
  // Random123's kat_vectors, philox4x32 10: counter 0 with key 0, and the digits of pi. The stream's block is the first word.
  check::DeviceArray<int> zero(4), ones(4);
  check::launch("philox_words", dim3(1), 256, 0, zero, 0LL, 4LL, 0, 0, 0, 0, 0);
  check::same(zero, std::vector<int>{int(0x6627e8d5), int(0xe169c58d), int(0xbc57ac4c), int(0x9b00dbd8)}, "zeros");
  check::launch("philox_words", dim3(1), 256, 0, ones, 4LL * 0x243f6a88LL, 4LL, int(0xa4093822), int(0x299f31d0),
                int(0x13198a2e), int(0x03707344), int(0x85a308d3));
  check::same(ones, std::vector<int>{int(0xd16cfe09), int(0x94fdcceb), int(0x5001e420), int(0x24126ea1)}, "pi");
}

CHECK_CASE(philox_words_are_addressed_by_index) {
  check::DeviceArray<int> all(1000), part(7);
  check::launch("philox_words", dim3(3), 256, 0, all, 0LL, 1000LL, 5, 6, 7, 8, 9);
  check::launch("philox_words", dim3(1), 256, 0, part, 500LL, 7LL, 5, 6, 7, 8, 9);
  check::same(part, std::vector<int>(all.data() + 500, all.data() + 507), "words 500 to 506");
}

CHECK_CASE(permute_is_the_bijection_and_its_inverse) {
  for (long long n : {1LL, 2LL, 3LL, 4LL, 5LL, 17LL, 1000LL, 300000LL, 2147483647LL})
    for (int round = 0; round < 3; round++) {
      const auto keys = check::integers(6, -2147483647, 2147483647);
      const long long first = n > 1000 ? n / 3 : 0, count = std::min(n, 1000LL);
      check::DeviceArray<int> images(count), origins(count);
      check::launch("permute", dim3(2), 256, 0, check::DeviceArray<int>(keys), n, first, images, origins, count);
      const Feistel expected = {n, keys};
      for (long long i = 0; i < count; i++) {
        check::that(images[i] == expected.image(first + i), "image of " + std::to_string(first + i));
        check::that(expected.image(origins[i]) == first + i, "origin of " + std::to_string(first + i));
      }
    }
}

CHECK_CASE(next_step_counts_and_draws_keys_of_each_step) {
  const int steps = 3;
  const auto numbers = check::normal(2 * steps);
  check::DeviceArray<float> table(numbers);
  check::DeviceArray<int> current(16);  // 0xFF: step -1
  for (int step = 0; step <= steps; step++) {
    check::launch("next_step", dim3(1), 32, 0, current, table, steps, 1, 2, 3, 4);
    check::DeviceArray<int> words(6);
    check::launch("philox_words", dim3(1), 256, 0, words, 0LL, 6LL, 1, 2, 3, 4, step);
    check::that(current[0] == step, "the step's number");
    check::same(std::vector<int>(current.data() + 1, current.data() + 7), words, "keys");
    const float rate = emu::bits<float>(current[7]), root = emu::bits<float>(current[8]);
    if (step < steps)
      check::that(rate == numbers[2 * step] && root == numbers[2 * step + 1], "numbers of the step");
    else
      check::that(std::isnan(rate) && std::isnan(root), "numbers beyond the plan");
  }
}
