// The Donsker-Varadhan value and Adam against float64.
#include "matrices.h"

#include <memory>

CHECK_CASE(donsker_varadhan_value_and_gradient) {
  for (int n : {1, 2, 257, 3001})
    for (int plain : {0, 1}) {
      const std::string what = std::to_string(n) + (plain ? " plain" : " stable");
      auto scores = check::normal(n), weights = check::uniform(2 * n, 0.1f, 1.0f);
      if (!plain) scores[n / 2] = 300;
      if (n > 2) {  // a term of weight 0 is left out whatever its score
        scores[1] = INFINITY;
        weights[2] = weights[3] = 0;
      }
      const int blocks = (n + 1023) / 1024;
      check::DeviceArray<float> f(scores), w(weights), maxima(256), gradient(n), ring(3);
      check::DeviceArray<double> sums(512);
      check::DeviceArray<int> current(std::vector<int>{4, 0});
      if (!plain) check::launch("donsker_varadhan_maxima", dim3(blocks), 256, 0, f, 1, w, 2, (long long)n, maxima);
      check::launch("donsker_varadhan_sums", dim3(blocks), 256, 0, f, 1, w, 2, (long long)n, maxima, plain, sums);
      check::launch("donsker_varadhan_value", dim3(blocks), 256, 0, f, 1, w, 2, (long long)n, maxima, plain, sums, -0.5f,
                    gradient, 1, ring, 1, 3LL, current);
      double joint = 0, exponentials = 0;
      const double shift = plain ? 0 : 300;
      for (int i = 0; i < n; i++) {
        if (weights[2 * i] != 0) joint += double(weights[2 * i]) * scores[i];
        if (weights[2 * i + 1] != 0) exponentials += weights[2 * i + 1] * std::exp(scores[i] - shift);
      }
      const double value = joint - shift - std::log(exponentials);
      check::that(std::fabs(ring[1] - value) <= 2e-6 * (1 + std::fabs(value)), what + ": value in row 4 mod 3");
      check::that(std::isnan(ring[0]) && std::isnan(ring[2]), what + ": other rows of the ring");
      std::vector<double> expected(n);
      for (int i = 0; i < n; i++) {
        const double share = weights[2 * i + 1] == 0 ? 0 : weights[2 * i + 1] * std::exp(scores[i] - shift) / exponentials;
        expected[i] = -0.5 * (weights[2 * i] - share);
      }
      check::close(gradient, expected, {.absolute = 2e-7, .relative = 1e-6}, what);
    }
}

CHECK_CASE(plain_exponentials_overflow_as_published) {
  check::DeviceArray<float> f(std::vector<float>{100, 1}), w(std::vector<float>{1, 0, 0, 1, 0, 0}), gradient(2), ring(1);
  check::DeviceArray<float> g(std::vector<float>{1, 100}), maxima(256);
  check::DeviceArray<double> sums(512);
  check::launch("donsker_varadhan_sums", dim3(1), 256, 0, g, 1, w, 2, 2LL, maxima, 1, sums);
  check::launch("donsker_varadhan_value", dim3(1), 256, 0, g, 1, w, 2, 2LL, maxima, 1, sums, 1.0f, gradient, 1, ring, 1, 1LL,
                static_cast<int*>(nullptr));
  check::that(ring[0] == -INFINITY && std::isnan(gradient[1]), "an exponential beyond float32");
  check::launch("donsker_varadhan_sums", dim3(1), 256, 0, f, 1, w, 2, 2LL, maxima, 1, sums);
  check::launch("donsker_varadhan_value", dim3(1), 256, 0, f, 1, w, 2, 2LL, maxima, 1, sums, 1.0f, gradient, 1, ring, 1, 1LL,
                static_cast<int*>(nullptr));
  check::that(std::fabs(ring[0] - 99) < 1e-4, "the same score where its product weight is 0");
}

