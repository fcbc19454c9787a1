// Column sums and moments, standardising, squared norms and mixture log-sums against float64.
#include "either_matrix.h"

CHECK_CASE(columns_are_summed_in_float64) {
  for (int rows : {1, 2, 300, 1000})
    for (const auto& [columns, kind, odd] : {std::tuple(1, 0, true), {3, 1, true}, {32, 0, true}, {45, 0, false}, {4, 1, false},
                                            {132, 0, false}, {132, 1, false}, {45, 1, true}}) {
      const std::string what = "[" + std::to_string(rows) + ", " + std::to_string(columns) + "]" + (kind ? ", bf16" : "");
      const int stride = columns, per_block = 256, blocks = (rows + per_block - 1) / per_block;
      const auto x = check::held(kind, check::normal(size_t(rows) * stride)), held = check::normal(columns);
      const auto drawn = check::uniform(rows, 0.1f, 2.0f);
      std::vector<double> weights(drawn.begin(), drawn.end()), sums(columns), means(columns), variances(columns);
      double total = 0;
      for (double weight : weights) total += weight;
      for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
          sums[c] += x[r * stride + c];
          means[c] += weights[r] * x[r * stride + c] / total;
        }
        for (int r = 0; r < rows; r++) variances[c] += weights[r] * std::pow(x[r * stride + c] - means[c], 2) / total;
      }
      check::EitherMatrix device(kind, rows, columns, odd, x);
      check::DeviceArray<float> out(columns), added(held);
      const int at_once = columns % 4 == 0 && !odd ? 4 : 1;
      check::DeviceArray<double> parts(size_t(blocks) * columns), weighting(weights), totals(std::vector<double>{total});
      check::DeviceArray<double> mean(columns), variance(columns);
      const dim3 grid(blocks, (columns + 32 * at_once - 1) / (32 * at_once)), narrow((columns + 31) / 32);
      double* const none = nullptr;
      check::launch("column_parts", grid, 256, 0, device.data(), kind, device.stride, (long long)rows, columns, at_once, none, none, (long long)per_block, parts);
      check::launch("column_sums", narrow, 256, 0, parts, blocks, columns, 0.0f, out);
      check::close(out, sums, {.absolute = 1e-7, .relative = 1e-7}, what);
      check::launch("column_sums", narrow, 256, 0, parts, blocks, columns, 0.5f, added);
      for (int c = 0; c < columns; c++) sums[c] += 0.5 * held[c];
      check::close(added, sums, {.absolute = 1e-7, .relative = 1e-7}, what + " added");
      check::launch("column_parts", grid, 256, 0, device.data(), kind, device.stride, (long long)rows, columns, at_once, weighting, none, (long long)per_block,
                    parts);
      check::launch("column_means", narrow, 256, 0, parts, blocks, columns, totals, mean);
      check::launch("column_parts", grid, 256, 0, device.data(), kind, device.stride, (long long)rows, columns, at_once, weighting, mean, (long long)per_block,
                    parts);
      check::launch("column_means", narrow, 256, 0, parts, blocks, columns, totals, variance);
      check::close(mean, means, {.absolute = 1e-13, .relative = 1e-12}, what + " means");
      check::close(variance, variances, {.absolute = 1e-13, .relative = 1e-12}, what + " variances");
    }
}

