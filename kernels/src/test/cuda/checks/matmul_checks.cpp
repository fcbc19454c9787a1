// Matrix products of every precision and layout against float64.
#include "check.h"

namespace {

const char* const names[3][4] = {{"matmul_f32", "matmul_f32_bt", "matmul_f32_at", "matmul_f32_at_bt"},
                                 {"matmul_tf32", "matmul_tf32_bt", "matmul_tf32_at", "matmul_tf32_at_bt"},
                                 {"matmul_bf16", "matmul_bf16_bt", "matmul_bf16_at", "matmul_bf16_at_bt"}};
enum Precision { f32, tf32, bf16 };
constexpr Precision precisions[] = {f32, tf32, bf16};

float rounded(Precision precision, float value) {
  if (precision == bf16) return __bfloat162float(__float2bfloat16_rn(value));
  if (precision == tf32) return emu::bits<float>(emu::round_to_tf32(value));
  return value;
}

// Java's Activation, by the definitions of that enum.
double activation(int code, double x) {
  switch (code) {
    case 1: return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case 2: return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case 3: return x / (1 + std::exp(-1.702 * x));
    case 4: return std::max(x, 0.0);
    case 5: return std::max(x, 0.0) * std::max(x, 0.0);
    case 6: return x / (1 + std::exp(-x));
    case 7: return std::tanh(x);
    case 8: return 1 / (1 + std::exp(-x));
    case 9: return x > 0 ? x : 0.01 * x;
    default: return x;
  }
}

struct Matrix {
  int rows, columns, stride;
  check::DeviceArray<float> values;
  // `skipped` elements before the first, `gap` between rows.
  Matrix(int rows, int columns, int gap, int skipped)
      : rows(rows), columns(columns), stride(columns + gap), values((rows - 1) * (columns + gap) + columns, skipped) {}
  void fill() {
    const std::vector<float> drawn = check::normal(size_t(rows) * columns);
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++) values[size_t(r) * stride + c] = drawn[size_t(r) * columns + c];
  }
  float at(int r, int c) const { return values[size_t(r) * stride + c]; }
};

struct Product {
  Precision precision = f32;
  int layout = 0;  // 1: b transposed, 2: a transposed
  int M = 1, N = 1, K = 1;
  int gap = 0, skipped = 0;  // of every operand
  int activation = 0;
  bool bias = false;
  float beta = 0;

  std::string text() const {
    char line[160];
    snprintf(line, sizeof line, "%s [%d, %d, %d], gap %d, skipped %d, activation %d, bias %d, beta %g",
             names[precision][layout], M, K, N, gap, skipped, activation, bias, beta);
    return line;
  }
};

void launch(const Product& p, float* out, const Matrix& a, const Matrix& b, const float* bias, int out_stride,
            long long span, long long part, int parts) {
  const int tile_columns = p.precision == f32 ? 64 : 128, threads = p.precision == f32 ? 128 : 256;
  const unsigned tiles = unsigned((p.M + 127) / 128 * ((p.N + tile_columns - 1) / tile_columns));
  check::launch(names[p.precision][p.layout], dim3(tiles, 1, parts), threads, 0, out, (const float*)a.values.data(),
                (const float*)b.values.data(), bias, (long long)p.M, (long long)p.K, p.N, a.stride, b.stride,
                out_stride, span, part, p.activation, p.beta);
}

/**
 * Draws operands and compares. The sum of K products in float32, in whatever order, is within K 2^-24 sum |a b| of the exact one of
 * the rounded operands, to first order; no activation here has a derivative beyond 1.13, except the square of ReLU, and beta out
 * adds roundings of its own.
 */
