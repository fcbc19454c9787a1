#include "matrices.h"

#include <array>

using namespace check;

namespace {

/** Threads and shared memory for a row of that width, as the launcher would choose, or without room to keep it. */
struct Team {
  std::string name;
  int threads, shared, keep;
};
Team team(bool block, int width, bool keep) {
  const int row = (width + 3) / 4 * 4 * int(sizeof(float));
  return block ? Team{"block", 256, keep ? row : 0, keep} : Team{"warp", 128, keep ? 4 * row : 0, keep};
}

}  // namespace

CHECK_CASE(layer_norm_of_narrow_and_wide_rows) {
  for (int width : {1, 2, 7, 64, 129, 768, 1600, 3001, 8192}) {
    if (under_sanitizer && width > 2000) continue;
    const int rows = width > 1000 ? 3 : 9;
    for (Layout at : layouts)
      for (int variant = 0; variant < 4; variant++) {
        const Team by = team(variant % 2, width, variant < 2);
        auto x = normal(rows * width);
        // Hidden states have a few channels far out: float32 must not lose the others.
        for (int i = 0; i < width; i += 97) x[i] = 300 + 10 * x[i];
        const auto w = normal(width), b = normal(width);
        Matrix in(rows, width, x, at.gap, at.skipped), out(rows, width, at.gap), weight(1, width, w), bias(1, width, b);
        launch(variant % 2 ? "layer_norm_block" : "layer_norm_warp", 2, by.threads, by.shared, in.memory, in.stride, weight.memory, bias.memory, 1e-5f,
               out.memory, out.stride, (long long)rows, width, by.keep);
        std::vector<double> expected;
        for (int r = 0; r < rows; r++) {
          double mean = 0, variance = 0;
          for (int c = 0; c < width; c++) mean += x[r * width + c] / double(width);
          for (int c = 0; c < width; c++) variance += std::pow(x[r * width + c] - mean, 2) / width;
          for (int c = 0; c < width; c++)
            expected.push_back((x[r * width + c] - mean) / std::sqrt(variance + 1e-5f) * w[c] + b[c]);
        }
        const std::string what = named(rows, width, at) + " by " + by.name;
        // Roundings of the sums and of x - mean, times the weight.
        close(out.values(), expected, {4e-6, 4e-6}, what);
        out.gaps_untouched(what);
      }
  }
}

CHECK_CASE(rms_norm_of_groups_in_place) {
  for (auto [rows, groups, width] : std::vector<std::array<int, 3>>{
           {1, 1, 1}, {7, 1, 48}, {5, 3, 20}, {3, 12, 64}, {3, 2, 129}, {2, 1, 2053}, {2, 1, 8192}})
    for (Layout at : layouts)
      for (int variant = 0; variant < 4; variant++)
        for (float offset : {0.0f, 1.0f}) {
          if (under_sanitizer && width > 5000) continue;
          const Team by = team(variant % 2, width, variant < 2);
          const int columns = groups * width;
          const auto x = normal(rows * columns), w = normal(width);
          Matrix in(rows, columns, x, at.gap, at.skipped), weight(1, width, w);
          launch(variant % 2 ? "rms_norm_block" : "rms_norm_warp", 3, by.threads, by.shared, in.memory, in.stride, weight.memory, offset, 1e-6f,
                 in.memory, in.stride, (long long)rows, groups, width, by.keep);
          std::vector<double> expected;
          for (int begin = 0; begin < rows * columns; begin += width) {
            double square = 0;
            for (int c = 0; c < width; c++) square += double(x[begin + c]) * x[begin + c] / width;
            for (int c = 0; c < width; c++)
              expected.push_back(x[begin + c] / std::sqrt(square + 1e-6f) * (double(offset) + w[c]));
          }
          const std::string what = named(rows, columns, at) + " groups of " + std::to_string(width) + " by " + by.name;
          close(in.values(), expected, {2e-6, 2e-6}, what);
          in.gaps_untouched(what);
        }
}
