// Steps of training on the device, and its random numbers on their own.
#include "steps.cuh"

/**
 * Goes to the next step: its number, the keys of its permutation (the first words of the stream at that step) and the numbers
 * of Adam. After the last step these are NaN, so that what is computed beyond the plan shows. One thread.
 *
 * @param current a CurrentStep
 * @param numbers [steps, 2] rate and root of each step
 */
extern "C" __global__ void __launch_bounds__(32)
next_step(int* current, const float* numbers, int steps, int key0, int key1, int place, int purpose) {
  if (threadIdx.x != 0 || blockIdx.x != 0) return;
  CurrentStep& to = *reinterpret_cast<CurrentStep*>(current);
  const int step = to.step + 1;
  const PhiloxStream stream = {uint32_t(key0), uint32_t(key1), uint32_t(place), uint32_t(purpose)};
  uint32_t words[8];
#pragma unroll
  for (int block = 0; block < 2; block++) {
    uint32_t four[4];
    stream.words(block, step, four);
#pragma unroll
    for (int i = 0; i < 4; i++) words[4 * block + i] = four[i];
  }
#pragma unroll
  for (int r = 0; r < feistel_rounds; r++) to.keys[r] = int(words[r]);
  to.step = step;
  to.rate = step < steps ? numbers[2 * step] : __uint_as_float(0x7fc00000u);
  to.root = step < steps ? numbers[2 * step + 1] : __uint_as_float(0x7fc00000u);
}

/** words[i] = word first + i of a stream; first is a multiple of 4. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
philox_words(int* words, long long first, long long count, int key0, int key1, int place, int purpose, int step) {
  const PhiloxStream stream = {uint32_t(key0), uint32_t(key1), uint32_t(place), uint32_t(purpose)};
  const long long across = (long long)gridDim.x * blockDim.x * 4;
  for (long long at = ((long long)blockIdx.x * blockDim.x + threadIdx.x) * 4; at < count; at += across) {
    uint32_t four[4];
    stream.words(uint32_t((first + at) / 4), step, four);
#pragma unroll
    for (int i = 0; i < 4; i++)
      if (at + i < count) words[at + i] = int(four[i]);
  }
}

/** images[i] = image of first + i, origins[i] = the index whose image is first + i; either may be null; keys [6]. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
permute(const int* keys, long long n, long long first, int* images, int* origins, long long count) {
  const FeistelPermutation permutation(n, keys);
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += (long long)gridDim.x * blockDim.x) {
    if (images) images[i] = int(permutation.apply(uint32_t(first + i)));
    if (origins) origins[i] = int(permutation.invert(uint32_t(first + i)));
  }
}