void compare(const Product& p) {
  const bool at = p.layout & 2, bt = p.layout & 1;
  Matrix a(at ? p.K : p.M, at ? p.M : p.K, p.gap, p.skipped), b(bt ? p.N : p.K, bt ? p.K : p.N, p.gap, p.skipped);
  Matrix out(p.M, p.N, p.gap, p.skipped);
  a.fill();
  b.fill();
  check::DeviceArray<float> bias(check::normal(p.N));
  if (p.beta != 0) out.fill();  // otherwise it is NaN
  const std::vector<float> held = out.values.values();
  launch(p, out.values.data(), a, b, p.bias ? bias.data() : nullptr, out.stride, p.K, 0, 1);
  for (int m = 0; m < p.M; m++)
    for (int n = 0; n < p.N; n++) {
      double sum = p.bias ? double(bias[n]) : 0, magnitude = std::fabs(sum);
      for (int k = 0; k < p.K; k++) {
        const double x = rounded(p.precision, at ? a.at(k, m) : a.at(m, k));
        const double y = rounded(p.precision, bt ? b.at(n, k) : b.at(k, n));
        sum += x * y;
        magnitude += std::fabs(x * y);
      }
      const double slope = p.activation == 5 ? 2 * std::fabs(sum) + 1 : 1.13;
      double expected = activation(p.activation, sum);
      double allowed = std::ldexp((p.K + 2) * magnitude * slope + 8 * std::fabs(expected), -24) + 1e-38;
      if (p.beta != 0) {
        expected += double(p.beta) * held[size_t(m) * out.stride + n];
        allowed += std::ldexp(std::fabs(expected) + std::fabs(double(p.beta) * held[size_t(m) * out.stride + n]), -23);
      }
      const double is = out.at(m, n);
      if (!(std::fabs(is - expected) <= allowed)) {
        char line[160];
        snprintf(line, sizeof line, ": [%d, %d] = %.9g, expected %.9g within %g", m, n, is, expected, allowed);
        check::fail(p.text() + line);
      }
    }
  for (int m = 0; m + 1 < p.M; m++)
    for (int gap = p.N; gap < out.stride; gap++) {
      const float is = out.values[size_t(m) * out.stride + gap], was = held[size_t(m) * out.stride + gap];
      check::that(memcmp(&is, &was, sizeof is) == 0, p.text() + ": wrote between rows");
    }
}

void each_layout(Product p) {
  for (Precision precision : precisions)
    for (int layout = 0; layout < 4; layout++) {
      p.precision = precision;
      p.layout = layout;
      compare(p);
    }
}

}  // namespace

CHECK_CASE(matmul_of_one_element) { each_layout({.M = 1, .N = 1, .K = 1}); }
CHECK_CASE(matmul_of_whole_tiles) { each_layout({.M = 128, .N = 128, .K = 32}); }
CHECK_CASE(matmul_beyond_the_tile_with_odd_strides) {
  each_layout({.M = 131, .N = 37, .K = 45, .gap = 3, .skipped = 1, .activation = 9, .bias = true});
}
CHECK_CASE(matmul_of_aligned_views) { each_layout({.M = 68, .N = 132, .K = 68, .gap = 4, .skipped = 4, .bias = true}); }
CHECK_CASE(matmul_of_one_row) { each_layout({.M = 1, .N = 200, .K = 33}); }
CHECK_CASE(matmul_of_one_column) { each_layout({.M = 200, .N = 1, .K = 33, .bias = true}); }
CHECK_CASE(matmul_accumulates) { each_layout({.M = 17, .N = 19, .K = 20, .gap = 1, .bias = true, .beta = 1}); }
CHECK_CASE(matmul_scales_what_was_there) { each_layout({.M = 18, .N = 34, .K = 7, .beta = -0.375f}); }
CHECK_CASE(matmul_over_many_steps) { each_layout({.M = 20, .N = 12, .K = 300}); }

CHECK_CASE(matmul_applies_every_activation) {
  for (int code = 0; code <= 9; code++)
    for (Precision precision : precisions)
      compare({.precision = precision, .layout = 1, .M = 70, .N = 9, .K = 12, .activation = code, .bias = true, .beta = code % 2 * 1.0f});
}

CHECK_CASE(matmul_of_random_shapes) {
  for (int i = 0; i < (check::under_sanitizer ? 4 : 12); i++) {
    const std::vector<int> size = check::integers(3, 1, 160), choice = check::integers(7, 0, 1 << 20);
    compare({.precision = precisions[choice[0] % 3], .layout = choice[1] % 4, .M = size[0], .N = size[1], .K = size[2],
             .gap = choice[2] % 5, .skipped = choice[3] % 5, .activation = choice[4] % 10, .bias = choice[5] % 2 == 1,
             .beta = choice[6] % 3 * 0.5f});
  }
}

// Eleven rows of tiles, so that the last group of eight is not full, and two columns.
CHECK_CASE(matmul_of_many_tiles) {
  for (Precision precision : precisions) compare({.precision = precision, .layout = 1, .M = 1300, .N = 130, .K = 5});
}

CHECK_CASE(matmul_row_does_not_depend_on_other_rows) {
  constexpr int M = 300, N = 70, K = 100;
  for (Precision precision : precisions)
    for (int layout = 0; layout < 2; layout++) {
      Product p{.precision = precision, .layout = layout, .M = M, .N = N, .K = K, .activation = 1};
      Matrix x(M, K, 1, 0), w(layout ? N : K, layout ? K : N, 0, 0), out(M, N, 0, 0);
      x.fill();
      w.fill();
      launch(p, out.values.data(), x, w, nullptr, N, K, 0, 1);
      for (int row : {0, 77, 299}) {
        Matrix alone(1, K, 0, 3), one(1, N, 0, 0);
        for (int k = 0; k < K; k++) alone.values[k] = x.at(row, k);
        p.M = 1;
        launch(p, one.values.data(), alone, w, nullptr, N, K, 0, 1);
        std::vector<float> among(N);
        for (int n = 0; n < N; n++) among[n] = out.at(row, n);
        check::same(one.values, among, p.text() + ", row " + std::to_string(row));
        p.M = M;
      }
    }
}

