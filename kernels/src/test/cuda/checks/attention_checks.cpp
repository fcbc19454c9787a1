#include "matrices.h"

using namespace check;

namespace {

/** Which row of the key/value memory holds each position of each sequence. */
struct Batch {
  int sequences, tokens, rows = 0;
  std::vector<int> first_position, first_row, path;

  /** Sequences that own a random tail and share the rest with their predecessor, the first with the batch before. */
  Batch(int sequences, int tokens, bool carried) : sequences(sequences), tokens(tokens), path(sequences * tokens) {
    for (int b = 0; b < sequences; b++) {
      first_position.push_back(b == 0 && !carried ? 0 : integers(1, 0, tokens)[0]);
      first_row.push_back(rows);
      for (int p = 0; p < tokens; p++)
        path[b * tokens + p] = p >= first_position[b] ? tokens + rows++ : b == 0 ? p : path[(b - 1) * tokens + p];
    }
  }
};

struct Shape {
  int heads, kv_heads, dim;
  float scale, cap;
  int window;
};

std::vector<double> reference(const Batch& batch, const Shape& shape, const std::vector<float>& q,
                              const std::vector<float>& k, const std::vector<float>& v) {
  const int width = shape.heads * shape.dim, kv_width = shape.kv_heads * shape.dim;
  std::vector<double> out(size_t(batch.rows) * width);
  for (int b = 0; b < batch.sequences; b++)
    for (int i = batch.first_position[b]; i < batch.tokens; i++)
      for (int head = 0; head < shape.heads; head++) {
        const int kv = head / (shape.heads / shape.kv_heads) * shape.dim;
        const size_t at = size_t(batch.first_row[b] + i - batch.first_position[b]) * width + head * shape.dim;
        double sum = 0;
        for (int j = shape.window ? std::max(0, i - shape.window + 1) : 0; j <= i; j++) {
          const size_t key = size_t(batch.path[b * batch.tokens + j]) * kv_width + kv;
          double score = 0;
          for (int c = 0; c < shape.dim; c++) score += double(q[at + c]) * k[key + c];
          score *= shape.scale;
          if (shape.cap > 0) score = shape.cap * std::tanh(score / shape.cap);
          const double weight = std::exp(score);
          sum += weight;
          for (int c = 0; c < shape.dim; c++) out[at + c] += weight * v[key + c];
        }
        for (int c = 0; c < shape.dim; c++) out[at + c] /= sum;
      }
  return out;
}

struct Inputs {
  std::vector<float> q, k, v;
};
Inputs inputs(const Batch& batch, const Shape& shape) {
  const size_t kept = size_t(batch.tokens + batch.rows) * shape.kv_heads * shape.dim;
  return {normal(size_t(batch.rows) * shape.heads * shape.dim), normal(kept), normal(kept)};
}

std::vector<float> attend(const Batch& batch, const Shape& shape, const Inputs& in, Layout at, bool tiles,
                          int kind = 0) {
  const int memory = batch.tokens + batch.rows, width = shape.heads * shape.dim, kv_width = shape.kv_heads * shape.dim;
  KindMatrix q(kind, batch.rows, width, in.q, at.gap, at.skipped), k(kind, memory, kv_width, in.k, at.gap, at.skipped),
      v(kind, memory, kv_width, in.v, at.gap), out(kind, batch.rows, width, at.gap, at.skipped);
  int width_index = 0, fits = 32;
  while (fits < shape.dim || (tiles && fits < 64)) fits *= 2, width_index++;
  constexpr const char* by_rows[] = {"attention_rows_32", "attention_rows_64", "attention_rows_128", "attention_rows_256",
                                     "attention_rows_512"};
  constexpr const char* rounded_by_rows[] = {"attention_rows_32_bf16", "attention_rows_64_bf16", "attention_rows_128_bf16",
                                             "attention_rows_256_bf16", "attention_rows_512_bf16"};
  constexpr const char* by_tiles[] = {nullptr, "attention_tiles_64", "attention_tiles_128", "attention_tiles_256"};
  constexpr const char* rounded_by_tiles[] = {nullptr, "attention_tiles_64_bf16", "attention_tiles_128_bf16",
                                              "attention_tiles_256_bf16"};
  const char* kernel = kind ? (tiles ? rounded_by_tiles : rounded_by_rows)[width_index]
                            : (tiles ? by_tiles : by_rows)[width_index];
  const int keys = fits == 64 ? 64 : 32;
  const size_t shared = tiles ? sizeof(float) * ((64 + 2 * keys) * (fits + 4) + 64 * (keys + 4)) : 0;
  const dim3 grid = tiles ? dim3(batch.sequences * ((batch.tokens + 63) / 64), shape.heads)
                          : dim3(batch.sequences, (shape.heads + 3) / 4);
  launch(kernel, grid, tiles ? 256 : 128, shared, q.data(), q.stride(), k.data(), k.stride(), v.data(), v.stride(), DeviceArray<int>(batch.first_position),
         DeviceArray<int>(batch.first_row), DeviceArray<int>(batch.path), batch.tokens, shape.heads,
         shape.heads / shape.kv_heads, shape.dim, shape.scale, shape.cap, shape.window, out.data(), out.stride());
  out.gaps_untouched("attention");
  return out.values();
}

std::string named(const Batch& batch, const Shape& shape, bool tiles) {
  return std::string(tiles ? "tiles" : "rows") + " T " + std::to_string(batch.tokens) + " heads " +
         std::to_string(shape.heads) + "/" + std::to_string(shape.kv_heads) + " x " + std::to_string(shape.dim) +
         " cap " + std::to_string(shape.cap) + " window " + std::to_string(shape.window);
}

void check_against_reference(const Batch& batch, const Shape& shape, Layout at, bool tiles) {
  const Inputs in = inputs(batch, shape);
  // Means of values of size 1 whose weights carry the rounding of scores of size 1 to 10.
  close(attend(batch, shape, in, at, tiles), reference(batch, shape, in.q, in.k, in.v), {1e-5, 0},
        named(batch, shape, tiles));
}

void check_operands(const Batch& batch, const Shape& shape, Layout at, bool tiles) {
  Inputs in = inputs(batch, shape);
  for (auto* values : {&in.q, &in.k, &in.v}) *values = rounded(*values);
  close(attend(batch, shape, in, at, tiles, 1), reference(batch, shape, in.q, in.k, in.v), of_kind(1, {1e-5, 0}),
        named(batch, shape, tiles) + " of bf16");
}

}  // namespace

