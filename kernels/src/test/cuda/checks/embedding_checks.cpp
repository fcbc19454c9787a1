#include "matrices.h"

using namespace check;

CHECK_CASE(embeddings_are_scaled_rows_and_positions_are_added) {
  for (auto [rows, columns] : std::vector<std::pair<int, int>>{{1, 1}, {1, 13}, {5, 8}, {31, 127}, {9, 768}})
    for (Layout at : layouts) {
      const auto table = normal(17 * columns);
      const auto ids = integers(rows, 0, 16);
      Matrix from(17, columns, table, at.gap, at.skipped), out(rows, columns, at.gap);
      DeviceArray<int> chosen(ids);
      launch("embed", 2, 256, 0, from.memory, from.stride, chosen, 2.5f, out.memory, out.stride, (long long)rows, columns);
      std::vector<double> expected;
      for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) expected.push_back(2.5 * table[ids[r] * columns + c]);
      close(out.values(), expected, {0, 1e-7}, named(rows, columns, at) + " embedded");
      launch("add_rows", 1, 256, 0, from.memory, from.stride, chosen, out.memory, out.stride, (long long)rows, columns);
      for (double& value : expected) value *= 1.4;
      close(out.values(), expected, {0, 3e-7}, named(rows, columns, at) + " added");
      out.gaps_untouched(named(rows, columns, at));
    }
}
