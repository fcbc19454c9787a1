// Products of bf16 whose rows meet those of another matrix before they are written, against float64.
#include <numeric>

#include "products.h"

namespace {

using check::StoredMatrix;

struct PairsKernel {
  const char* name;
  int tile_rows, tile_columns, threads, shared_bytes;
  bool stays;  // its blocks stay for several tiles
};
constexpr PairsKernel kernels[] = {{"matmul_bf16_bt", 256, 128, 256, 96 * 1024, false},
                                   {"matmul_wgmma_bt_256", 128, 256, 384, 4 * (48 * 1024 + 16), true},
                                   {"matmul_wgmma_bt_192", 128, 192, 384, 5 * (40 * 1024 + 16), true},
                                   {"matmul_wgmma_bt_128", 128, 128, 384, 6 * (32 * 1024 + 16), true}};

struct PairsCase {
  int rows = 1, columns = 1, depth = 1;
  int gap_x = 0, skipped_x = 0, gap_out = 0, skipped_out = 0;
  int blocks = 2;  // of the kernels whose blocks stay

  std::string text(const PairsKernel& kernel) const {
    char line[200];
    snprintf(line, sizeof line, "%s [%d, %d, %d], x gap %d skipped %d, out gap %d skipped %d", kernel.name, rows, depth, columns,
             gap_x, skipped_x, gap_out, skipped_out);
    return line;
  }
};

/**
 * The sum of K products in float32 is within K 2^-24 sum |a b| of the exact one, to first order; that of it and x is rounded, LeakyReLU
 * at most once more, and the result by at most 2^-8 of it.
 */
void compare(const PairsKernel& kernel, const PairsCase& c) {
  StoredMatrix y = StoredMatrix::operand(true, c.rows, c.depth, 0, 0), weight = StoredMatrix::operand(true, c.columns, c.depth, 8, 0);
  StoredMatrix x(true, c.rows, c.columns, c.gap_x, c.skipped_x), out(true, 2 * c.rows, c.columns, c.gap_out, c.skipped_out);
  y.fill();
  weight.fill();
  x.fill();
  std::vector<int> taker(c.rows);
  std::iota(taker.begin(), taker.end(), 0);
  std::shuffle(taker.begin(), taker.end(), check::random_engine());
  const int tiles = (c.rows + kernel.tile_rows - 1) / kernel.tile_rows * ((c.columns + kernel.tile_columns - 1) / kernel.tile_columns);
  check::launch(kernel.name, dim3(kernel.stays ? c.blocks : tiles), kernel.threads, kernel.shared_bytes, out.data(), 1,
                (const void*)y.data(), (const void*)weight.data(), (const float*)nullptr, (const void*)nullptr, 0, (long long)c.rows,
                (long long)c.depth, c.columns, y.stride, weight.stride, out.stride, (long long)c.depth, 0LL, 0, 0.0f,
                (const void*)x.data(), check::DeviceArray<int>(taker), x.stride);
  for (int row = 0; row < c.rows; row++)
    for (int column = 0; column < c.columns; column++) {
      double sum = 0, magnitude = 0;
      for (int k = 0; k < c.depth; k++) {
        const double product = double(y.at(row, k)) * weight.at(column, k);
        sum += product;
        magnitude += std::fabs(product);
      }
      for (bool own : {true, false}) {
        const int of_x = own ? row : taker[row];
        const double value = x.at(of_x, column) + sum, expected = value > 0 ? value : 0.01 * value;
        const double allowed = std::ldexp((c.depth + 2) * (magnitude + std::fabs(value)), -24) + std::ldexp(std::fabs(expected), -8);
        const double is = out.at(own ? row : c.rows + of_x, column);
        if (!(std::fabs(is - expected) <= allowed)) {
          char line[160];
          snprintf(line, sizeof line, ": row %d and row %d of x, column %d: %.9g, expected %.9g within %g", row, of_x, column, is,
                   expected, allowed);
          check::fail(c.text(kernel) + line);
        }
      }
    }
  out.gaps_untouched(c.text(kernel));
}

void each(const PairsCase& c) {
  for (const PairsKernel& kernel : kernels) compare(kernel, c);
}

}  // namespace

CHECK_CASE(product_of_one_row_meets_itself) { each({}); }
CHECK_CASE(product_of_whole_units_meets_other_rows) { each({.rows = 70, .columns = 72, .depth = 40, .gap_x = 8, .gap_out = 16}); }
CHECK_CASE(product_of_odd_columns_meets_rows_that_lie_anywhere) {
  each({.rows = 37, .columns = 45, .depth = 17, .gap_x = 3, .skipped_x = 1, .gap_out = 2, .skipped_out = 3});
  each({.rows = 9, .columns = 24, .depth = 9, .gap_x = 8, .gap_out = 1});
  each({.rows = 9, .columns = 24, .depth = 9, .skipped_x = 1, .gap_out = 8});
}
// More tiles than blocks in either direction, the last ones ragged.
CHECK_CASE(product_of_many_tiles_meets_rows_of_other_tiles) {
  for (const PairsKernel& kernel : kernels)
    compare(kernel, {.rows = kernel.tile_rows + 20, .columns = kernel.tile_columns + 13, .depth = 70, .gap_x = 3, .gap_out = 11});
}

// Sums are not rounded before they meet: here they would lose what x leaves of them.
CHECK_CASE(product_meets_rows_before_it_is_rounded) {
  for (const PairsKernel& kernel : kernels) {
    StoredMatrix y(true, 1, 2, 6, 0), weight(true, 1, 2, 6, 0), x(true, 1, 1, 0, 0), out(true, 2, 1, 0, 0);
    y.put(0, 0, 1);
    y.put(0, 1, 1);
    weight.put(0, 0, 256);
    weight.put(0, 1, 1);
    x.put(0, 0, -256);
    check::launch(kernel.name, dim3(1), kernel.threads, kernel.shared_bytes, out.data(), 1, (const void*)y.data(),
                  (const void*)weight.data(), (const float*)nullptr, (const void*)nullptr, 0, 1LL, 2LL, 1, 8, 8, 1, 2LL, 0LL, 0, 0.0f,
                  (const void*)x.data(), check::DeviceArray<int>(std::vector<int>{0}), 1);
    check::that(out.at(0, 0) == 1 && out.at(1, 0) == 1, std::string(kernel.name) + ": 256 + 1 - 256");
  }
}
