// Products of paired rows: the score of a bilinear critic on listed pairs.
//
// Bytes of 300,000 pairs of width 768: two rows of 3 KiB gathered a pair, 1.8 GB, 0.6 ms at 3 TB/s, half of that in bf16, less where
// rows that repeat come from the second-level cache; 2.5 flop a column are nothing beside that.
#include "pairing.cuh"

namespace {

template <typename T>
__device__ __forceinline__ void products_of(const T* x, int x_stride, const T* y, int y_stride, const Pairs& pairs,
                                            long long first, float* out, int out_stride, long long count, int width) {
  const PairRows taken(pairs);
  const auto walk = [&](auto columns) {
    constexpr int N = decltype(columns)::value;
    const int across = width / N;
    each_pair_lane<N>(taken, first, count, width, [&](long long i, bool there, RowPair rows, int lane, int lanes) {
      float sums[4] = {};
      if (there)
        for (int column = lane; column < across; column += lanes) {
          const auto left = load<N>(x + size_t(rows.x) * x_stride + column * N);
          const auto right = load<N>(y + size_t(rows.y) * y_stride + column * N);
#pragma unroll
          for (int j = 0; j < N; j++) sums[j % 4] += left.of[j] * right.of[j];
        }
      float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
      for (int offset = lanes / 2; offset > 0; offset /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
      if (there && lane == 0) out[size_t(i) * out_stride] = sum;
    });
  };
  constexpr int wide = vector_of<T>;
  if (width % wide == 0 && rows_aligned(x, x_stride) && rows_aligned(y, y_stride))
    walk(Count<wide>());
  else
    walk(Count<1>());
}

}  // namespace

/**
 * out[i] = sum over the columns of x[x row] y[y row] of pair first + i; out [count, 1]. A lane adds up its columns in float32, up to
 * 32 of 1,024 (in four sums where rows are aligned), then the lanes of a pair add up as a tree. Blocks of 256 threads, any grid in x.
 *
 * @param kind of x and y, see ElementKind
 * @param code which pairing, see PairingCode; all its pairs in number
 * @param list [all] x row, y row, pairs by x row, pairs by y row; null where the pairing has none
 * @param y_rows across which pairing_all goes
 */
extern "C" __global__ void __launch_bounds__(256)
pair_products(const void* x, int x_stride, const void* y, int y_stride, int kind, int code, const int* current,
              const int* list, long long all, int y_rows, long long first, float* out, int out_stride, long long count,
              int width) {
  const Pairs pairs = {code, current, reinterpret_cast<const int4*>(list), all, y_rows};
  if (kind == element_f32)
    products_of(static_cast<const float*>(x), x_stride, static_cast<const float*>(y), y_stride, pairs, first, out, out_stride,
                count, width);
  else
    products_of(static_cast<const uint16_t*>(x), x_stride, static_cast<const uint16_t*>(y), y_stride, pairs, first, out,
                out_stride, count, width);
}
