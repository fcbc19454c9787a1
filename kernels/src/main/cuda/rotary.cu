// Rotary position embedding in place, halves rotated (Su et al. 2021, arranged as transformers' rotate_half).
//
// Bytes: 8 an element of x, 4 where it is of bf16; the tables, positions x head_dim / 2, stay in the caches.
#include "elements.cuh"

/**
 * For heads of 2 * half columns and i < half: (x[i], x[i + half]) becomes (x[i] c - x[i + half] s, x[i + half] c + x[i] s),
 * with c = cosines[positions[row]][i], s = sines[positions[row]][i]. x [rows, heads * 2 * half] of either kind; cosines, sines
 * [P, half]; positions [rows]. Any grid in x.
 */
extern "C" __global__ void __launch_bounds__(256)
rotate_halves(void* x, int x_kind, int x_stride, const float* cosines, int cosine_stride, const float* sines,
              int sine_stride, const int* positions, long long rows, int heads, int half) {
  const Source from = {x, x_kind, x_stride}, cosine = {cosines, element_f32, cosine_stride},
               sine = {sines, element_f32, sine_stride};
  const Target to = {x, x_kind, x_stride};
  const int at_once = taken_at_once(from, cosine, sine);
  // One walk over the first halves of all heads.
  each_operand(half % at_once == 0 ? at_once : 1, rows, (long long)heads * half, [&](auto count, size_t row, size_t pair) {
    constexpr int n = count.value;
    const unsigned head = unsigned(pair) / unsigned(half), i = unsigned(pair) - head * half;
    const size_t column = size_t(head) * 2 * half + i, position = positions[row];
    const auto c = load<n>(cosines + position * cosine_stride + i);
    const auto s = load<n>(sines + position * sine_stride + i);
    const auto a = from.load_at<n>(row, column), b = from.load_at<n>(row, column + half);
    auto left = a, right = b;
#pragma unroll
    for (int k = 0; k < n; k++) {
      // Which of two products is fused is said here: nvcc's own choice differs from one run of it to the next.
      left.of[k] = fmaf(a.of[k], c.of[k], -(b.of[k] * s.of[k]));
      right.of[k] = fmaf(b.of[k], c.of[k], a.of[k] * s.of[k]);
    }
    to.store_at(row, column, left);
    to.store_at(row, column + half, right);
  });
}
