// Rotary position embedding in place, halves rotated (Su et al. 2021, arranged as transformers' rotate_half).
//
// Bytes: 8 an element of x; the tables, positions x head_dim / 2, stay in the caches.
#include "elements.cuh"

/**
 * For heads of 2 * half columns and i < half: (x[i], x[i + half]) becomes (x[i] c - x[i + half] s, x[i + half] c + x[i] s),
 * with c = cosines[positions[row]][i], s = sines[positions[row]][i]. x [rows, heads * 2 * half]; cosines, sines
 * [P, half]; positions [rows]. Any grid in x.
 */
extern "C" __global__ void __launch_bounds__(256)
rotate_halves(float* x, int x_stride, const float* cosines, int cosine_stride, const float* sines, int sine_stride,
              const int* positions, long long rows, int heads, int half) {
  const bool aligned = half % 4 == 0 && rows_aligned(x, x_stride) && rows_aligned(cosines, cosine_stride) &&
                       rows_aligned(sines, sine_stride);
  // One walk over the first halves of all heads.
  each_element(aligned, rows, (long long)heads * half, [&](auto count, size_t row, size_t pair) {
    const unsigned head = unsigned(pair) / unsigned(half), i = unsigned(pair) - head * half;
    float* const at = x + row * x_stride + size_t(head) * 2 * half + i;
    const size_t position = positions[row];
    const auto c = load<count.value>(cosines + position * cosine_stride + i);
    const auto s = load<count.value>(sines + position * sine_stride + i);
    const auto a = load<count.value>(at), b = load<count.value>(at + half);
    auto left = a, right = b;
#pragma unroll
    for (int k = 0; k < count.value; k++) {
      // Which of two products is fused is said here: nvcc's own choice differs from one run of it to the next.
      left.of[k] = fmaf(a.of[k], c.of[k], -(b.of[k] * s.of[k]));
      right.of[k] = fmaf(b.of[k], c.of[k], a.of[k] * s.of[k]);
    }
    store(at, left);
    store(at + half, right);
  });
}
