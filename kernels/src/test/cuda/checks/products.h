// Kernels that multiply matrices, against float64: operands, launch and comparison, for checks of every such kernel.
#pragma once
#include "check.h"

namespace check {

enum class Rounding { none, tf32, bf16 };

inline float rounded(Rounding rounding, float value) {
  if (rounding == Rounding::bf16) return __bfloat162float(__float2bfloat16_rn(value));
  if (rounding == Rounding::tf32) return emu::bits<float>(emu::round_to_tf32(value));
  return value;
}

/** Java's Activation, by the definitions of that enum. */
inline double activation64(int code, double x) {
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

/** A kernel with PRODUCT_PARAMETERS: how it takes its operands, and its launch. */
struct ProductKernel {
  const char* name;
  Rounding rounding;  // bf16: operands and mask are bf16 in memory, otherwise they are float32
  bool at, bt;        // whether a lies as [depth, rows], b as [columns, depth]
  int tile_rows, tile_columns, threads, shared_bytes;
};

/** A matrix in device memory, of float32 or bf16; NaN until written, also between its rows. */
class StoredMatrix {
 public:
  int rows, columns, stride;

  /** `gap` elements between rows, `skipped` before the first. */
  StoredMatrix(bool narrow, int rows, int columns, int gap, int skipped)
      : rows(rows), columns(columns), stride(columns + gap), narrow_(narrow),
        wide_(narrow ? 0 : size(), skipped), bits_(narrow ? size() : 0, skipped) {}

  /** As products want an operand: of bf16 every row begins at a multiple of 16 bytes. */
  static StoredMatrix operand(bool narrow, int rows, int columns, int gap, int skipped) {
    if (!narrow) return StoredMatrix(false, rows, columns, gap, skipped);
    return StoredMatrix(true, rows, columns, (columns + gap + 7) / 8 * 8 - columns, (skipped + 7) / 8 * 8);
  }

  void fill() {
    const std::vector<float> drawn = normal(size_t(rows) * columns);
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++) put(r, c, drawn[size_t(r) * columns + c]);
  }
  void put(int r, int c, float value) {
    if (narrow_)
      bits_[at_index(r, c)] = __float2bfloat16_rn(value).x;
    else
      wide_[at_index(r, c)] = value;
  }
  float at(int r, int c) const {
    return narrow_ ? __bfloat162float({bits_[at_index(r, c)]}) : wide_[at_index(r, c)];
  }
  void* data() const { return narrow_ ? static_cast<void*>(bits_.data()) : wide_.data(); }

  /** Fails when a kernel wrote between the rows. */
  void gaps_untouched(const std::string& what) const {
    for (int r = 0; r + 1 < rows; r++)
      for (int c = columns; c < stride; c++) {
        const size_t i = at_index(r, c);
        that(narrow_ ? bits_[i] == 0xffff : emu::bits<uint32_t>(wide_[i]) == 0xffffffffu, what + ": wrote between rows");
      }
  }

 private:
  size_t size() const { return rows ? size_t(rows - 1) * stride + columns : 0; }
  size_t at_index(int r, int c) const { return size_t(r) * stride + c; }

  bool narrow_;
  DeviceArray<float> wide_;
  DeviceArray<uint16_t> bits_;
};

/** One product. */
struct ProductCase {
  int M = 1, N = 1, K = 1;
  int gap = 0, skipped = 0;  // of every matrix
  int activation = 0;
  bool bias = false, mask = false, out_bf16 = false;
  float beta = 0;

