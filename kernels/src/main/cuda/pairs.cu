// The split first layer of a critic: which row of x meets which row of y, the sum of both under LeakyReLU, and its backward pass.
//
// Bytes at the published shape, 300,000 pairs of width 768, 0.92 GB a matrix of pairs: forward writes one and gathers two (2.8 GB,
// 0.9 ms at 3 TB/s, less where projected rows come from the second-level cache); backward of rows that are distinct reads two,
// writes one and reads and writes both gradients of rows (6.5 GB, 2.2 ms); of rows that repeat reads three and writes one besides.
#include "pairing.cuh"

namespace {

template <int N> __device__ __forceinline__ Floats<N> zeros() {
  Floats<N> values;
#pragma unroll
  for (int i = 0; i < N; i++) values.of[i] = 0.0f;
  return values;
}

template <int N> __device__ __forceinline__ void add_to(float* to, const Floats<N>& added) {
  auto values = load<N>(to);
#pragma unroll
  for (int i = 0; i < N; i++) values.of[i] += added.of[i];
  store(to, values);
}

/** gradient LeakyReLU'(out). */
template <int N> __device__ __forceinline__ Floats<N> before_leaky(Floats<N> gradient, const Floats<N>& out) {
#pragma unroll
  for (int i = 0; i < N; i++) gradient.of[i] *= out.of[i] > 0.0f ? 1.0f : 0.01f;
  return gradient;
}

/** A place among pairs sorted by the row of one side: which pair, and which row. */
struct Place {
  long long pair;
  unsigned row;
};

/** Pairs sorted by their row of x, or of y. */
template <bool Y> struct SortedPairs {
  Pairs pairs;
  int x_rows;
  FeistelPermutation permutation;

  __device__ __forceinline__ SortedPairs(const Pairs& of, int rows)
      : pairs(of), x_rows(rows), permutation(Y && of.code == pairing_permuted_samples
                                                 ? FeistelPermutation(of.all, of.keys())
                                                 : FeistelPermutation()) {}

  __device__ __forceinline__ unsigned row(long long k) const {
    if (pairs.code == pairing_all) return unsigned(k / (Y ? x_rows : pairs.y_rows));
    return Y ? pairs.list[pairs.list[k].w].y : pairs.list[pairs.list[k].z].x;
  }

  __device__ __forceinline__ Place at(long long k) const {
    if (pairs.code == pairing_all) {
      if (!Y) return {k, unsigned(k / pairs.y_rows)};
      return {k % x_rows * pairs.y_rows + k / x_rows, unsigned(k / x_rows)};
    }
    if (!Y) return {pairs.list[k].z, unsigned(pairs.list[pairs.list[k].z].x)};
    const int sample = pairs.list[k].w;
    const long long pair = pairs.code == pairing_permuted_samples ? (long long)permutation.invert(sample) : sample;
    return {pair, unsigned(pairs.list[sample].y)};
  }

  __device__ __forceinline__ bool same_row(long long k, long long other) const { return row(k) == row(other); }
};

/** Neighbouring places that one warp adds up. */
struct Stretch {
  long long begin, end;
  bool continues, goes_on;  // whether its first row began before, whether its last row goes on behind

