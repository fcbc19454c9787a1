// Matrix products of every precision and layout against float64.
#include "matrices.h"
#include "products.h"

namespace {

using check::ProductCase;
using check::Rounding;

constexpr int staged = 96 * 1024;
const check::ProductKernel kernels[] = {
    {"matmul_f32", Rounding::none, false, false, 128, 64, 128, 0},
    {"matmul_f32_bt", Rounding::none, false, true, 128, 64, 128, 0},
    {"matmul_f32_at", Rounding::none, true, false, 128, 64, 128, 0},
    {"matmul_f32_at_bt", Rounding::none, true, true, 128, 64, 128, 0},
    {"matmul_tf32", Rounding::tf32, false, false, 256, 128, 256, staged},
    {"matmul_tf32_bt", Rounding::tf32, false, true, 256, 128, 256, staged},
    {"matmul_tf32_at", Rounding::tf32, true, false, 256, 128, 256, staged},
    {"matmul_tf32_at_bt", Rounding::tf32, true, true, 256, 128, 256, staged},
    {"matmul_bf16", Rounding::bf16, false, false, 256, 128, 256, staged},
    {"matmul_bf16_bt", Rounding::bf16, false, true, 256, 128, 256, staged},
    {"matmul_bf16_at", Rounding::bf16, true, false, 256, 128, 256, staged},
    {"matmul_bf16_at_bt", Rounding::bf16, true, true, 256, 128, 256, staged},
};

void each(const ProductCase& p) {
  for (const auto& kernel : kernels) compare_product(kernel, p);
}

}  // namespace

CHECK_CASE(matmul_of_one_element) { each({.M = 1, .N = 1, .K = 1}); }
CHECK_CASE(matmul_of_whole_tiles) { each({.M = 256, .N = 128, .K = 32}); }
CHECK_CASE(matmul_beyond_the_tile_with_odd_strides) {
  each({.M = 131, .N = 37, .K = 45, .gap = 3, .skipped = 1, .activation = 9, .bias = true, .mask = true});
}
CHECK_CASE(matmul_of_aligned_views) { each({.M = 68, .N = 132, .K = 68, .gap = 4, .skipped = 4, .bias = true, .mask = true}); }
CHECK_CASE(matmul_of_one_row) { each({.M = 1, .N = 200, .K = 33}); }
CHECK_CASE(matmul_of_one_column) { each({.M = 200, .N = 1, .K = 33, .bias = true}); }
CHECK_CASE(matmul_accumulates) { each({.M = 17, .N = 19, .K = 20, .gap = 1, .bias = true, .beta = 1}); }
CHECK_CASE(matmul_scales_what_was_there) { each({.M = 18, .N = 34, .K = 7, .mask = true, .beta = -0.375f}); }
CHECK_CASE(matmul_over_many_steps) { each({.M = 20, .N = 12, .K = 300}); }
CHECK_CASE(matmul_writes_bf16_in_aligned_rows) {
  each({.M = 70, .N = 67, .K = 9, .gap = 5, .activation = 9, .bias = true, .out_bf16 = true});
  each({.M = 9, .N = 72, .K = 40, .mask = true, .out_bf16 = true, .beta = 0.5f});
}
CHECK_CASE(matmul_writes_bf16_in_any_rows) {
  each({.M = 37, .N = 45, .K = 17, .gap = 2, .skipped = 3, .bias = true, .mask = true, .out_bf16 = true, .beta = 1});
}

CHECK_CASE(matmul_applies_every_activation) {
  for (int code = 0; code <= 9; code++)
    for (const auto& kernel : kernels)
      if (kernel.bt && !kernel.at)
        compare_product(kernel, {.M = 70, .N = 9, .K = 12, .activation = code, .bias = true, .beta = code % 2 * 1.0f});
}

CHECK_CASE(matmul_of_random_shapes) {
  for (int i = 0; i < (check::under_sanitizer ? 4 : 12); i++) {
    const std::vector<int> size = check::integers(3, 1, 160), choice = check::integers(8, 0, 1 << 20);
    compare_product(kernels[choice[0] % 12],
                    {.M = size[0], .N = size[1], .K = size[2], .gap = choice[2] % 5, .skipped = choice[3] % 5,
                     .activation = choice[4] % 10, .bias = choice[5] % 2 == 1, .mask = choice[7] % 2 == 1,
                     .out_bf16 = choice[1] % 2 == 1, .beta = choice[6] % 3 * 0.5f});
  }
}

// Nine rows of tiles, so that the last group of eight is not full, and two columns.
CHECK_CASE(matmul_of_many_tiles) {
  for (const auto& kernel : kernels)
    if (kernel.bt && !kernel.at) compare_product(kernel, {.M = 8 * kernel.tile_rows + 20, .N = 130, .K = 5});
}

