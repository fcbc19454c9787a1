#include "matrices.h"

#include <array>

using namespace check;

namespace {

/** The threads that share a row of so many columns. */
struct Team {
  std::string name;
  int threads;
};
Team team(bool block) { return block ? Team{"block", 256} : Team{"warp", 128}; }

}  // namespace

CHECK_CASE(layer_norm_of_narrow_and_wide_rows) {
  for (int width : {1, 2, 7, 64, 129, 768, 1600, 3001, 8192, 8900}) {
    if (under_sanitizer && width > 2000) continue;
    const int rows = width > 1000 ? 3 : 9;
    for (Layout at : layouts)
      for (int variant = 0; variant < 2; variant++) {
        const Team by = team(variant);
        auto x = normal(rows * width);
        // Hidden states have a few channels far out: float32 must not lose the others.
        for (int i = 0; i < width; i += 97) x[i] = 300 + 10 * x[i];
        const auto w = normal(width), b = normal(width);
        Matrix in(rows, width, x, at.gap, at.skipped), out(rows, width, at.gap), weight(1, width, w), bias(1, width, b);
        launch(variant ? "layer_norm_block" : "layer_norm_warp", 2, by.threads, 0, in.memory, 0, in.stride, weight.memory, bias.memory, 1e-5f,
               out.memory, 0, out.stride, (long long)rows, width);
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
           {1, 1, 1}, {7, 1, 48}, {5, 3, 20}, {3, 12, 64}, {3, 2, 129}, {2, 1, 2053}, {2, 1, 8192}, {2, 1, 8900}})
    for (Layout at : layouts)
      for (int variant = 0; variant < 2; variant++)
        for (float offset : {0.0f, 1.0f}) {
          if (under_sanitizer && width > 5000) continue;
          const Team by = team(variant);
          const int columns = groups * width;
          const auto x = normal(rows * columns), w = normal(width);
          Matrix in(rows, columns, x, at.gap, at.skipped), weight(1, width, w);
          launch(variant ? "rms_norm_block" : width <= 256 ? "rms_norm_head" : "rms_norm_warp", 3, by.threads, 0, in.memory, 0, in.stride, weight.memory, offset, 1e-6f,
                 in.memory, 0, in.stride, (long long)rows, groups, width);
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

CHECK_CASE(norms_of_operands_and_into_operands) {
  for (auto [rows, groups, width] : std::vector<std::array<int, 3>>{{5, 1, 40}, {3, 3, 64}, {4, 1, 129}, {3, 1, 1600}, {2, 1, 4104}})
    for (int in_kind : {0, 1})
      for (int out_kind : {0, 1}) {
        const int columns = groups * width;
        const bool block = width > 2048;
        const auto given = normal(rows * columns), x = in_kind ? rounded(given) : given;
        const auto w = normal(width), b = normal(width);
        const std::string what = named(rows, columns, {0, 0}) + " kinds " + std::to_string(in_kind) + " to " + std::to_string(out_kind);
        Matrix weight(1, width, w), bias(1, width, b);
        KindMatrix in(in_kind, rows, columns, x), out(out_kind, rows, columns), again(out_kind, rows, columns);
        launch(block ? "rms_norm_block" : width <= 256 ? "rms_norm_head" : "rms_norm_warp", 2, block ? 256 : 128, 0, in.data(),
               in_kind, in.stride(), weight.memory, 1.0f, 1e-6f, out.data(), out_kind, out.stride(), (long long)rows, groups,
               width);
        std::vector<double> expected, centred;
        for (int begin = 0; begin < rows * columns; begin += width) {
          double square = 0, mean = 0, variance = 0;
          for (int c = 0; c < width; c++) square += double(x[begin + c]) * x[begin + c] / width, mean += x[begin + c] / double(width);
          for (int c = 0; c < width; c++) variance += std::pow(x[begin + c] - mean, 2) / width;
          for (int c = 0; c < width; c++) {
            expected.push_back(x[begin + c] / std::sqrt(square + 1e-6f) * (1.0 + w[c]));
            centred.push_back((x[begin + c] - mean) / std::sqrt(variance + 1e-5f) * w[c] + b[c]);
          }
        }
        close(out.values(), expected, of_kind(out_kind, {4e-6, 4e-6}), what + " by squares");
        out.gaps_untouched(what);
        if (groups > 1) continue;
        launch(block ? "layer_norm_block" : "layer_norm_warp", 2, block ? 256 : 128, 0, in.data(), in_kind, in.stride(),
               weight.memory, bias.memory, 1e-5f, again.data(), out_kind, again.stride(), (long long)rows, width);
        close(again.values(), centred, of_kind(out_kind, {4e-6, 4e-6}), what + " centred");
        again.gaps_untouched(what);
      }
}