namespace {

/**
 * A parameter whose four matrices have these strides, each from so many elements after an aligned address; with an operand of that
 * stride, 0 for none.
 */
struct AdamCase {
  long long rows, columns, strides[4];
  size_t skipped;
  long long operand = 0;
};

/** One launch over all of them, against float64; what lies between the columns stays as it was. */
void adam(const std::vector<AdamCase>& cases) {
  std::vector<std::unique_ptr<check::DeviceArray<float>>> arrays;
  std::vector<std::unique_ptr<check::DeviceArray<uint16_t>>> operands;
  std::vector<std::vector<double>> expected;
  std::vector<long long> firsts, entries;
  long long blocks = 0;
  for (const AdamCase& of : cases) {
    const size_t first = arrays.size();
    for (int which = 0; which < 4; which++) {
      const size_t n = of.rows == 0 ? 0 : (of.rows - 1) * of.strides[which] + of.columns;
      const auto values = which == 3 ? check::uniform(n, 0, 2) : check::normal(n);
      arrays.push_back(std::make_unique<check::DeviceArray<float>>(values, of.skipped));
      expected.emplace_back(values.begin(), values.end());
      entries.push_back(reinterpret_cast<long long>(arrays.back()->data()));
    }
    auto &p = expected[first], &g = expected[first + 1], &m = expected[first + 2], &v = expected[first + 3];
    for (long long r = 0; r < of.rows; r++)
      for (long long c = 0; c < of.columns; c++) {
        const double gradient = g[r * of.strides[1] + c];
        double &mean = m[r * of.strides[2] + c], &square = v[r * of.strides[3] + c];
        mean = 0.9f * mean + 0.1f * gradient;
        square = 0.99f * square + 0.01f * gradient * gradient;
        p[r * of.strides[0] + c] -= 0.25f * mean / (std::sqrt(square) * 1.5f + 1e-8f);
      }
    operands.push_back(std::make_unique<check::DeviceArray<uint16_t>>(of.rows * of.operand));
    entries.push_back(of.operand ? reinterpret_cast<long long>(operands.back()->data()) : 0);
    firsts.push_back(blocks);
    blocks += (of.rows * of.columns + 1023) / 1024;
    entries.insert(entries.end(), {of.rows, of.columns, of.strides[0], of.strides[1], of.strides[2], of.strides[3],
                                  of.operand});
  }
  firsts.insert(firsts.end(), entries.begin(), entries.end());
  check::DeviceArray<long long> table(firsts);
  check::DeviceArray<int> current(std::vector<int>{2, 0, 0, 0, 0, 0, 0, emu::bits<int>(0.25f), emu::bits<int>(1.5f)});
  check::launch("adam", dim3(blocks), 256, 0, current, 0.9f, 0.1f, 0.99f, 0.01f, 1e-8f, table, int(cases.size()));
  for (size_t i = 0; i < arrays.size(); i++)
    check::close(*arrays[i], expected[i], {.absolute = 1e-6, .relative = 1e-6},
                 std::to_string(cases.size()) + " parameters, array " + std::to_string(i));
  for (size_t i = 0; i < cases.size(); i++)
    for (long long at = 0; at < cases[i].rows * cases[i].operand; at++) {
      const long long row = at / cases[i].operand, column = at % cases[i].operand;
      const uint16_t is = (*operands[i])[at];
      const uint16_t should =
          column < cases[i].columns ? check::bf16_bits((*arrays[4 * i])[row * cases[i].strides[0] + column]) : 0xffff;
      check::that(is == should, "operand of parameter " + std::to_string(i) + ", element " + std::to_string(at));
    }
}

}  // namespace

CHECK_CASE(adam_moves_every_parameter_of_a_table) {
  adam({{1, 1, {1, 1, 1, 1}, 0}});
  std::vector<AdamCase> cases;
  const long long sizes[] = {1, 1024, 0, 1023, 2051, 4, 5, 0, 1025, 3};
  for (int i = 0; i < 100; i++) {
    const long long n = sizes[i % 10];
    cases.push_back({1, n, {n, n, n, n}, size_t(i % 3 == 2)});
  }
  adam(cases);
}

CHECK_CASE(adam_moves_parameters_with_strides) {
  adam({{33, 64, {64, 68, 72, 64}, 0},
        {33, 64, {64, 64, 64, 64}, 1},
        {31, 67, {67, 70, 68, 71}, 0},
        {40, 52, {56, 57, 56, 52}, 0},
        {0, 3, {4, 4, 4, 4}, 0},
        {700, 3, {4, 4, 4, 4}, 0},
        {1300, 1, {3, 1, 2, 5}, 2}});
}

CHECK_CASE(adam_keeps_operands_at_the_rounded_values) {
  adam({{33, 64, {64, 64, 64, 64}, 0, 64},
        {1, 2048, {2048, 2048, 2048, 2048}, 0, 2048},
        {31, 67, {67, 70, 68, 71}, 1, 72},
        {700, 3, {3, 3, 3, 3}, 0, 8},
        {40, 52, {52, 52, 52, 52}, 0, 56},
        {5, 12, {12, 12, 12, 12}, 0}});
}