CHECK_CASE(matmul_row_does_not_depend_on_other_rows) {
  for (const auto& kernel : kernels)
    if (!kernel.at) row_alone(kernel, {.M = 300, .N = 70, .K = 100, .activation = 1}, {0, 77, 299});
}

CHECK_CASE(matmul_of_parts_of_the_depth) {
  for (const auto& kernel : kernels) {
    parts_of_depth(kernel, {.M = 30, .N = 21, .K = 333, .gap = 2}, 96);
    parts_of_depth(kernel, {.M = 5, .N = 9, .K = 100, .out_bf16 = true}, 64);
  }
}

CHECK_CASE(matmul_passes_infinities_and_nan_on) {
  for (const auto& kernel : kernels) infinities_and_nan(kernel);
}

CHECK_CASE(rows_are_rounded_and_aligned_for_products) {
  for (int columns : {1, 7, 8, 37, 64})
    for (check::Layout layout : check::layouts) {
      constexpr int rows = 45;
      check::StoredMatrix in(false, rows, columns, layout.gap, layout.skipped);
      in.fill();
      const int end = (columns + 7) / 8 * 8, stride = end + 8;
      check::DeviceArray<uint16_t> out(size_t(rows) * stride);
      // Fewer blocks than there is work for: threads take several pieces.
      check::launch("round_rows", 1, 256, 0, out, stride, (const float*)in.data(), in.stride, (long long)rows, columns);
      for (int r = 0; r < rows; r++)
        for (int c = 0; c < stride; c++) {
          const uint16_t expected = c < columns ? __float2bfloat16_rn(in.at(r, c)).x : c < end ? 0 : 0xffff;
          check::that(out[size_t(r) * stride + c] == expected,
                      check::named(rows, columns, layout) + " at " + std::to_string(r) + ", " + std::to_string(c));
        }
    }
}

CHECK_CASE(rounding_to_bf16_takes_ties_to_even_and_keeps_infinities_and_nan) {
  const std::vector<float> values = {1.00390625f, 1.01171875f, -1.00390625f, 3.4028235e38f, INFINITY, -INFINITY, NAN, 1e-40f};
  check::DeviceArray<float> in(values);
  check::DeviceArray<uint16_t> out(8);
  check::launch("round_rows", 1, 256, 0, out, 8, (const float*)in.data(), 8, 1LL, 8);
  const std::vector<int> expected = {0x3f80, 0x3f82, 0xbf80, 0x7f80, 0x7f80, 0xff80, 0x7fff, 0x0001};
  for (int i = 0; i < 8; i++) check::that(out[i] == expected[i], "element " + std::to_string(i));
}

CHECK_CASE(matmul_epilogue_applies_bias_activation_mask_and_what_was_there) {
  constexpr int rows = 37, columns = 11;
  for (int code = 0; code <= 9; code++)
    for (int form = 0; form < 6; form++) {
      const float beta = form % 2;
      const bool in_place = form == 2, narrow = form > 3, masked = form > 1;
      check::StoredMatrix sums(false, rows, columns, 3, 1), other(narrow, rows, columns, 2, 0), mask(form == 4, rows, columns, 5, 1);
      sums.fill();
      mask.fill();
      if (beta != 0) other.fill();
      check::StoredMatrix& out = in_place ? sums : other;
      check::DeviceArray<float> bias(check::normal(columns));
      std::vector<double> expected;
      for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
          expected.push_back(check::activation64(code, double(sums.at(r, c)) + bias[c]) *
                                 (masked && !(mask.at(r, c) > 0) ? 0.01f : 1.0f) +
                             (beta != 0 ? double(beta) * out.at(r, c) : 0));
      check::launch("matmul_epilogue", dim3((rows * columns + 255) / 256), 256, 0, out.data(), int(narrow), out.stride,
                    (const float*)sums.data(), sums.stride, (const float*)bias.data(),
                    (const void*)(masked ? mask.data() : nullptr), int(form == 4), mask.stride, (long long)rows, columns, code,
                    beta);
      std::vector<float> is;
      for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) is.push_back(out.at(r, c));
      // A rounding of the sum, a few of the function, one of the addition; of bf16 half a unit of eight bits besides.
      check::close(is, expected, {.absolute = 1e-6, .relative = narrow ? 2e-6 + 0x1p-8 : 2e-6},
                   "activation " + std::to_string(code) + ", form " + std::to_string(form));
      out.gaps_untouched("form " + std::to_string(form));
    }
}