CHECK_CASE(rows_are_standardised_in_place_and_measured) {
  for (int rows : {1, 19})
    for (int columns : {1, 7, 64, 100}) {
      const auto x = check::normal(size_t(rows) * columns), shift = check::normal(columns), scale = check::normal(columns);
      check::DeviceArray<float> device(x), norms(rows), centre(shift), factor(scale);
      check::launch("squared_norms", dim3(2), 256, 0, device, columns, (long long)rows, columns, norms, 1);
      check::EitherMatrix operand(1, rows, columns, false);
      check::launch("standardise", dim3(2), 256, 0, device, columns, centre, factor, operand.data(), 1, operand.stride,
                    (long long)rows, columns);
      check::launch("standardise", dim3(2), 256, 0, device, columns, centre, factor, device.data(), 0, columns, (long long)rows,
                    columns);
      std::vector<double> expected(x.size()), squares(rows);
      for (size_t i = 0; i < x.size(); i++) {
        expected[i] = (double(x[i]) - shift[i % columns]) * scale[i % columns];
        squares[i / columns] += double(x[i]) * x[i];
      }
      check::close(device, expected, {.absolute = 1e-6, .relative = 1e-6}, "standardised");
      check::same(operand.values(), check::rounded(device.values()), "standardised and rounded");
      operand.gaps_untouched("standardised and rounded");
      check::close(norms, squares, {.absolute = 0, .relative = 1e-7}, "squared norms");
    }
}

CHECK_CASE(mixture_log_sums_of_all_kinds) {
  for (int components : {1, 5, 300}) {
    const int draws = 3;
    const std::vector<double> sigmas = {0.05, 0.7, 4};
    std::vector<float> products[2], noise[2], norms[2];
    for (int side : {0, 1}) {
      products[side] = check::normal(draws * components);
      noise[side] = check::normal(draws * components);
      norms[side] = check::uniform(components, 0.5f, 3.0f);
    }
    const auto log_weights = check::uniform(components, -5, -1);
    const std::vector<int> own = {0, -1, components - 1}, from = {0, 0, components / 2}, to = {components / 2, 0, components};
    std::vector<double> levels, expected;
    for (double sigma : sigmas) {
      levels.push_back(sigma);
      levels.push_back(0.5 / (sigma * sigma));
    }
    for (int draw = 0; draw < draws; draw++)
      for (double sigma : sigmas) {
        std::vector<double> exponents[2];
        for (int side : {0, 1})
          for (int m = 0; m < components; m++) {
            const size_t i = size_t(draw) * components + m;
            exponents[side].push_back((2 * (products[side][i] + sigma * noise[side][i]) - norms[side][m]) / (2 * sigma * sigma));
          }
        const auto log_sum = [&](int begin, int end, bool x, bool y) {
          double greatest = -INFINITY, sum = 0;
          const auto term = [&](int m) { return (x ? exponents[0][m] : 0) + (y ? exponents[1][m] : 0) + log_weights[m]; };
          for (int m = begin; m < end; m++) greatest = std::max(greatest, term(m));
          for (int m = begin; m < end; m++) sum += std::exp(term(m) - greatest);
          return begin >= end ? -INFINITY : greatest + std::log(sum);
        };
        expected.push_back(log_sum(0, components, true, false));
        expected.push_back(log_sum(0, components, false, true));
        expected.push_back(log_sum(0, components, true, true));
        expected.push_back(log_sum(from[draw], to[draw], true, false));
        expected.push_back(log_sum(from[draw], to[draw], false, true));
        expected.push_back(own[draw] < 0 ? NAN : exponents[0][own[draw]]);
        expected.push_back(own[draw] < 0 ? NAN : exponents[1][own[draw]]);
      }
    check::DeviceArray<float> px(products[0]), py(products[1]), nx(noise[0]), ny(noise[1]), sx(norms[0]), sy(norms[1]);
    check::DeviceArray<float> weights(log_weights);
    check::DeviceArray<int> owns(own), begins(from), ends(to);
    check::DeviceArray<double> noise_levels(levels), sums(draws * sigmas.size() * 7);
    check::launch("mixture_log_sums", dim3(draws, sigmas.size()), 256, 0, px, components, nx, components, sx, 1, py, components,
                  ny, components, sy, 1, weights, 1, owns, begins, ends, noise_levels, components, sums);
    // Exponents are float32 relative to the nearest component's.
    check::close(sums, expected, {.absolute = 2e-5, .relative = 2e-6}, std::to_string(components) + " components");
  }
}