CHECK_CASE(short_sequences_of_every_length) {
  for (int tokens = 1; tokens <= 33; tokens += tokens < 9 ? 1 : 4)
    check_against_reference(Batch(4, tokens, tokens % 2),
                            {4, tokens % 3 ? 4 : 2, 5 + tokens % 4, 0.4f, 0, tokens % 2 ? 0 : 1 + tokens / 3},
                            layouts[tokens % 3], false);
}

CHECK_CASE(rows_of_every_width_of_head) {
  for (int dim : {1, 2, 3, 8, 31, 32, 33, 48, 64, 65, 80, 128, 129, 160, 256, 257, 300, 512}) {
    if (under_sanitizer && dim > 256) continue;
    check_against_reference(Batch(3, 8, true), {3, 1, dim, 1 / std::sqrt(float(dim)), 0, 0}, layouts[dim % 3], false);
    check_against_reference(Batch(2, 9, false), {2, 2, dim, 0.1f, 2, 4}, layouts[0], false);
  }
}

CHECK_CASE(tiles_of_every_width_of_head) {
  for (int dim : {1, 9, 48, 64, 65, 80, 128, 200, 256}) {
    if (under_sanitizer && dim != 48 && dim != 80) continue;
    check_against_reference(Batch(2, 70, true), {1, 1, dim, 1 / std::sqrt(float(dim)), 0, 0}, layouts[dim % 3], true);
  }
}

CHECK_CASE(windows_caps_and_groups) {
  for (int tokens : {1, 7, 63, 65, 131}) {
    if (under_sanitizer && tokens > 100) continue;
    for (int window : {0, 1, 5, 70})
      for (int kv_heads : {1, 3}) {
        const Batch batch(3, tokens, true);
        const Shape shape = {3, kv_heads, 12, 0.3f, window == 5 ? 1.5f : 0, window};
        check_against_reference(batch, shape, layouts[(tokens + window) % 3], false);
        check_against_reference(batch, shape, layouts[(tokens + window) % 3], true);
      }
  }
}

