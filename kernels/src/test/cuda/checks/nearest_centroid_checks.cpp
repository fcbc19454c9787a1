// The nearest centroid by float64 scores, exact in which and how near, ties and what is no number included.
#include "matrices.h"

using namespace check;

namespace {

/** Launches the kernel on a grid and compares both results with plain loops, to the bit. */
void compare(int rows, int columns, const std::vector<float>& values, const std::vector<double>& halves, Layout at, int blocks) {
  std::vector<int> wanted(rows, 0);
  std::vector<double> best(rows, -INFINITY);
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) {
      const double score = values[size_t(r) * columns + c] - halves[c];
      if (score > best[r]) {
        best[r] = score;
        wanted[r] = c;
      }
    }
  Matrix products(rows, columns, values, at.gap, at.skipped);
  DeviceArray<double> half(halves), scores(rows);
  DeviceArray<int> nearest(rows);
  launch("nearest_centroid", dim3(unsigned(blocks)), 256, 0, products.data(), products.stride, (long long)rows, columns, half,
         scores, nearest);
  const std::string what = named(rows, columns, at);
  same(nearest, wanted, what + ", which");
  same(scores, best, what + ", scores");
}

std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

}  // namespace

CHECK_CASE(nearest_centroids_are_those_of_float64_to_the_bit) {
  for (int rows : {1, 3, 32, 75})
    for (int columns : {1, 2, 31, 64, 257, 1024})
      for (Layout at : layouts)
        compare(rows, columns, normal(size_t(rows) * columns), doubles(uniform(columns, 0, 2)), at, rows == 75 ? 2 : 3);
}

CHECK_CASE(of_equally_near_centroids_the_first_is_chosen) {
  const int rows = 37;
  for (int columns : {1, 5, 33, 132, 260})
    for (Layout at : layouts) {
      const auto few = integers(size_t(rows) * columns, -1, 1);
      compare(rows, columns, std::vector<float>(few.begin(), few.end()), std::vector<double>(columns, 0.5), at, 1);
      compare(rows, columns, std::vector<float>(size_t(rows) * columns, 3), std::vector<double>(columns, 1), at, 1);
    }
}

CHECK_CASE(what_float32_cannot_tell_apart_is_told_apart) {
  const int rows = 9, columns = 200;
  std::vector<double> halves(columns);
  for (int c = 0; c < columns; c++) halves[c] = 1e-9 * ((c * 37 + 11) % columns);
  for (Layout at : layouts) compare(rows, columns, std::vector<float>(size_t(rows) * columns, 1000), halves, at, 1);
}

CHECK_CASE(what_is_no_number_is_never_nearest) {
  const int rows = 6, columns = 70;
  auto values = normal(size_t(rows) * columns);
  for (int c = 0; c < columns; c++) {
    values[c] = NAN;                   // row 0: none is nearest
    values[columns + c] = -INFINITY;   // row 1 likewise
    if (c % 3) values[2 * columns + c] = NAN;
    values[3 * columns + c] = c == 41 || c == 69 ? INFINITY : values[3 * columns + c];
    if (c != 68) values[4 * columns + c] = NAN;
  }
  for (Layout at : layouts) compare(rows, columns, values, doubles(uniform(columns, 0, 2)), at, 1);
}
