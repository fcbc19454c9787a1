// Pairings on the device and the rows that they mean, for checks of kernels that take pairs.
#pragma once
#include <algorithm>

#include "check.h"

namespace check {

/** Places of a list: x row, y row, pairs by x row, pairs by y row. */
inline std::vector<int> places(const std::vector<int>& x, const std::vector<int>& y) {
  std::vector<int> by_x(x.size()), by_y(x.size()), all(4 * x.size());
  for (size_t i = 0; i < x.size(); i++) by_x[i] = by_y[i] = int(i);
  std::stable_sort(by_x.begin(), by_x.end(), [&](int a, int b) { return x[a] < x[b]; });
  std::stable_sort(by_y.begin(), by_y.end(), [&](int a, int b) { return y[a] < y[b]; });
  for (size_t i = 0; i < x.size(); i++) {
    all[4 * i] = x[i];
    all[4 * i + 1] = y[i];
    all[4 * i + 2] = by_x[i];
    all[4 * i + 3] = by_y[i];
  }
  return all;
}

/** A pairing on the device and the rows that it means. */
struct Pairing {
  std::string name;
  int code, x_rows, y_rows;
  std::vector<int> x, y;
  DeviceArray<int> current, list;

  Pairing(std::string of, int with_code, int rows_of_x, int rows_of_y, std::vector<int> x_of_pair, std::vector<int> y_of_pair,
          const std::vector<int>& step, const std::vector<int>& listed)
      : name(std::move(of)), code(with_code), x_rows(rows_of_x), y_rows(rows_of_y), x(std::move(x_of_pair)),
        y(std::move(y_of_pair)), current(step), list(listed) {}
  long long count() const { return x.size(); }
};

/** Images of 0 to n - 1 by the keys in a step. */
inline std::vector<int> images(const std::vector<int>& step, int n) {
  DeviceArray<int> to(n), origins(n);
  launch("permute", dim3(1), 256, 0, DeviceArray<int>(std::vector<int>(step.begin() + 1, step.begin() + 7)),
         (long long)n, 0LL, to, origins, (long long)n);
  return to.values();
}

}  // namespace check
