// Products of bf16 operands in memory by warpgroups, of every layout and width of tile, against float64.
#include "check.h"

namespace {

const char* const names[3][3] = {{"matmul_wgmma_256", "matmul_wgmma_192", "matmul_wgmma_128"},
                                 {"matmul_wgmma_bt_256", "matmul_wgmma_bt_192", "matmul_wgmma_bt_128"},
                                 {"matmul_wgmma_at_256", "matmul_wgmma_at_192", "matmul_wgmma_at_128"}};
enum Layout { plain, bt, at };
constexpr int widths[3] = {256, 192, 128}, stages[3] = {4, 5, 6};

int whole_units(int elements) { return (elements + 7) / 8 * 8; }
float value(uint16_t bits) { return __bfloat162float({bits}); }

// [rows, columns] of bf16, aligned to 16 bytes, rows a multiple of 8 elements apart: NaN between them and behind the last column.
struct Operand {
  int rows, columns, stride;
  check::DeviceArray<uint16_t> bits;
  Operand(int rows, int columns, int gap)
      : rows(rows), columns(columns), stride(whole_units(columns) + gap), bits(size_t(rows) * stride) {
    const std::vector<float> drawn = check::normal(size_t(rows) * columns);
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++) bits[size_t(r) * stride + c] = __float2bfloat16_rn(drawn[size_t(r) * columns + c]).x;
  }
  float at(int r, int c) const { return value(bits[size_t(r) * stride + c]); }
};

struct Case {
  Layout layout = plain;
  int width = 0;  // which of the widths
  int M = 1, N = 1, K = 1;
  int blocks = 3;
  int gap = 0;
  long long span = 0;  // depths of a part; 0: all
  bool bias = false, masked = false, narrow = false;  // narrow: the result is bf16
  int activation = 0;  // 0 or 9, LeakyReLU
  float beta = 0;
  bool summed = false;  // layout at: the depths of a are summed up too

  std::string text() const {
    char line[200];
    snprintf(line, sizeof line, "%s [%d, %d, %d], %d blocks, gap %d, span %lld, bias %d, mask %d, bf16 %d, activation %d, beta %g",
             names[layout][width], M, K, N, blocks, gap, span, bias, masked, narrow, activation, beta);
    return line;
  }
};

size_t shared_bytes(Layout layout, int width) {
  const size_t operands = size_t(stages[width]) * (16384 + widths[width] * 128);
  return operands + (layout == at ? 2048 : stages[width] * 16);
}

/**
 * Draws operands and compares with the sum of exact products: in float32, in whatever order, within K 2^-24 sum |a b| of it to first
 * order; a result in bf16 is off by another 2^-8 of itself at most.
 */
void compare(const Case& c) {
  const Operand a(c.layout == at ? c.K : c.M, c.layout == at ? c.M : c.K, c.gap),
      b(c.layout == bt ? c.N : c.K, c.layout == bt ? c.K : c.N, c.gap), mask(c.M, c.N, c.gap);
  check::DeviceArray<float> bias(check::normal(c.N));
  const long long span = c.span ? c.span : whole_units(c.K);
  const int parts = int((c.K + span - 1) / span), stride = whole_units(c.N) + c.gap;
  const size_t part = size_t(c.M) * stride;
  check::DeviceArray<float> wide(c.narrow ? 0 : part * parts);
  check::DeviceArray<uint16_t> narrow(c.narrow ? part * parts : 0);
  const std::vector<float> drawn = check::normal(part * parts);
  const auto set = [&](size_t i, float v) {
    if (c.narrow) narrow[i] = __float2bfloat16_rn(v).x;
    else wide[i] = v;
  };
  const auto get = [&](size_t i) { return c.narrow ? value(narrow[i]) : wide[i]; };
  std::vector<float> held(part * parts, NAN);
  if (c.beta != 0)
    for (size_t i = 0; i < held.size(); i++) {
      if (i % stride < size_t(c.N)) set(i, drawn[i]);
      held[i] = get(i);
    }
  const auto with = [&](auto... pairs) {
    check::launch(names[c.layout][c.width], dim3(c.blocks), 384, shared_bytes(c.layout, c.width),
                  c.narrow ? (void*)narrow.data() : (void*)wide.data(), int(c.narrow), (const uint16_t*)a.bits.data(),
                  (const uint16_t*)b.bits.data(), (const float*)(c.bias ? bias.data() : nullptr),
                  (const uint16_t*)(c.masked ? mask.bits.data() : nullptr), mask.stride, (long long)c.M, (long long)c.K, c.N,
                  a.stride, b.stride, stride, span, (long long)part, c.activation, c.beta, pairs...);
  };
  check::DeviceArray<double> a_sums(c.summed ? size_t(parts) * c.M : 0);
  if (c.layout == bt)
    with((const uint16_t*)nullptr, (const int*)nullptr, 0);  // it has PAIR_PARAMETERS besides
  else if (c.layout == at)
    with(c.summed ? a_sums.data() : (double*)nullptr);
  else
    with();
  for (int z = 0; z < parts && c.summed; z++)
    for (int m = 0; m < c.M; m++) {
      double sum = 0, magnitude = 0;
      for (int k = int(z * span); k < std::min<long long>(c.K, (z + 1) * span); k++) {
        sum += a.at(k, m);
        magnitude += std::fabs(a.at(k, m));
      }
      const double got = a_sums[size_t(z) * c.M + m];
      if (!(std::fabs(got - sum) <= std::ldexp(c.K * magnitude, -24))) {
        char line[120];
        snprintf(line, sizeof line, ": part %d, sum of row %d = %.9g, expected %.9g", z, m, got, sum);
        check::fail(c.text() + line);
      }
    }
  for (int z = 0; z < parts; z++)
    for (int m = 0; m < c.M; m++)
      for (int n = 0; n < stride; n++) {
        const size_t i = z * part + size_t(m) * stride + n;
        if (n >= c.N) {
          if (!std::isnan(get(i))) check::fail(c.text() + ": wrote between rows");
          continue;
        }
        double sum = c.bias ? double(bias[n]) : 0, magnitude = std::fabs(sum);
        for (int k = int(z * span); k < std::min<long long>(c.K, (z + 1) * span); k++) {
          const double product = double(c.layout == at ? a.at(k, m) : a.at(m, k)) * (c.layout == bt ? b.at(n, k) : b.at(k, n));
          sum += product;
          magnitude += std::fabs(product);
        }
        double expected = c.activation == 9 && sum <= 0 ? 0.01 * sum : sum;
        if (c.masked && mask.at(m, n) <= 0) expected *= 0.01;
        double allowed = std::ldexp((c.K + 2) * magnitude, -24) + 1e-38;
        if (c.beta != 0) {
          expected += double(c.beta) * held[i];
          allowed += std::ldexp(std::fabs(expected) + std::fabs(double(c.beta) * held[i]), -23);
        }
        if (c.narrow) allowed += std::ldexp(std::fabs(expected) + allowed, -8);
        if (!(std::fabs(get(i) - expected) <= allowed)) {
          char line[160];
          snprintf(line, sizeof line, ": part %d [%d, %d] = %.9g, expected %.9g within %g", z, m, n, get(i), expected, allowed);
          check::fail(c.text() + line);
        }
      }
}