  template <bool Y>
  __device__ __forceinline__ Stretch(const SortedPairs<Y>& sorted, long long index, int size)
      : begin(index * size), end(min(begin + size, sorted.pairs.all)),
        continues(begin > 0 && sorted.same_row(begin - 1, begin)),
        goes_on(end < sorted.pairs.all && sorted.same_row(end - 1, end)) {}
};

/**
 * Adds up gradients of the pairs first to first + count of a stretch, row by row in the sorted order. Rows that lie within it are
 * added to their gradient, parts of others are put aside: parts [2, stretches, width], those of rows that began before first.
 */
template <bool Y, int N>
__device__ __forceinline__ void gather_stretch(const Pairs& pairs, int x_rows, long long first, long long count,
                                               const float* out, int out_stride, float* gradient, int gradient_stride,
                                               float* target, int target_stride, int width, float* parts, int size,
                                               long long stretches) {
  constexpr int batch = 4;
  const long long index = (long long)blockIdx.x * warps_of_block + threadIdx.x / 32;
  const int column = (blockIdx.y * 32 + threadIdx.x % 32) * N;
  if (index >= stretches || column >= width) return;
  const SortedPairs<Y> sorted(pairs, x_rows);
  const Stretch stretch(sorted, index, size);
  Floats<N> sum = zeros<N>();
  bool any = false, first_run = true;
  unsigned row = sorted.row(stretch.begin);
  const auto finish = [&](bool last_run) {
    if (first_run && stretch.continues)
      store(parts + size_t(index) * width + column, sum);
    else if (last_run && stretch.goes_on)
      store(parts + size_t(stretches + index) * width + column, sum);
    else if (any)
      add_to<N>(target + size_t(row) * target_stride + column, sum);
  };
  for (long long from = stretch.begin; from < stretch.end; from += batch) {
    Place places[batch];
    Floats<N> values[batch];
    bool inside[batch];
#pragma unroll
    for (int i = 0; i < batch; i++) {
      places[i] = sorted.at(min(from + i, stretch.end - 1));
      const long long pair = places[i].pair - first;
      inside[i] = from + i < stretch.end && pair >= 0 && pair < count;
      values[i] = inside[i] ? load<N>(gradient + size_t(pair) * gradient_stride + column) : zeros<N>();
    }
#pragma unroll
    for (int i = 0; i < batch; i++) {
      if constexpr (!Y) {
        if (inside[i]) {
          const size_t pair = places[i].pair - first;
          values[i] = before_leaky<N>(values[i], load<N>(out + pair * out_stride + column));
          store(gradient + pair * gradient_stride + column, values[i]);
        }
      }
      if (places[i].row != row) {
        finish(false);
        sum = zeros<N>();
        any = false;
        first_run = false;
        row = places[i].row;
      }
      if (inside[i]) {
        any = true;
#pragma unroll
        for (int j = 0; j < N; j++) sum.of[j] += values[i].of[j];
      }
    }
  }
  finish(true);
}

/** Adds what gather_stretch put aside of each row to its gradient, by the stretch that the row begins in. */
template <bool Y, int N>
__device__ __forceinline__ void join_stretches(const Pairs& pairs, int x_rows, float* target, int target_stride, int width,
                                               const float* parts, int size, long long stretches) {
  const long long index = (long long)blockIdx.x * warps_of_block + threadIdx.x / 32;
  const int column = (blockIdx.y * 32 + threadIdx.x % 32) * N;
  if (index >= stretches || column >= width) return;
  const SortedPairs<Y> sorted(pairs, x_rows);
  const Stretch stretch(sorted, index, size);
  const bool begins_before = stretch.continues && sorted.same_row(stretch.begin, stretch.end - 1);
  if (!stretch.goes_on || begins_before) return;
  const unsigned row = sorted.row(stretch.end - 1);
  auto sum = load<N>(parts + size_t(stretches + index) * width + column);
  long long next = index + 1;
  while (next * size < pairs.all && sorted.row(next * size) == row) {
    const auto part = load<N>(parts + size_t(next) * width + column);
#pragma unroll
    for (int i = 0; i < N; i++) sum.of[i] += part.of[i];
    next++;
  }
  add_to<N>(target + size_t(row) * target_stride + column, sum);
}

}  // namespace

/**
 * out[i] = LeakyReLU(x[x row] + y[y row]) of pair first + i; out [count, width]. Blocks of 256 threads, any grid in x.
 *
 * @param code which pairing, see PairingCode; all its pairs in number
 * @param list [all] x row, y row, pairs by x row, pairs by y row; null where the pairing has none
 * @param y_rows across which pairing_all goes
 */
extern "C" __global__ void __launch_bounds__(256)
pair_rows(const float* x, int x_stride, const float* y, int y_stride, int code, const int* current, const int* list,
          long long all, int y_rows, long long first, float* out, int out_stride, long long count, int width) {
  const Pairs pairs = {code, current, reinterpret_cast<const int4*>(list), all, y_rows};
  const auto walk = [&](auto columns) {
    constexpr int N = decltype(columns)::value;
    each_pair<N>(pairs, first, count, width, [&](long long i, RowPair rows, int column) {
      auto values = load<N>(x + size_t(rows.x) * x_stride + column);
      const auto others = load<N>(y + size_t(rows.y) * y_stride + column);
#pragma unroll
      for (int j = 0; j < N; j++) {
        const float sum = values.of[j] + others.of[j];
        values.of[j] = sum > 0.0f ? sum : 0.01f * sum;
      }
      store(out + size_t(i) * out_stride + column, values);
    });
  };
  if (width % 4 == 0 && rows_aligned(x, x_stride) && rows_aligned(y, y_stride) && rows_aligned(out, out_stride))
    walk(Count<4>());
  else
    walk(Count<1>());
}

/**
 * Backward of pair_rows where no two pairs share a row of x or of y: gradient *= LeakyReLU'(out), added to grad_x[x row] and
 * grad_y[y row]. Blocks of 256 threads, any grid in x.
 */
