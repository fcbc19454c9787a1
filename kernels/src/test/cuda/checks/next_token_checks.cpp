#include "matrices.h"

using namespace check;

CHECK_CASE(next_tokens_have_the_surprise_of_float64_and_ties_go_to_the_lowest_id) {
  for (int columns : {1, 2, 31, 257, 1024, 4099})
    for (float size : {0.0f, 3.0f, 10000.0f})  // 0: all logits equal
      for (Layout at : layouts) {
        const std::string what = named(5, columns, at) + " of size " + std::to_string(int(size));
        auto values = normal(size_t(5) * columns);
        for (float& value : values) value = size == 10000.0f ? (value > 0 ? size : -size) : size * value;
        const std::vector<int> of = {0, 4, 2, 2, 3, 1, 4, 0};
        std::vector<int> wanted = integers(of.size(), 0, columns - 1);
        wanted[2] = 0;
        wanted[3] = columns - 1;
        for (size_t i = 4; i < of.size(); i++)  // the first guess, but for one
          if (i != 5) {
            const float* const row = &values[size_t(of[i]) * columns];
            wanted[i] = int(std::max_element(row, row + columns) - row);
          }
        Matrix logits(5, columns, values, at.gap, at.skipped), out(int(of.size()), 2, at.gap);
        DeviceArray<int> rows(of), targets(wanted);
        launch("next_token", dim3(unsigned(of.size())), 256, 0, logits.data(), logits.stride, columns, rows, targets, out.data(),
               out.stride);
        std::vector<double> expected;
        for (size_t i = 0; i < of.size(); i++) {
          const float* const row = &values[size_t(of[i]) * columns];
          const double greatest = *std::max_element(row, row + columns);
          double sum = 0;
          for (int c = 0; c < columns; c++) sum += std::exp(row[c] - greatest);
          expected.push_back(greatest + std::log(sum) - row[wanted[i]]);
          expected.push_back(std::max_element(row, row + columns) - row == wanted[i]);
        }
        // Exponentials of float32 in a sum of float64, then one rounding.
        close(out.values(), expected, {.absolute = 3e-7, .relative = 1e-7}, what);
        out.gaps_untouched(what);
      }
}

CHECK_CASE(a_nan_among_the_logits_shows) {
  std::vector<float> values = normal(2 * 300);
  values[17] = NAN;
  DeviceArray<float> logits(values), out(4);
  DeviceArray<int> rows(std::vector<int>{0, 1}), targets(std::vector<int>{5, 5});
  launch("next_token", dim3(2), 256, 0, logits, 300, 300, rows, targets, out, 2);
  that(std::isnan(out[0]) && !std::isnan(out[2]), "of the row that holds it, and of no other");
}