void each_kernel(Case c) {
  for (Layout layout : {plain, bt, at})
    for (int width = 0; width < 3; width++) {
      c.layout = layout;
      c.width = width;
      compare(c);
    }
}

}  // namespace

CHECK_CASE(wgmma_product_of_one_element) { each_kernel({.M = 1, .N = 1, .K = 1, .blocks = 1}); }
CHECK_CASE(wgmma_product_with_bias_activation_and_padded_rows) {
  each_kernel({.M = 67, .N = 131, .K = 77, .gap = 8, .bias = true, .activation = 9});
}
CHECK_CASE(wgmma_product_in_bf16_with_a_mask) {
  each_kernel({.M = 70, .N = 37, .K = 70, .masked = true, .narrow = true});
}
// More depths than the ring has stages, more tiles than blocks: every stage is used again, within a tile and by the next.
CHECK_CASE(wgmma_product_through_the_ring_and_back) {
  for (int width = 0; width < 3; width++)
    compare({.layout = Layout(width), .width = width, .M = 130, .N = widths[width] + 9, .K = 64 * 7 + 5, .blocks = 2, .beta = 1});
}
CHECK_CASE(wgmma_product_of_parts_of_the_depth) {
  for (int width = 0; width < 3; width++)
    compare({.layout = Layout(2 - width), .width = width, .M = 20, .N = 24, .K = 333, .blocks = 4, .span = 96});
}
// More columns than a tile, so that only some blocks sum up; more rows than a warpgroup and than a tile; parts of the depth.
CHECK_CASE(wgmma_product_sums_its_transposed_factor) {
  for (int width = 0; width < 3; width++) {
    compare({.layout = at, .width = width, .M = 75, .N = widths[width] + 9, .K = 70, .blocks = 2, .summed = true});
    compare({.layout = at, .width = width, .M = 137, .N = 24, .K = 333, .blocks = 4, .span = 96, .beta = 1, .summed = true});
  }
  compare({.layout = at, .width = 2, .M = 1, .N = 1, .K = 64 * 13, .blocks = 1, .summed = true});
}
CHECK_CASE(wgmma_product_accumulates_into_bf16) {
  compare({.layout = bt, .width = 2, .M = 9, .N = 130, .K = 40, .bias = true, .narrow = true, .beta = -0.375f});
}

// A row is computed alike whatever lies beside it and however many blocks there are.
CHECK_CASE(wgmma_product_gives_a_row_the_same_bits_in_any_company) {
  const int K = 200, N = 150, M = 140;
  const Operand b(N, K, 0), a(M, K, 0);
  const auto run = [&](int from, int rows, int blocks) {
    check::DeviceArray<float> out(size_t(rows) * N);
    check::launch(names[bt][1], dim3(blocks), 384, shared_bytes(bt, 1), (void*)out.data(), 0,
                  (const uint16_t*)a.bits.data() + size_t(from) * a.stride, (const uint16_t*)b.bits.data(), (const float*)nullptr,
                  (const uint16_t*)nullptr, 0, (long long)rows, (long long)K, N, a.stride, b.stride, N, (long long)K, 0LL, 0, 0.0f,
                  (const uint16_t*)nullptr, (const int*)nullptr, 0);
    return out.values();
  };
  const std::vector<float> together = run(0, M, 1);
  for (int row : {0, 77, 139})
    check::same(run(row, 1, 1), std::vector<float>(together.begin() + row * N, together.begin() + (row + 1) * N),
                "row " + std::to_string(row));
  check::same(run(0, M, 2), together, "two blocks");
}