  std::string text(const ProductKernel& kernel) const {
    char line[200];
    snprintf(line, sizeof line, "%s [%d, %d, %d], gap %d, skipped %d, activation %d, bias %d, mask %d, bf16 %d, beta %g",
             kernel.name, M, K, N, gap, skipped, activation, bias, mask, out_bf16, beta);
    return line;
  }
};

/** The matrices of a product: a and b drawn, out NaN. */
struct ProductMatrices {
  StoredMatrix a, b, out;
  ProductMatrices(const ProductKernel& kernel, const ProductCase& p)
      : a(StoredMatrix::operand(kernel.rounding == Rounding::bf16, kernel.at ? p.K : p.M, kernel.at ? p.M : p.K, p.gap, p.skipped)),
        b(StoredMatrix::operand(kernel.rounding == Rounding::bf16, kernel.bt ? p.N : p.K, kernel.bt ? p.K : p.N, p.gap, p.skipped)),
        out(p.out_bf16, p.M, p.N, p.gap, p.skipped) {
    a.fill();
    b.fill();
  }
};

/** bias, mask: null for none. */
inline void launch_product(const ProductKernel& kernel, const ProductCase& p, const ProductMatrices& m, const float* bias,
                           const StoredMatrix* mask, void* out, int out_stride, long long span, long long part, int parts) {
  const int tiles = (p.M + kernel.tile_rows - 1) / kernel.tile_rows * ((p.N + kernel.tile_columns - 1) / kernel.tile_columns);
  const auto with = [&](auto... pairs) {
    launch(kernel.name, dim3(tiles, 1, parts), kernel.threads, kernel.shared_bytes, out, int(p.out_bf16),
           (const void*)m.a.data(), (const void*)m.b.data(), bias, (const void*)(mask ? mask->data() : nullptr),
           mask ? mask->stride : 0, (long long)p.M, (long long)p.K, p.N, m.a.stride, m.b.stride, out_stride, span, part,
           p.activation, p.beta, pairs...);
  };
  if (kernel.rounding == Rounding::bf16 && kernel.bt && !kernel.at)
    with((const void*)nullptr, (const int*)nullptr, 0);  // it has PAIR_PARAMETERS besides
  else
    with();
}

/** The exact sum of an element's products of rounded operands, and the sum of their absolute values. */
inline void exact_sum(const ProductKernel& kernel, const ProductCase& p, const ProductMatrices& m, int row, int column,
                      double& sum, double& magnitude) {
  for (int k = 0; k < p.K; k++) {
    const double x = rounded(kernel.rounding, kernel.at ? m.a.at(k, row) : m.a.at(row, k));
    const double y = rounded(kernel.rounding, kernel.bt ? m.b.at(column, k) : m.b.at(k, column));
    sum += x * y;
    magnitude += std::fabs(x * y);
  }
}

/**
 * Draws operands and compares. The sum of K products in float32, in whatever order, is within K 2^-24 sum |a b| of the exact one of
 * the rounded operands, to first order; no activation here has a derivative beyond 1.13, except the square of ReLU, and beta out
 * adds roundings of its own. A result in bf16 is rounded once more, by at most 2^-8 of it (half of the unit of eight bits).
 */
inline void compare_product(const ProductKernel& kernel, const ProductCase& p) {
  ProductMatrices m(kernel, p);
  const DeviceArray<float> bias(normal(p.N));
  StoredMatrix mask(kernel.rounding == Rounding::bf16, p.M, p.N, p.gap, p.skipped);
  if (p.mask) mask.fill();
  if (p.mask) mask.put(0, 0, 0.0f);  // the slope at zero is that below it
  if (p.beta != 0) m.out.fill();     // otherwise it is NaN
  std::vector<float> held;
  for (int i = 0; i < p.M * p.N; i++) held.push_back(m.out.at(i / p.N, i % p.N));
  launch_product(kernel, p, m, p.bias ? bias.data() : nullptr, p.mask ? &mask : nullptr, m.out.data(), m.out.stride, p.K, 0, 1);
  for (int row = 0; row < p.M; row++)
    for (int column = 0; column < p.N; column++) {
      double sum = p.bias ? double(bias[column]) : 0, magnitude = std::fabs(sum);
      exact_sum(kernel, p, m, row, column, sum, magnitude);
      const double slope = p.activation == 5 ? 2 * std::fabs(sum) + 1 : 1.13;
      double expected = activation64(p.activation, sum);
      double allowed = std::ldexp((p.K + 2) * magnitude * slope + 8 * std::fabs(expected), -24) + 1e-38;
      if (p.mask) expected *= mask.at(row, column) > 0 ? 1 : 0.01f;
      if (p.beta != 0) {
        const double before = double(p.beta) * held[size_t(row) * p.N + column];
        expected += before;
        allowed += std::ldexp(std::fabs(expected) + std::fabs(before), -23);
      }
      if (p.out_bf16) allowed += std::ldexp(std::fabs(expected) + allowed, -8);
      const double is = m.out.at(row, column);
      if (!(std::fabs(is - expected) <= allowed)) {
        char line[160];
        snprintf(line, sizeof line, ": [%d, %d] = %.9g, expected %.9g within %g", row, column, is, expected, allowed);
        fail(p.text(kernel) + line);
      }
    }
  m.out.gaps_untouched(p.text(kernel));
}

/** A row's result is to the bit the same in products of other heights. */
inline void row_alone(const ProductKernel& kernel, ProductCase p, const std::vector<int>& rows) {
  ProductMatrices m(kernel, p);
  launch_product(kernel, p, m, nullptr, nullptr, m.out.data(), m.out.stride, p.K, 0, 1);
  for (int row : rows) {
    ProductCase single = p;
    single.M = 1;
    ProductMatrices one(kernel, single);
    for (int k = 0; k < p.K; k++) one.a.put(kernel.at ? k : 0, kernel.at ? 0 : k, kernel.at ? m.a.at(k, row) : m.a.at(row, k));
    for (int r = 0; r < m.b.rows; r++)
      for (int c = 0; c < m.b.columns; c++) one.b.put(r, c, m.b.at(r, c));
    launch_product(kernel, single, one, nullptr, nullptr, one.out.data(), one.out.stride, p.K, 0, 1);
    std::vector<float> alone, among;
    for (int n = 0; n < p.N; n++) {
      alone.push_back(one.out.at(0, n));
      among.push_back(m.out.at(row, n));
    }
    same(alone, among, p.text(kernel) + ", row " + std::to_string(row));
  }
}

/** Sums over parts of the depth that matmul_parts then adds, with and without what out held. */
inline void parts_of_depth(const ProductKernel& kernel, const ProductCase& p, int span) {
  const int parts = (p.K + span - 1) / span;
  for (float beta : {0.0f, 0.5f}) {
    ProductMatrices m(kernel, p);
    if (beta != 0) m.out.fill();
    std::vector<float> held;
    for (int i = 0; i < p.M * p.N; i++) held.push_back(m.out.at(i / p.N, i % p.N));
    DeviceArray<float> sums(size_t(parts) * p.M * p.N);
    ProductCase of_part = p;
    of_part.out_bf16 = false;
    launch_product(kernel, of_part, m, nullptr, nullptr, sums.data(), p.N, span, (long long)p.M * p.N, parts);
    launch("matmul_parts", dim3((p.M * p.N + 255) / 256), 256, 0, m.out.data(), int(p.out_bf16), (const float*)sums.data(),
           (long long)p.M, p.N, m.out.stride, parts, beta);
    for (int row = 0; row < p.M; row++)
      for (int column = 0; column < p.N; column++) {
        double expected = beta == 0 ? 0 : double(beta) * held[size_t(row) * p.N + column], magnitude = std::fabs(expected);
        exact_sum(kernel, p, m, row, column, expected, magnitude);
        const double of_sums = std::ldexp((p.K + parts + 2) * magnitude, -24);
        const double allowed = of_sums + (p.out_bf16 ? std::ldexp(std::fabs(expected) + of_sums, -8) : 0);
        that(std::fabs(m.out.at(row, column) - expected) <= allowed,
             p.text(kernel) + " in parts");
      }
  }
}

/** Infinities and NaN in a row reach the result as the activation has it. */
inline void infinities_and_nan(const ProductKernel& kernel) {
  ProductCase p{.M = 3, .N = 1, .K = 2};
  ProductMatrices m(kernel, p);
  const float values[] = {INFINITY, 1, NAN, 1, -INFINITY, 1};
  for (int row = 0; row < 3; row++)
    for (int k = 0; k < 2; k++) {
      m.a.put(kernel.at ? k : row, kernel.at ? row : k, values[2 * row + k]);
      m.b.put(kernel.bt ? 0 : k, kernel.bt ? k : 0, 1);
    }
  for (int code = 0; code <= 9; code++) {
    p.activation = code;
    launch_product(kernel, p, m, nullptr, nullptr, m.out.data(), 1, 2, 0, 1);
    const bool bounded = code == 7 || code == 8;
    that(m.out.at(0, 0) == (bounded ? 1 : INFINITY), p.text(kernel) + " of infinity");
    that(std::isnan(m.out.at(1, 0)), p.text(kernel) + " of NaN");
    const float low = code == 0 || code == 9 ? -INFINITY : code == 7 ? -1 : 0;
    that(m.out.at(2, 0) == low, p.text(kernel) + " of minus infinity");
  }
}

}  // namespace check