CHECK_CASE(long_sequences) {
  for (int tokens : {192, 300}) {
    if (under_sanitizer && tokens > 200) continue;
    check_against_reference(Batch(2, tokens, true), {2, 1, 64, 0.125f, 0, 0}, layouts[0], true);
    check_against_reference(Batch(2, tokens, false), {1, 1, 128, 0.09f, 30, 100}, layouts[1], true);
  }
}

CHECK_CASE(a_row_does_not_depend_on_the_rows_beside_it) {
  for (bool tiles : {false, true})
    for (int window : {0, 40}) {
      const int tokens = 131;
      const Shape shape = {2, 1, 20, 0.3f, 0, window};
      Batch whole(1, tokens, false);
      const Inputs in = inputs(whole, shape);
      const auto all = attend(whole, shape, in, layouts[0], tiles);
      // The same sequence, its first 77 positions carried over from a batch before.
      Batch tail = whole;
      const int owned = 77, kv_width = shape.kv_heads * shape.dim, width = shape.heads * shape.dim;
      tail.first_position = {owned};
      tail.rows = tokens - owned;
      for (int p = 0; p < tokens; p++) tail.path[p] = p < owned ? p : tokens + p - owned;
      Inputs part;
      part.q.assign(in.q.begin() + owned * width, in.q.end());
      for (auto [from, to] : {std::pair(&in.k, &part.k), std::pair(&in.v, &part.v)}) {
        to->assign((tokens + tail.rows) * kv_width, NAN);
        for (int p = 0; p < tokens; p++)
          std::copy_n(from->begin() + (tokens + p) * kv_width, kv_width, to->begin() + tail.path[p] * kv_width);
      }
      same(attend(tail, shape, part, layouts[0], tiles), std::vector<float>(all.begin() + owned * width, all.end()),
           named(tail, shape, tiles));
    }
}

CHECK_CASE(what_is_not_finite_reaches_only_rows_that_see_it) {
  for (bool tiles : {false, true}) {
    const int tokens = 100, bad = 70;
    const Shape shape = {1, 1, 8, 0.3f, 0, 20};
    const Batch batch(1, tokens, false);
    Inputs in = inputs(batch, shape);
    for (auto* spoilt : {&in.k, &in.v})
      for (float value : {NAN, INFINITY}) {
        const float before = (*spoilt)[(tokens + bad) * shape.dim];
        (*spoilt)[(tokens + bad) * shape.dim] = value;
        const auto out = attend(batch, shape, in, layouts[0], tiles);
        for (int r = 0; r < tokens; r++) {
          bool finite = true;
          for (int c = 0; c < shape.dim; c++) finite = finite && std::isfinite(out[r * shape.dim + c]);
          const bool sees = r >= bad && r < bad + shape.window;
          // An infinite key may also make a score of minus infinity, whose weight is 0.
          if (sees && spoilt == &in.k && !std::isnan(value)) continue;
          that(finite == !sees, named(batch, shape, tiles) + ": row " + std::to_string(r));
        }
        (*spoilt)[(tokens + bad) * shape.dim] = before;
      }
  }
}

CHECK_CASE(large_scores_do_not_overflow) {
  for (bool tiles : {false, true}) {
    const Batch batch(1, 66, false);
    Inputs in;
    in.q.assign(66, 1000);
    in.k.assign(132, 1000);
    in.v.assign(132, 1000);
    close(attend(batch, {1, 1, 1, 1, 0, 0}, in, layouts[0], tiles), std::vector<double>(66, 1000), {0, 1e-5}, "large");
  }
}

CHECK_CASE(operands_of_every_width_of_head) {
  for (int dim : {3, 8, 31, 32, 40, 64, 72, 128, 160, 256, 264, 512}) {
    if (under_sanitizer && dim > 256) continue;
    check_operands(Batch(3, 8, true), {3, 1, dim, 1 / std::sqrt(float(dim)), 0, 0}, layouts[0], false);
    check_operands(Batch(2, 9, false), {2, 2, dim, 0.1f, 2, 4}, layouts[dim % 2], false);
  }
  for (int dim : {9, 48, 64, 80, 128, 200, 256}) {
    if (under_sanitizer && dim != 48 && dim != 80) continue;
    check_operands(Batch(2, 70, true), {1, 1, dim, 1 / std::sqrt(float(dim)), 0, 20}, layouts[dim % 2], true);
  }
}