CHECK_CASE(matmul_of_parts_of_the_depth) {
  constexpr int M = 30, N = 21, K = 333, span = 96, parts = 4;
  for (Precision precision : precisions)
    for (int layout = 0; layout < 4; layout++)
      for (float beta : {0.0f, 0.5f}) {
        const bool at = layout & 2, bt = layout & 1;
        Product p{.precision = precision, .layout = layout, .M = M, .N = N, .K = K};
        Matrix a(at ? K : M, at ? M : K, 0, 0), b(bt ? N : K, bt ? K : N, 0, 0), out(M, N, 2, 0);
        a.fill();
        b.fill();
        if (beta != 0) out.fill();
        const std::vector<float> held = out.values.values();
        check::DeviceArray<float> sums(size_t(parts) * M * N);
        launch(p, sums.data(), a, b, nullptr, N, span, (long long)M * N, parts);
        check::launch("matmul_parts", dim3((M * N + 255) / 256), 256, 0, out.values, (const float*)sums.data(),
                      (long long)M, N, out.stride, parts, beta);
        for (int m = 0; m < M; m++)
          for (int n = 0; n < N; n++) {
            double expected = beta == 0 ? 0 : double(beta) * held[size_t(m) * out.stride + n];
            double magnitude = std::fabs(expected);
            for (int k = 0; k < K; k++) {
              const double product = double(rounded(precision, at ? a.at(k, m) : a.at(m, k))) *
                                     rounded(precision, bt ? b.at(n, k) : b.at(k, n));
              expected += product;
              magnitude += std::fabs(product);
            }
            check::that(std::fabs(out.at(m, n) - expected) <= std::ldexp((K + parts + 2) * magnitude, -24),
                        p.text() + " in parts");
          }
      }
}

CHECK_CASE(matmul_passes_infinities_and_nan_on) {
  for (Precision precision : precisions) {
    Product p{.precision = precision, .layout = 1, .M = 3, .N = 1, .K = 2};
    Matrix x(3, 2, 0, 0), w(1, 2, 0, 0), out(3, 1, 0, 0);
    const float values[] = {INFINITY, 1, NAN, 1, -INFINITY, 1};
    for (int i = 0; i < 6; i++) x.values[i] = values[i];
    w.values[0] = w.values[1] = 1;
    for (int code = 0; code <= 9; code++) {
      p.activation = code;
      launch(p, out.values.data(), x, w, nullptr, 1, 2, 0, 1);
      const bool bounded = code == 7 || code == 8;
      check::that(out.values[0] == (bounded ? 1 : INFINITY), p.text() + " of infinity");
      check::that(std::isnan(out.values[1]), p.text() + " of NaN");
      const float low = code == 0 || code == 9 ? -INFINITY : code == 7 ? -1 : 0;
      check::that(out.values[2] == low, p.text() + " of minus infinity");
    }
  }
}

CHECK_CASE(matmul_epilogue_applies_bias_activation_and_what_was_there) {
  constexpr int rows = 37, columns = 11;
  for (int code = 0; code <= 9; code++)
    for (float beta : {0.0f, 1.0f})
      for (bool in_place : {false, true}) {
        if (in_place && beta != 0) continue;
        Matrix sums(rows, columns, 3, 1), other(rows, columns, 2, 0);
        sums.fill();
        if (beta != 0) other.fill();
        Matrix& out = in_place ? sums : other;
        check::DeviceArray<float> bias(check::normal(columns));
        std::vector<double> expected;
        for (int r = 0; r < rows; r++)
          for (int c = 0; c < columns; c++)
            expected.push_back(activation(code, double(sums.at(r, c)) + bias[c]) + (beta != 0 ? double(beta) * out.at(r, c) : 0));
        check::launch("matmul_epilogue", dim3((rows * columns + 255) / 256), 256, 0, out.values, out.stride,
                      (const float*)sums.values.data(), sums.stride, (const float*)bias.data(), (long long)rows, columns, code, beta);
        std::vector<float> is;
        for (int r = 0; r < rows; r++)
          for (int c = 0; c < columns; c++) is.push_back(out.at(r, c));
        // A rounding of the sum, a few of the function, one of the addition.
        check::close(is, expected, {.absolute = 1e-6, .relative = 2e-6}, "activation " + std::to_string(code));
      }
}
