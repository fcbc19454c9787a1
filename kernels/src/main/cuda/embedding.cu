// Rows of tables by index: token embeddings written, position embeddings added.
//
// Bytes at GPT-2 XL's shape, R rows of d = 1600: embed reads and writes 4 d each (12.8 kB a row), add_rows besides reads what it
// adds to (19.2 kB); rows of the tables that repeat come from the second-level cache.
#include "elements.cuh"

/** out[i] = scale * table[ids[i]]; table [V, columns], ids [rows], out [rows, columns]. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
embed(const float* table, int table_stride, const int* ids, float scale, float* out, int out_stride, long long rows,
      int columns) {
  const bool aligned = rows_aligned(table, table_stride) && rows_aligned(out, out_stride);
  each_element(aligned, rows, columns, [&](auto count, size_t row, size_t column) {
    auto values = load<count.value>(table + size_t(ids[row]) * table_stride + column);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] *= scale;
    store(out + row * out_stride + column, values);
  });
}

/** x[i] += table[ids[i]]; table [P, columns], ids [rows], x [rows, columns]. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
add_rows(const float* table, int table_stride, const int* ids, float* x, int x_stride, long long rows, int columns) {
  const bool aligned = rows_aligned(table, table_stride) && rows_aligned(x, x_stride);
  each_element(aligned, rows, columns, [&](auto count, size_t row, size_t column) {
    const auto added = load<count.value>(table + size_t(ids[row]) * table_stride + column);
    float* const to = x + row * x_stride + column;
    auto values = load<count.value>(to);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] += added.of[i];
    store(to, values);
  });
}
