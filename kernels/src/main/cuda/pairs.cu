// The split first layer of a critic: which row of x meets which row of y, the sum of both under LeakyReLU, and its backward pass.
//
// Bytes at the published shape, 300,000 rows of width 768 with their own and with permuted ones, 0.46 GB a matrix of rows in bf16:
// forward gathers four and writes two (2.8 GB, 0.66 ms at 4.2 TB/s, less where projected rows come from the second-level cache);
// backward of both pairings at once reads three and writes two (2.3 GB, 0.55 ms). float32 takes twice that. Backward of one
// pairing whose rows are distinct reads one and reads and writes both gradients of rows, of rows that repeat reads two.
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
template <bool Y, int N, typename T>
__device__ __forceinline__ void gather_stretch(const Pairs& pairs, int x_rows, long long first, long long count,
                                               const T* gradient, int gradient_stride, float* target, int target_stride,
                                               int width, float* parts, int size, long long stretches) {
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

/** gather_stretch of a gradient of any kind; with vector 1 its rows, and those of target, can be read 16 bytes at a time. */
template <bool Y>
__device__ __forceinline__ void gather_rows_of(const Pairs& pairs, int x_rows, long long first, long long count,
                                               const void* gradient, int kind, int gradient_stride, float* target,
                                               int target_stride, int width, float* parts, int size, long long stretches,
                                               int vector) {
  const auto gather = [&](auto columns, const auto* from) {
    gather_stretch<Y, decltype(columns)::value>(pairs, x_rows, first, count, from, gradient_stride, target, target_stride,
                                                width, parts, size, stretches);
  };
  const float* const floats = static_cast<const float*>(gradient);
  const uint16_t* const rounded = static_cast<const uint16_t*>(gradient);
  if (kind == element_f32) {
    if (vector)
      gather(Count<4>(), floats);
    else
      gather(Count<1>(), floats);
  } else {
    if (vector)
      gather(Count<8>(), rounded);
    else
      gather(Count<1>(), rounded);
  }
}

/** Forward of pairs whose projections are of one kind, as many columns at a time as 16 bytes of them hold. */
template <typename T, typename U>
__device__ __forceinline__ void pairs_of(const T* x, int x_stride, const T* y, int y_stride, const Pairs& pairs,
                                         long long first, U* out, int out_stride, long long count, int width) {
  const PairRows taken(pairs);
  const auto walk = [&](auto columns) {
    constexpr int N = decltype(columns)::value;
    each_pair<N>(taken, first, count, width, [&](long long i, RowPair rows, int column) {
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
  constexpr int wide = vector_of<T>;
  if (width % wide == 0 && rows_aligned(x, x_stride) && rows_aligned(y, y_stride) && rows_aligned(out, out_stride))
    walk(Count<wide>());
  else
    walk(Count<1>());
}

/** Backward of distinct rows, of gradients of either kind. */
template <typename T>
__device__ __forceinline__ void distinct_backward(const T* gradient, int gradient_stride, const Pairs& pairs, long long first,
                                                  long long count, int width, float* grad_x, int x_stride, float* grad_y,
                                                  int y_stride) {
  const PairRows taken(pairs);
  const auto walk = [&](auto columns) {
    constexpr int N = decltype(columns)::value;
    each_pair<N>(taken, first, count, width, [&](long long i, RowPair rows, int column) {
      const auto values = load<N>(gradient + size_t(i) * gradient_stride + column);
      add_to<N>(grad_x + size_t(rows.x) * x_stride + column, values);
      add_to<N>(grad_y + size_t(rows.y) * y_stride + column, values);
    });
  };
  constexpr int wide = vector_of<T>;
  if (width % wide == 0 && rows_aligned(gradient, gradient_stride) && rows_aligned(grad_x, x_stride) &&
      rows_aligned(grad_y, y_stride))
    walk(Count<wide>());
  else
    walk(Count<1>());
}

/** Backward of the own and the permuted pairs of all rows at once, gradients of one kind. */
template <typename T>
__device__ __forceinline__ void both_backward(const T* own, const T* permuted, int gradient_stride, const TakenRows& taken,
                                              long long rows_of_all, int width, T* grad_x, int x_stride, T* grad_y,
                                              int y_stride) {
  const auto walk = [&](auto columns) {
    constexpr int N = decltype(columns)::value;
    each_pair<N>(taken, 0, rows_of_all, width, [&](long long row, RowPair rows, int column) {
      auto towards_x = load<N>(own + size_t(row) * gradient_stride + column);
      const auto of_x = load<N>(permuted + size_t(rows.x) * gradient_stride + column);
      const auto of_y = load<N>(permuted + size_t(rows.y) * gradient_stride + column);
      auto towards_y = towards_x;
#pragma unroll
      for (int j = 0; j < N; j++) {
        towards_x.of[j] += of_x.of[j];
        towards_y.of[j] += of_y.of[j];
      }
      store(grad_x + size_t(row) * x_stride + column, towards_x);
      store(grad_y + size_t(row) * y_stride + column, towards_y);
    });
  };
  constexpr int wide = vector_of<T>;
  if (width % wide == 0 && rows_aligned(own, gradient_stride) && rows_aligned(permuted, gradient_stride) &&
      rows_aligned(grad_x, x_stride) && rows_aligned(grad_y, y_stride))
    walk(Count<wide>());
  else
    walk(Count<1>());
}

}  // namespace

/**
 * out[i] = LeakyReLU(x[x row] + y[y row]) of pair first + i; out [count, width]. Blocks of 256 threads, any grid in x.
 *
 * @param kind of x and y, see ElementKind
 * @param out_kind bf16 where x and y are bf16
 * @param code which pairing, see PairingCode; all its pairs in number
 * @param list [all] x row, y row, pairs by x row, pairs by y row; null where the pairing has none
 * @param y_rows across which pairing_all goes
 */
extern "C" __global__ void __launch_bounds__(256)
pair_rows(const void* x, int x_stride, const void* y, int y_stride, int kind, int code, const int* current, const int* list,
          long long all, int y_rows, long long first, void* out, int out_kind, int out_stride, long long count, int width) {
  const Pairs pairs = {code, current, reinterpret_cast<const int4*>(list), all, y_rows};
  if (kind == element_f32 && out_kind == element_f32)
    pairs_of(static_cast<const float*>(x), x_stride, static_cast<const float*>(y), y_stride, pairs, first,
             static_cast<float*>(out), out_stride, count, width);
  else if (kind == element_f32)
    pairs_of(static_cast<const float*>(x), x_stride, static_cast<const float*>(y), y_stride, pairs, first,
             static_cast<uint16_t*>(out), out_stride, count, width);
  else
    pairs_of(static_cast<const uint16_t*>(x), x_stride, static_cast<const uint16_t*>(y), y_stride, pairs, first,
             static_cast<uint16_t*>(out), out_stride, count, width);
}

/**
 * Backward of the sums of pair_rows where no two pairs share a row of x or of y: the gradient is added to grad_x[x row] and
 * grad_y[y row]. Blocks of 256 threads, any grid in x.
 *
 * @param kind of the gradient [count, width]
 */
extern "C" __global__ void __launch_bounds__(256)
pair_rows_backward(const void* gradient, int kind, int gradient_stride, int code, const int* current, long long all,
                   long long first, long long count, int width, float* grad_x, int x_stride, float* grad_y, int y_stride) {
  const Pairs pairs = {code, current, nullptr, all, 1};
  if (kind == element_f32)
    distinct_backward(static_cast<const float*>(gradient), gradient_stride, pairs, first, count, width, grad_x, x_stride,
                      grad_y, y_stride);
  else
    distinct_backward(static_cast<const uint16_t*>(gradient), gradient_stride, pairs, first, count, width, grad_x, x_stride,
                      grad_y, y_stride);
}

/**
 * Backward of the sums of pair_rows over all rows paired with their own, then with those of this step's permutation:
 * grad_x[r] = own[r] + permuted[r], grad_y[r] = own[r] + permuted[i], i the pair that takes row r of y. Blocks of 256 threads,
 * any grid in x.
 *
 * @param kind of all four [rows, width]
 */
extern "C" __global__ void __launch_bounds__(256)
pair_rows_both_backward(const void* own, const void* permuted, int kind, int gradient_stride, const int* current,
                        long long rows, int width, void* grad_x, int x_stride, void* grad_y, int y_stride) {
  const TakenRows taken = {FeistelPermutation(rows, reinterpret_cast<const CurrentStep*>(current)->keys)};
  if (kind == element_f32)
    both_backward(static_cast<const float*>(own), static_cast<const float*>(permuted), gradient_stride, taken, rows, width,
                  static_cast<float*>(grad_x), x_stride, static_cast<float*>(grad_y), y_stride);
  else
    both_backward(static_cast<const uint16_t*>(own), static_cast<const uint16_t*>(permuted), gradient_stride, taken, rows,
                  width, static_cast<uint16_t*>(grad_x), x_stride, static_cast<uint16_t*>(grad_y), y_stride);
}

/**
 * Backward of the sums of pair_rows, its half for x: the gradient added up for each row of x. A row that many pairs take is cut
 * into stretches of the pairs sorted by row. Blocks of 256 threads, a warp for each stretch and 32 columns; where vector is 1, 128
 * of float32 and 256 of bf16: grid (ceil(stretches / 8), ceil(width / those)). Two blocks a multiprocessor: for three the compiler of
 * CUDA 12.0 spills.
 *
 * @param x_rows of pairing_all
 * @param kind of the gradient [count, width]
 * @param parts [2, stretches, width] working memory
 * @param size places of a stretch
 * @param vector 1 when rows of all matrices can be read 16 bytes at a time
 */
extern "C" __global__ void __launch_bounds__(256, 2)
pair_gather_x(int code, const int* current, const int* list, long long all, int x_rows, int y_rows, long long first,
              long long count, const void* gradient, int kind, int gradient_stride, float* grad_x, int x_stride, int width,
              float* parts, int size, long long stretches, int vector) {
  const Pairs pairs = {code, current, reinterpret_cast<const int4*>(list), all, y_rows};
  gather_rows_of<false>(pairs, x_rows, first, count, gradient, kind, gradient_stride, grad_x, x_stride, width, parts, size,
                        stretches, vector);
}

/** The half for y. */
extern "C" __global__ void __launch_bounds__(256, 2)
pair_gather_y(int code, const int* current, const int* list, long long all, int x_rows, int y_rows, long long first,
              long long count, const void* gradient, int kind, int gradient_stride, float* grad_y, int y_stride, int width,
              float* parts, int size, long long stretches, int vector) {
  const Pairs pairs = {code, current, reinterpret_cast<const int4*>(list), all, y_rows};
  gather_rows_of<true>(pairs, x_rows, first, count, gradient, kind, gradient_stride, grad_y, y_stride, width, parts, size,
                       stretches, vector);
}

/**
 * What pair_gather_x (by_y 0) or pair_gather_y put aside, added to the gradients of its rows. A warp for each stretch and 32
 * columns, 128 where vector is 1.
 */
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
