#include "matrices.h"

#include <array>

using namespace check;

CHECK_CASE(halves_of_heads_are_rotated) {
  for (auto [rows, heads, dim] : std::vector<std::array<int, 3>>{{1, 1, 2}, {9, 3, 6}, {5, 2, 64}, {7, 5, 80}, {3, 1, 256}})
    for (Layout at : layouts) for (int kind : {0, 1}) {
      if (kind && at.skipped) continue;
      const int half = dim / 2, columns = heads * dim, positions = 11;
      const auto given = normal(rows * columns), x = kind ? rounded(given) : given, c = normal(positions * half), s = normal(positions * half);
      const auto where = integers(rows, 0, positions - 1);
      KindMatrix states(kind, rows, columns, x, at.gap, at.skipped);
      Matrix cosines(positions, half, c, at.gap), sines(positions, half, s);
      launch("rotate_halves", 2, 256, 0, states.data(), kind, states.stride(), cosines.memory, cosines.stride, sines.memory,
             sines.stride, DeviceArray<int>(where), (long long)rows, heads, half);
      std::vector<double> expected;
      for (int r = 0; r < rows; r++)
        for (int column = 0; column < columns; column++) {
          const int i = column % dim, table = where[r] * half + i % half;
          const double other = i < half ? -double(x[r * columns + column + half]) : x[r * columns + column - half];
          expected.push_back(double(x[r * columns + column]) * c[table] + other * s[table]);
        }
      // Two products and a sum of numbers of size 1 to 10.
      close(states.values(), expected, of_kind(kind, {2e-6, 0}), named(rows, columns, at) + " heads of " + std::to_string(dim));
      states.gaps_untouched(named(rows, columns, at));
    }
}
