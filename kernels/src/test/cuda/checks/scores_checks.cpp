// Products of paired rows, the logistic and the InfoNCE value against float64.
#include "either_matrix.h"
#include "pairings.h"

namespace {

void products(const check::Pairing& pairs, int width, int kind, bool odd, long long cut) {
  const std::string what = pairs.name + ", " + std::to_string(pairs.count()) + " pairs of width " + std::to_string(width) +
                           (kind ? ", bf16" : "") + (odd ? ", odd" : "");
  const int stride = width;
  const auto x = check::held(kind, check::normal(size_t(pairs.x_rows) * width));
  const auto y = check::held(kind, check::normal(size_t(pairs.y_rows) * width));
  check::EitherMatrix of_x(kind, pairs.x_rows, width, odd, x), of_y(kind, pairs.y_rows, width, odd, y);
  check::DeviceArray<float> out(2 * pairs.count() - 1);
  for (long long first = 0; first < pairs.count(); first += cut)
    check::launch("pair_products", dim3(2), 256, 0, of_x.data(), of_x.stride, of_y.data(), of_y.stride, kind, pairs.code,
                  pairs.current, pairs.list, pairs.count(), pairs.y_rows, first, out.data() + 2 * first, 2,
                  std::min(cut, pairs.count() - first), width);
  for (long long i = 0; i < pairs.count(); i++) {
    double sum = 0, size = 0;
    for (int c = 0; c < width; c++) {
      const double term = double(x[pairs.x[i] * stride + c]) * y[pairs.y[i] * stride + c];
      sum += term;
      size += std::fabs(term);
    }
    // Up to 32 terms in a row in float32.
    check::that(std::fabs(out[2 * i] - sum) <= 2e-6 * size, what + ": pair " + std::to_string(i));
    check::that(i + 1 == pairs.count() || std::isnan(out[2 * i + 1]), what + ": written between the rows");
  }
}

double softplus(double score) { return std::max(score, 0.0) + std::log1p(std::exp(-std::fabs(score))); }

}  // namespace

CHECK_CASE(pair_products_are_those_of_float64) {
  for (int n : {1, 2, 67, 300}) {
    std::vector<int> step = check::integers(16, -1000000000, 1000000000), own(n), permuted = check::images(step, n);
    for (int i = 0; i < n; i++) own[i] = i;
    const auto x = check::integers(n, 0, n / 20), y = check::integers(n, 0, n / 20);
    std::vector<int> permuted_y(n), all_x, all_y;
    for (int i = 0; i < n; i++) permuted_y[i] = y[permuted[i]];
    for (int i = 0; i < 3 * n; i++) {
      all_x.push_back(i / n);
      all_y.push_back(i % n);
    }
    const std::vector<int> none(4, -1);
    const int rows = n / 20 + 1;
    for (int width : {1, 3, 8, 132, 770}) {
      if (width > 8 && check::under_sanitizer && n > 67) continue;
      for (const auto& [kind, odd] : {std::pair(0, false), {0, true}, {1, false}, {1, true}}) {
        if (kind == 1 && n == 300 && width > 8) continue;
        products(check::Pairing("identity", 0, n, n, own, own, step, none), width, kind, odd, n);
        products(check::Pairing("listed", 1, rows, rows, x, y, step, check::places(x, y)), width, kind, odd, n / 3 + 1);
        products(check::Pairing("permuted", 2, n, n, own, permuted, step, none), width, kind, odd, n / 2 + 1);
        products(check::Pairing("samples", 3, rows, rows, x, permuted_y, step, check::places(x, y)), width, kind, odd, n / 2 + 1);
        products(check::Pairing("all", 4, 3, n, all_x, all_y, step, none), width, kind, odd, n + 1);
      }
    }
  }
}