extern "C" __global__ void __launch_bounds__(256)
pair_rows_backward(const float* out, int out_stride, float* gradient, int gradient_stride, int code, const int* current,
                   long long all, long long first, long long count, int width, float* grad_x, int x_stride, float* grad_y,
                   int y_stride) {
  const Pairs pairs = {code, current, nullptr, all, 1};
  const auto walk = [&](auto columns) {
    constexpr int N = decltype(columns)::value;
    each_pair<N>(pairs, first, count, width, [&](long long i, RowPair rows, int column) {
      float* const at = gradient + size_t(i) * gradient_stride + column;
      const auto values = before_leaky<N>(load<N>(at), load<N>(out + size_t(i) * out_stride + column));
      store(at, values);
      add_to<N>(grad_x + size_t(rows.x) * x_stride + column, values);
      add_to<N>(grad_y + size_t(rows.y) * y_stride + column, values);
    });
  };
  if (width % 4 == 0 && rows_aligned(out, out_stride) && rows_aligned(gradient, gradient_stride) &&
      rows_aligned(grad_x, x_stride) && rows_aligned(grad_y, y_stride))
    walk(Count<4>());
  else
    walk(Count<1>());
}

/**
 * Backward of pair_rows, its half for x: gradient *= LeakyReLU'(out), added up for each row of x. A row that many pairs take is
 * cut into stretches of the pairs sorted by row. Blocks of 256 threads, a warp for each stretch and 32 columns (128 where vector
 * is 1): grid (ceil(stretches / 8), ceil(width / those)).
 *
 * @param x_rows of pairing_all
 * @param parts [2, stretches, width] working memory
 * @param size places of a stretch
 * @param vector 1 when rows of all matrices can be read as float4
 */
extern "C" __global__ void __launch_bounds__(256)
pair_gather_x(int code, const int* current, const int* list, long long all, int x_rows, int y_rows, long long first,
              long long count, const float* out, int out_stride, float* gradient, int gradient_stride, float* grad_x,
              int x_stride, int width, float* parts, int size, long long stretches, int vector) {
  const Pairs pairs = {code, current, reinterpret_cast<const int4*>(list), all, y_rows};
  if (vector)
    gather_stretch<false, 4>(pairs, x_rows, first, count, out, out_stride, gradient, gradient_stride, grad_x, x_stride,
                             width, parts, size, stretches);
  else
    gather_stretch<false, 1>(pairs, x_rows, first, count, out, out_stride, gradient, gradient_stride, grad_x, x_stride,
                             width, parts, size, stretches);
}

/** The half for y, after pair_gather_x, whose gradient it reads. */
extern "C" __global__ void __launch_bounds__(256)
pair_gather_y(int code, const int* current, const int* list, long long all, int x_rows, int y_rows, long long first,
              long long count, float* gradient, int gradient_stride, float* grad_y, int y_stride, int width, float* parts,
              int size, long long stretches, int vector) {
  const Pairs pairs = {code, current, reinterpret_cast<const int4*>(list), all, y_rows};
  if (vector)
    gather_stretch<true, 4>(pairs, x_rows, first, count, nullptr, 0, gradient, gradient_stride, grad_y, y_stride, width,
                            parts, size, stretches);
  else
    gather_stretch<true, 1>(pairs, x_rows, first, count, nullptr, 0, gradient, gradient_stride, grad_y, y_stride, width,
                            parts, size, stretches);
}

/** What pair_gather_x (by_y 0) or pair_gather_y put aside, added to the gradients of its rows. The same grid. */
extern "C" __global__ void __launch_bounds__(256)
pair_join(int by_y, int code, const int* list, long long all, int x_rows, int y_rows, float* target, int target_stride,
          int width, const float* parts, int size, long long stretches, int vector) {
  // Which row a place has does not depend on the permutation: the list of samples says.
  const Pairs pairs = {code == pairing_all ? pairing_all : pairing_listed, nullptr, reinterpret_cast<const int4*>(list), all,
                       y_rows};
  if (by_y) {
    if (vector)
      join_stretches<true, 4>(pairs, x_rows, target, target_stride, width, parts, size, stretches);
    else
      join_stretches<true, 1>(pairs, x_rows, target, target_stride, width, parts, size, stretches);
  } else {
    if (vector)
      join_stretches<false, 4>(pairs, x_rows, target, target_stride, width, parts, size, stretches);
    else
      join_stretches<false, 1>(pairs, x_rows, target, target_stride, width, parts, size, stretches);
  }
}
