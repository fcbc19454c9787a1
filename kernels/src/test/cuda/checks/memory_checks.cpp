#include "matrices.h"

using namespace check;

namespace {

constexpr int shapes[][2] = {{1, 1}, {1, 13}, {3, 8}, {33, 31}, {70, 128}, {2, 4100}};

/** The processor backend's hash, which Java code computes; kept here as its specification. */
long long reference_hash(const float* row, int columns) {
  uint64_t hash = 0x9E3779B97F4A7C15ull * uint64_t(columns);
  for (int i = 0; i < columns; i++) {
    const float value = row[i] + 0.0f;
    int32_t bits;
    memcpy(&bits, &value, 4);
    hash = (hash ^ uint64_t(int64_t(bits))) * 0xBF58476D1CE4E5B9ull;
    hash ^= hash >> 32;
  }
  hash = (hash ^ (hash >> 30)) * 0x94D049BB133111EBull;
  return (long long)(hash ^ (hash >> 31));
}

}  // namespace

CHECK_CASE(fills_copies_and_gathers_stay_inside_their_rows) {
  for (auto shape : shapes)
    for (Layout at : layouts) {
      const int rows = shape[0], columns = shape[1];
      const std::string what = named(rows, columns, at);
      const auto x = normal(rows * columns);
      Matrix from(rows, columns, x, at.gap, at.skipped), to(rows, columns, 4), filled(rows, columns, at.gap, at.skipped);
      launch("copy_elements", 2, 256, 0, from.memory, from.stride, to.memory, to.stride, (long long)rows,
             (long long)columns);
      same(to.values(), x, what + " copied");
      to.gaps_untouched(what);
      launch("fill_elements", 2, 256, 0, filled.memory, filled.stride, 1.5f, (long long)rows, (long long)columns);
      same(filled.values(), std::vector<float>(x.size(), 1.5f), what + " filled");
      filled.gaps_untouched(what);

      const auto ids = integers(29, 0, rows - 1);
      Matrix gathered(29, columns, at.gap);
      launch("gather_rows", 3, 256, 0, from.memory, 0, from.stride, DeviceArray<int>(ids), gathered.memory, 0,
             gathered.stride, 29LL, columns);
      std::vector<float> expected;
      for (int id : ids) expected.insert(expected.end(), &x[id * columns], &x[id * columns] + columns);
      same(gathered.values(), expected, what + " gathered");
      gathered.gaps_untouched(what);
    }
}

CHECK_CASE(rounded_matrices_are_filled_converted_and_gathered_inside_their_rows) {
  for (auto shape : shapes)
    for (Layout at : layouts) {
      const int rows = shape[0], columns = shape[1];
      const std::string what = named(rows, columns, at);
      const auto x = normal(rows * columns);
      Matrix from(rows, columns, x, at.gap, at.skipped), back(rows, columns, at.gap);
      RoundedMatrix to(rows, columns, 8), filled(rows, columns), chosen(29, columns), again(29, columns);
      launch("convert_elements", 2, 256, 0, from.memory, 0, from.stride, to.memory, 1, to.stride, (long long)rows,
             (long long)columns);
      same(to.values(), rounded(x), what + " rounded");
      to.gaps_untouched(what);
      launch("convert_elements", 2, 256, 0, to.memory, 1, to.stride, back.memory, 0, back.stride, (long long)rows,
             (long long)columns);
      same(back.values(), rounded(x), what + " widened");
      back.gaps_untouched(what);
      launch("fill_bf16_elements", 2, 256, 0, filled.memory, filled.stride, 1.00390625f, (long long)rows, (long long)columns);
      same(filled.values(), std::vector<float>(x.size(), 1.0f), what + " filled with a tie");
      filled.gaps_untouched(what);

      const auto ids = integers(29, 0, rows - 1);
      std::vector<float> expected;
      for (int id : ids) expected.insert(expected.end(), &x[id * columns], &x[id * columns] + columns);
      const DeviceArray<int> wanted(ids);
      launch("gather_rows", 3, 256, 0, from.memory, 0, from.stride, wanted, chosen.memory, 1, chosen.stride, 29LL, columns);
      same(chosen.values(), rounded(expected), what + " gathered and rounded");
      chosen.gaps_untouched(what);
      launch("gather_rows", 3, 256, 0, to.memory, 1, to.stride, wanted, again.memory, 1, again.stride, 29LL, columns);
      same(again.values(), rounded(expected), what + " gathered as they are");
    }
}