CHECK_CASE(logistic_value_and_gradient) {
  for (int n : {1, 2, 257, 3001})
    for (bool offset : {false, true}) {
      const std::string what = std::to_string(n) + (offset ? " with offsets" : "");
      auto scores = check::normal(n), offsets = check::normal(n), weights = check::uniform(2 * n, 0.1f, 1.0f);
      if (n > 2) {
        scores[0] = 1e4f;
        scores[n - 1] = -1e4f;
        scores[1] = INFINITY;  // a term of weight 0 is left out whatever its score
        weights[2] = weights[3] = 0;
      }
      const int blocks = (n + 1023) / 1024;
      check::DeviceArray<float> s(scores), o(offsets), w(weights), gradient(n), ring(3);
      check::DeviceArray<double> sums(blocks);
      check::DeviceArray<int> current(std::vector<int>{4, 0});
      check::launch("logistic_terms", dim3(blocks), 256, 0, s, 1, offset ? o.data() : nullptr, 1, w, 2, (long long)n, -0.5f,
                    gradient, 1, sums);
      check::launch("logistic_value", dim3(1), 256, 0, sums, blocks, ring, 1, 3LL, current);
      double value = 0;
      std::vector<double> expected(n);
      for (int i = 0; i < n; i++) {
        const double a = weights[2 * i], b = weights[2 * i + 1], score = double(scores[i]) + (offset ? offsets[i] : 0);
        if (a != 0) value -= a * softplus(-score);
        if (b != 0) value -= b * softplus(score);
        expected[i] = -0.5 * ((a != 0 ? a / (1 + std::exp(score)) : 0) - (b != 0 ? b / (1 + std::exp(-score)) : 0));
      }
      check::that(std::fabs(ring[1] - value) <= 2e-7 * std::fabs(value), what + ": value in row 4 mod 3");
      check::that(std::isnan(ring[0]) && std::isnan(ring[2]), what + ": other rows of the ring");
      check::close(gradient, expected, {.absolute = 2e-8, .relative = 1e-6}, what);
      // Without a gradient, and without a step.
      check::launch("logistic_terms", dim3(blocks), 256, 0, s, 1, offset ? o.data() : nullptr, 1, w, 2, (long long)n, -0.5f,
                    static_cast<float*>(nullptr), 0, sums);
      check::launch("logistic_value", dim3(1), 256, 0, sums, blocks, ring, 1, 3LL, static_cast<int*>(nullptr));
      check::that(ring[0] == ring[1], what + ": the value alone");
    }
}

CHECK_CASE(contrast_value_and_gradient) {
  for (int size : {1, 2, 31, 67, 300})
    for (const auto& layout : check::layouts)
      for (float spread : {2.0f, 2000.0f}) {
        if (size == 300 && check::under_sanitizer && layout.gap == 0) continue;
        const std::string what = check::named(size, size, layout) + ", spread " + std::to_string(int(spread));
        auto scores = check::normal(size_t(size) * size);
        for (float& score : scores) score *= spread;
        check::Matrix s(size, size, scores, layout.gap, layout.skipped);
        const int part_rows = 64, parts = (size + part_rows - 1) / part_rows;
        check::DeviceArray<double> row_logs(size), column_logs(size), sums(size_t(parts) * size);
        check::DeviceArray<float> maxima(size_t(parts) * size), ring(3);
        check::DeviceArray<int> current(std::vector<int>{5, 0});
        check::launch("contrast_rows", dim3(size), 256, 0, s.data(), s.stride, size, row_logs);
        check::launch("contrast_columns", dim3((size + 31) / 32, parts), 256, 0, s.data(), s.stride, size, part_rows, maxima, sums);
        check::launch("contrast_value", dim3(1), 256, 0, s.data(), s.stride, size, row_logs, maxima, sums, parts, column_logs, ring,
                      1, 3LL, current);
        check::launch("contrast_gradient", dim3(3), 256, 0, s.data(), s.stride, size, row_logs, column_logs, 2.0f, s.data(), s.stride);
        const auto log_sum = [&](size_t first, size_t apart) {
          double greatest = -INFINITY, sum = 0;
          for (int k = 0; k < size; k++) greatest = std::max(greatest, double(scores[first + k * apart]));
          for (int k = 0; k < size; k++) sum += std::exp(scores[first + k * apart] - greatest);
          return greatest + std::log(sum);
        };
        std::vector<double> rows, columns, expected;
        double value = std::log(double(size));
        for (int i = 0; i < size; i++) {
          rows.push_back(log_sum(size_t(i) * size, 1));
          columns.push_back(log_sum(i, size));
          value += (scores[size_t(i) * size + i] - 0.5 * rows[i] - 0.5 * columns[i]) / size;
        }
        for (int i = 0; i < size; i++)
          for (int j = 0; j < size; j++) {
            const double score = scores[size_t(i) * size + j];
            expected.push_back(2.0 / size * ((i == j) - 0.5 * std::exp(score - rows[i]) - 0.5 * std::exp(score - columns[j])));
          }
        check::that(std::fabs(ring[2] - value) <= 1e-6 * (1 + std::fabs(value)), what + ": value in row 5 mod 3");
        check::that(std::isnan(ring[0]) && std::isnan(ring[1]), what + ": other rows of the ring");
        // The 1 of the diagonal less two shares of 1/2: an error of float32 beside 1, times 2 / size.
        check::close(s.values(), expected, {.absolute = 2.0 / size * 3e-7, .relative = 2e-6}, what);
        s.gaps_untouched(what);
      }
}
