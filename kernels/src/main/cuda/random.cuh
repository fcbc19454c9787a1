// Philox4x32-10 and a keyed bijection, bit for bit those of the Java classes Philox and FeistelPermutation.
#pragma once
#include "tensor_core.cuh"

constexpr int feistel_rounds = 6;

/** Ten rounds on the counter in place (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11). */
__device__ __forceinline__ void philox_rounds(uint32_t (&counter)[4], uint32_t key0, uint32_t key1) {
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = uint64_t(0xD2511F53u) * counter[0], p1 = uint64_t(0xCD9E8D57u) * counter[2];
    const uint32_t c1 = counter[1], c3 = counter[3];
    counter[0] = uint32_t(p1 >> 32) ^ c1 ^ key0;
    counter[1] = uint32_t(p1);
    counter[2] = uint32_t(p0 >> 32) ^ c3 ^ key1;
    counter[3] = uint32_t(p0);
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

/** What keys a stream: the seed, and which stream of it. */
struct PhiloxStream {
  uint32_t key0, key1, place, purpose;

  /** Words 4 block to 4 block + 3 of the stream at that step. */
  __device__ __forceinline__ void words(uint32_t block, uint32_t step, uint32_t (&four)[4]) const {
    four[0] = block;
    four[1] = step;
    four[2] = place;
    four[3] = purpose;
    philox_rounds(four, key0, key1);
  }
};

/**
 * A bijection of 0 to n - 1: a balanced Feistel network on the smallest even number of bits that holds n (at most 32), gone
 * through again while the image is beyond n (Luby and Rackoff 1988; Black and Rogaway 2002).
 */
struct FeistelPermutation {
  uint32_t n, half, mask;
  uint32_t keys[feistel_rounds];

  /** Of nothing. */
  __device__ __forceinline__ FeistelPermutation() : n(0), half(1), mask(1), keys{} {}

  __device__ __forceinline__ FeistelPermutation(long long size, const int* round_keys) : n(uint32_t(size)) {
    int bits = 0;
    while (bits < 32 && (n - 1) >> bits) bits++;
    half = bits < 2 ? 1 : (bits + 1) / 2;
    mask = (1u << half) - 1;
#pragma unroll
    for (int r = 0; r < feistel_rounds; r++) keys[r] = uint32_t(round_keys[r]);
  }

  /** Image of i. */
  __device__ __forceinline__ uint32_t apply(uint32_t i) const {
    uint32_t word = i;
    do {
      uint32_t left = word >> half, right = word & mask;
#pragma unroll
      for (int r = 0; r < feistel_rounds; r++) {
        const uint32_t next = left ^ (mix(right, keys[r]) & mask);
        left = right;
        right = next;
      }
      word = left << half | right;
    } while (word >= n);
    return word;
  }

  /** The index whose image is i. */
  __device__ __forceinline__ uint32_t invert(uint32_t i) const {
    uint32_t word = i;
    do {
      uint32_t left = word >> half, right = word & mask;
#pragma unroll
      for (int r = feistel_rounds - 1; r >= 0; r--) {
        const uint32_t before = right ^ (mix(left, keys[r]) & mask);
        right = left;
        left = before;
      }
      word = left << half | right;
    } while (word >= n);
    return word;
  }

 private:
  /** The finaliser of MurmurHash3 over half and key. */
  static __device__ __forceinline__ uint32_t mix(uint32_t value, uint32_t key) {
    uint32_t h = value * 0x9E3779B1u + key;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return h ^ h >> 16;
  }
};