CHECK_CASE(the_first_row_that_is_not_finite_is_the_least_found) {
  for (auto shape : shapes)
    for (Layout at : layouts) {
      const int rows = shape[0], columns = shape[1], blocks = 3;
      auto x = normal(rows * columns);
      auto found = [&] {
        Matrix in(rows, columns, x, at.gap, at.skipped);
        DeviceArray<long long> firsts(blocks);
        launch("first_non_finite_rows", blocks, 256, 0, in.memory, in.stride, firsts, (long long)rows, columns);
        long long least = INT64_MAX;
        for (int b = 0; b < blocks; b++) least = std::min(least, firsts[b]);
        return least;
      };
      that(found() == INT64_MAX, named(rows, columns, at) + ": every row is finite");
      for (int row = rows - 1; row >= 0; row -= 1 + rows / 3) {
        x[row * columns + row % columns] = row % 2 ? -INFINITY : NAN;
        that(found() == row, named(rows, columns, at) + ": row " + std::to_string(row) + " is not finite");
      }
    }
}

CHECK_CASE(hashes_of_rows_are_those_of_the_processor_backend) {
  for (auto shape : shapes)
    for (Layout at : layouts) {
      const int rows = shape[0], columns = shape[1];
      auto x = normal(rows * columns);
      for (size_t i = 0; i < x.size(); i += 5) x[i] = i % 2 ? -0.0f : 0.0f;
      if (x.size() > 8) {
        uint32_t signalling = 0xff800001u;
        memcpy(&x[3], &signalling, 4);
        x[4] = -INFINITY;
        x[6] = 1e-40f;
      }
      Matrix in(rows, columns, x, at.gap, at.skipped);
      DeviceArray<long long> hashes(rows);
      launch("row_hashes", 2, 32, 0, in.memory, in.stride, hashes, (long long)rows, columns);
      std::vector<long long> expected;
      for (int r = 0; r < rows; r++) expected.push_back(reference_hash(&x[r * columns], columns));
      same(hashes.values(), expected, named(rows, columns, at));
    }
}

CHECK_CASE(stored_halves_are_widened_exactly) {
  std::vector<unsigned short> bits;
  for (int i = 0; i < 65536; i += 7) bits.push_back(i);
  std::vector<float> halves, brains;
  for (unsigned short b : bits) {
    const int exponent = b >> 10 & 31, mantissa = b & 1023;
    const double size = exponent == 31 ? (mantissa ? NAN : INFINITY)
                        : exponent     ? std::ldexp(1024 + mantissa, exponent - 25)
                                       : std::ldexp(mantissa, -24);
    halves.push_back(float(b & 0x8000 ? -size : size));
    const uint32_t wide = uint32_t(b) << 16;
    float brain;
    memcpy(&brain, &wide, 4);
    brains.push_back(brain);
  }
  DeviceArray<unsigned short> in(bits);
  DeviceArray<float> from_half(bits.size()), from_brain(bits.size());
  launch("widen_f16", 5, 256, 0, in, from_half, (long long)bits.size());
  launch("widen_bf16", 5, 256, 0, in, from_brain, (long long)bits.size());
  // Exact, but a NaN need not keep its bits.
  close(from_half.values(), std::vector<double>(halves.begin(), halves.end()), {}, "half precision");
  same(from_brain.values(), brains, "bfloat16");
}
