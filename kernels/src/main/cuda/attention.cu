// Causal attention over the paths of a prefix batch, softmax taken as the keys pass by (Milakov and Gimelshein 2018): nothing of
// the size T x T exists.
//
// A sequence b reads key and value of position p in row path[b T + p] and owns the queries of positions first_position[b] to
// T - 1, rows first_row[b] and on. Which keys share a sum follows from their positions alone, so that a row's bits do not depend
// on what else the batch holds.
//
// Bytes: queries, keys, values are read and out is written once from device memory, 16 d a row of float32, 8 d of bf16 (12.8 kB at
// GPT-2 XL's d = 1600); keys and values of shared prefixes come from the caches. A warp asks for all rows of its sequence before it
// computes with the first, 3 kB at T = 8, so that 20 warps of a multiprocessor have more under way than the memory's latency needs. Flop: 4 d a visible key, at T = 8 at most 51 kflop a row, about
// nothing; from some thousand tokens on they decide, and attention_tiles_* is bound by float32 arithmetic.
#include "elements.cuh"

namespace {

/** What attention is given, all four matrices of one kind of element: float or Bf16. */
template <typename Element> struct Attention {
  /** Elements that a thread takes at a time, 16 bytes. */
  static constexpr int vector = 16 / sizeof(Element);

  const Element *queries, *keys, *values;
  Element* out;
  const int *first_position, *first_row, *path;
  int query_stride, key_stride, value_stride, out_stride;
  int tokens, heads, per_group, head_dim, window;
  float scale, cap;

  __device__ __forceinline__ float score(float dot) const {
    const float scaled = scale * dot;
    return cap > 0.0f ? cap * tanhf(scaled * (1.0f / cap)) : scaled;
  }
  __device__ __forceinline__ int first_visible(int position) const {
    return window > 0 && position >= window ? position - window + 1 : 0;
  }
  __device__ __forceinline__ bool aligned() const {
    constexpr int kind = sizeof(Element) == 4 ? element_f32 : element_bf16;
    return head_dim % vector == 0 && rows_aligned<vector>(queries, kind, query_stride) &&
           rows_aligned<vector>(keys, kind, key_stride) && rows_aligned<vector>(values, kind, value_stride) &&
           rows_aligned<vector>(out, kind, out_stride);
  }
};

/** Factor on sums that were taken relative to `before` when they become relative to `now`; 1, not NaN, for two infinities. */
__device__ __forceinline__ float rescale(float before, float now) { return before == now ? 1.0f : expf(before - now); }

/** Weight of a score; 0 for minus infinity even when the greatest is minus infinity too. NaN stays NaN. */
__device__ __forceinline__ float weight_of(float score, float greatest) {
  return score == -INFINITY ? 0.0f : expf(score - greatest);
}

// ---- one warp a row and head ----------------------------------------------------------------------------------------------

/**
 * One row and head by one warp. Lanes side by side share a key, each with Chunks times N of its columns; 32 / Lanes keys are
 * taken at once, each group of lanes with a running softmax of its own, joined at the end.
 */
template <int Lanes, int Chunks, int N, typename Element>
__device__ __forceinline__ void attend_row(const Attention<Element>& a, const int* path, int position, size_t row,
                                           int head) {
  constexpr int groups = 32 / Lanes;
  const int lane = threadIdx.x % 32, group = lane / Lanes;
  const int first_column = lane % Lanes * N;
  const Element* const query = a.queries + row * a.query_stride + size_t(head) * a.head_dim;
  const size_t kv_column = size_t(head / a.per_group) * a.head_dim;

  Floats<N> q[Chunks], sum[Chunks];
#pragma unroll
  for (int chunk = 0; chunk < Chunks; chunk++) {
    const int column = first_column + chunk * Lanes * N;
    q[chunk] = column < a.head_dim ? load<N>(query + column) : Floats<N>{};
    sum[chunk] = {};
  }
  float greatest = -INFINITY, total = 0.0f;
  const int first = a.first_visible(position);
  for (int begin = first / groups * groups; begin <= position; begin += groups) {
    const int at = begin + group;
    const bool visible = at >= first && at <= position;
    const size_t kv_row = path[visible ? at : position];
    const Element* const key = a.keys + kv_row * a.key_stride + kv_column;
    const Element* const value = a.values + kv_row * a.value_stride + kv_column;
    Floats<N> v[Chunks];
    float dot = 0.0f;
#pragma unroll
    for (int chunk = 0; chunk < Chunks; chunk++) {
      const int column = first_column + chunk * Lanes * N;
      if (column < a.head_dim) {
        const auto k = load<N>(key + column);
        v[chunk] = load<N>(value + column);
#pragma unroll
        for (int i = 0; i < N; i++) dot = fmaf(q[chunk].of[i], k.of[i], dot);
      } else {
        v[chunk] = {};
      }
    }
#pragma unroll
    for (int offset = Lanes / 2; offset > 0; offset /= 2) dot += __shfl_xor_sync(0xffffffffu, dot, offset);
    if (visible) {
      const float score = a.score(dot), now = fmaxf(greatest, score);
      const float keep = rescale(greatest, now), weight = weight_of(score, now);
      greatest = now;
      total = fmaf(total, keep, weight);
#pragma unroll
      for (int chunk = 0; chunk < Chunks; chunk++)
#pragma unroll
        for (int i = 0; i < N; i++) sum[chunk].of[i] = fmaf(weight, v[chunk].of[i], sum[chunk].of[i] * keep);
    }
  }
#pragma unroll
  for (int offset = Lanes; offset < 32; offset *= 2) {
    const float other = __shfl_xor_sync(0xffffffffu, greatest, offset);
    const float now = fmaxf(greatest, other), keep = rescale(greatest, now), take = rescale(other, now);
    greatest = now;
    total = total * keep + __shfl_xor_sync(0xffffffffu, total, offset) * take;
#pragma unroll
    for (int chunk = 0; chunk < Chunks; chunk++)
#pragma unroll
      for (int i = 0; i < N; i++)
        sum[chunk].of[i] = sum[chunk].of[i] * keep + __shfl_xor_sync(0xffffffffu, sum[chunk].of[i], offset) * take;
  }
  if (group == 0) {
    const float inverse = 1.0f / total;
    Element* const out = a.out + row * a.out_stride + size_t(head) * a.head_dim;
#pragma unroll
    for (int chunk = 0; chunk < Chunks; chunk++) {
      const int column = first_column + chunk * Lanes * N;
#pragma unroll
      for (int i = 0; i < N; i++) sum[chunk].of[i] *= inverse;
      if (column < a.head_dim) store(out + column, sum[chunk]);
    }
  }
}

/** Asks for a head's part of some rows, a line a lane. */
template <typename Element>
__device__ __forceinline__ void prefetch_rows(const Element* head, size_t stride, int rows, int head_dim) {
  constexpr int line = 128 / sizeof(Element);
  const int across = (head_dim + line - 1) / line;
  for (int i = threadIdx.x % 32; i < rows * across; i += 32) prefetch(head + i / across * stride + i % across * line);
}

template <int Lanes, int Chunks, int N, typename Element>
__device__ __forceinline__ void attend_rows(const Attention<Element>& a) {
  const int head = blockIdx.y * 4 + threadIdx.x / 32;
  if (head >= a.heads) return;
  const size_t sequence = blockIdx.x;
  const int first = a.first_position[sequence];
  const int* const path = a.path + sequence * a.tokens;
  const size_t first_row = a.first_row[sequence];
  if (a.tokens > 1 && first < a.tokens) {
    const int rows = min(a.tokens - first, 32);
    const size_t kv_row = path[first], kv_column = size_t(head / a.per_group) * a.head_dim;
    prefetch_rows(a.queries + first_row * a.query_stride + size_t(head) * a.head_dim, a.query_stride, rows, a.head_dim);
    prefetch_rows(a.keys + kv_row * a.key_stride + kv_column, a.key_stride, rows, a.head_dim);
    prefetch_rows(a.values + kv_row * a.value_stride + kv_column, a.value_stride, rows, a.head_dim);
  }
  for (int position = first; position < a.tokens; position++)
    attend_row<Lanes, Chunks, N>(a, path, position, first_row + position - first, head);
}

/** Columns of a lane: PerLane, 16 bytes at a time or one by one. */
template <int Lanes, int PerLane, typename Element> __device__ __forceinline__ void attend_rows(const Attention<Element>& a) {
  constexpr int vector = Attention<Element>::vector;
  if (a.aligned())
    attend_rows<Lanes, PerLane / vector, vector>(a);
  else
    attend_rows<Lanes, PerLane, 1>(a);
}

// ---- tiles of 64 queries and their keys -------------------------------------------------------------------------------------

/**
 * 64 queries of one sequence and head by 256 threads, tiles of Keys keys passing through shared memory: thread (y, x) of 16 x 16
 * has queries 4 y to 4 y + 3, keys x + 16 j, columns 4 x + 64 u of the sums. Heads narrower than Dim are padded with zeros.
 */
template <int Dim, int Keys> struct Tiles {
  static constexpr int queries = 64, stride = Dim + 4, weight_stride = Keys + 4, per_thread = Keys / 16;

  float *q, *k, *v, *weights;  // [64, Dim], [Keys, Dim], [Keys, Dim], [64, Keys], rows padded by four

  __device__ __forceinline__ explicit Tiles(unsigned char* shared) {
    q = reinterpret_cast<float*>(shared);
    k = q + queries * stride;
    v = k + Keys * stride;
    weights = v + Keys * stride;
  }

  /**
   * Starts bringing `count` rows of a head; row r comes from matrix row rows[r], or first + r without rows; the rest is 0. Bf16 is
   * widened on the way, through registers.
   */
  template <bool Aligned, int Height, typename Element>
  __device__ __forceinline__ void bring(float* to, const Element* from, int from_stride, const int* rows, size_t first,
                                        int count, int head_dim) const {
    constexpr int size = Aligned ? Attention<Element>::vector : 1, width = Dim / size;
    for (int i = threadIdx.x; i < Height * width; i += 256) {
      const int r = i / width, column = i % width * size;
      const bool valid = r < count && column < head_dim;
      const size_t row = !valid ? 0 : rows ? rows[r] : first + r;
      const Element* const source = valid ? from + row * from_stride + column : from;
      if constexpr (Aligned && size == 4)
        copy_async_16(to + r * stride + column, source, valid);
      else
        store(to + r * stride + column, valid ? load<size>(source) : Floats<size>{});
    }
  }

  /** Dot products of this thread's queries and keys. */
  __device__ __forceinline__ void products(float (&dots)[4][per_thread]) const {
    const int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
    for (int i = 0; i < 4; i++)
#pragma unroll
      for (int j = 0; j < per_thread; j++) dots[i][j] = 0.0f;
#pragma unroll 1
    for (int column = 0; column < Dim; column += 4) {
      Floats<4> left[4];
#pragma unroll
      for (int i = 0; i < 4; i++) left[i] = load<4>(q + (4 * y + i) * stride + column);
#pragma unroll
      for (int j = 0; j < per_thread; j++) {
        const auto right = load<4>(k + (x + 16 * j) * stride + column);
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
          for (int c = 0; c < 4; c++) dots[i][j] = fmaf(left[i].of[c], right.of[c], dots[i][j]);
      }
    }
  }

  /**
   * Adds the values, weighted. Masked: query i adds only keys from[i] to to[i] of the tile, since 0 times a value that is not
   * finite would reach rows which do not see it.
   */
  template <bool Masked>
  __device__ __forceinline__ void add_values(float (&sums)[4][Dim / 16], const int (&from)[4], const int (&to)[4]) const {
    const int x = threadIdx.x % 16, y = threadIdx.x / 16;
    for (int key = 0; key < Keys; key += 4) {
      Floats<4> weight[4];
#pragma unroll
      for (int i = 0; i < 4; i++) weight[i] = load<4>(weights + (4 * y + i) * weight_stride + key);
#pragma unroll
      for (int step = 0; step < 4; step++)
#pragma unroll
        for (int u = 0; u < Dim / 64; u++) {
          const auto value = load<4>(v + (key + step) * stride + 4 * x + 64 * u);
#pragma unroll
          for (int i = 0; i < 4; i++)
            if (!Masked || (key + step >= from[i] && key + step <= to[i])) {
#pragma unroll
              for (int c = 0; c < 4; c++)
                sums[i][4 * u + c] = fmaf(weight[i].of[step], value.of[c], sums[i][4 * u + c]);
            }
        }
    }
  }

  template <bool Aligned, typename Element>
  __device__ __forceinline__ void attend(const Attention<Element>& a, size_t sequence, int tile) const {
    const int x = threadIdx.x % 16, y = threadIdx.x / 16, head = blockIdx.y;
    const int owned = a.first_position[sequence];
    const int first = owned + tile * queries;
    if (first >= a.tokens) return;
    const int count = min(queries, a.tokens - first);
    const size_t first_row = size_t(a.first_row[sequence]) + first - owned;
    const int* const path = a.path + sequence * a.tokens;
    const size_t column = size_t(head) * a.head_dim, kv_column = size_t(head / a.per_group) * a.head_dim;
    const Element* const key_head = a.keys + kv_column;
    const Element* const value_head = a.values + kv_column;
    const int last = first + count - 1;

    float greatest[4], total[4], sums[4][Dim / 16];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      greatest[i] = -INFINITY;
      total[i] = 0.0f;
#pragma unroll
      for (int c = 0; c < Dim / 16; c++) sums[i][c] = 0.0f;
    }
    // Tiles begin at multiples of Keys, whatever the queries are.
    int begin = a.first_visible(first) / Keys * Keys;
    bring<Aligned, queries>(q, a.queries + column, a.query_stride, nullptr, first_row, count, a.head_dim);
    bring<Aligned, Keys>(k, key_head, a.key_stride, path + begin, 0, a.tokens - begin, a.head_dim);
    copy_async_commit();
    for (; begin <= last; begin += Keys) {
      copy_async_wait<0>();
      __syncthreads();  // the keys are there; nobody needs the values before any more
      bring<Aligned, Keys>(v, value_head, a.value_stride, path + begin, 0, a.tokens - begin, a.head_dim);
      copy_async_commit();
      float dots[4][per_thread];
      products(dots);
      int from[4], to[4];
      bool masked = false;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int position = first + 4 * y + i;
        from[i] = a.first_visible(position) - begin;
        to[i] = position - begin;
        masked = masked || from[i] > 0 || to[i] < Keys - 1;
        float now = greatest[i];
#pragma unroll
        for (int j = 0; j < per_thread; j++) {
          dots[i][j] = a.score(dots[i][j]);
          const int key = x + 16 * j;
          if (key >= from[i] && key <= to[i]) now = fmaxf(now, dots[i][j]);
        }
#pragma unroll
        for (int offset = 8; offset > 0; offset /= 2) now = fmaxf(now, __shfl_xor_sync(0xffffffffu, now, offset));
        const float keep = rescale(greatest[i], now);
        greatest[i] = now;
        total[i] *= keep;
#pragma unroll
        for (int c = 0; c < Dim / 16; c++) sums[i][c] *= keep;
#pragma unroll
        for (int j = 0; j < per_thread; j++) {
          const int key = x + 16 * j;
          const float weight = key >= from[i] && key <= to[i] ? weight_of(dots[i][j], now) : 0.0f;
          total[i] += weight;
          weights[(4 * y + i) * weight_stride + key] = weight;
        }
      }
      copy_async_wait<0>();
      __syncthreads();  // weights and values are there; nobody needs these keys any more
      if (begin + Keys <= last) {
        bring<Aligned, Keys>(k, key_head, a.key_stride, path + begin + Keys, 0, a.tokens - begin - Keys, a.head_dim);
        copy_async_commit();
      }
      if (masked)
        add_values<true>(sums, from, to);
      else
        add_values<false>(sums, from, to);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float all = total[i];
#pragma unroll
      for (int offset = 8; offset > 0; offset /= 2) all += __shfl_xor_sync(0xffffffffu, all, offset);
      const float inverse = 1.0f / all;
      const int r = 4 * y + i;
      if (r < count) {
        Element* const out = a.out + (first_row + r) * a.out_stride + column;
#pragma unroll
        for (int u = 0; u < Dim / 64; u++) {
          Floats<4> values;
#pragma unroll
          for (int c = 0; c < 4; c++) values.of[c] = sums[i][4 * u + c] * inverse;
          const int at = 4 * x + 64 * u;
          if constexpr (Aligned) {
            if (at < a.head_dim) store(out + at, values);
          } else {
#pragma unroll
            for (int c = 0; c < 4; c++)
              if (at + c < a.head_dim) store(out + at + c, Floats<1>{values.of[c]});
          }
        }
      }
    }
  }
};

template <int Dim, int Keys, typename Element>
__device__ __forceinline__ void attend_tiles(const Attention<Element>& a, unsigned char* shared) {
  const int tiles = (a.tokens + 63) / 64;
  const size_t sequence = blockIdx.x / unsigned(tiles);
  // The last tiles see most keys: they begin first.
  const int tile = tiles - 1 - int(blockIdx.x % unsigned(tiles));
  const Tiles<Dim, Keys> work(shared);
  if (a.aligned())
    work.template attend<true>(a, sequence, tile);
  else
    work.template attend<false>(a, sequence, tile);
}

}  // namespace

// One list of parameters for all entry points. queries, out [R, heads * head_dim]; keys, values [T + R, kvHeads * head_dim],
// kvHeads = heads / per_group; first_position, first_row [B]; path [B * T]. cap 0: no soft cap; window 0: no window. The entries
// that end in _bf16 take queries, keys and values of bf16 and round what they write to it; all sums are of float32.
#define ATTENTION_PARAMETERS(Element)                                                                                 \
  const Element *queries, int query_stride, const Element *keys, int key_stride, const Element *values,               \
      int value_stride, const int *first_position, const int *first_row, const int *path, int tokens, int heads,      \
      int per_group, int head_dim, float scale, float cap, int window, Element *out, int out_stride
#define ATTENTION(Element)                                                                                            \
  Attention<Element> {                                                                                                \
    queries, keys, values, out, first_position, first_row, path, query_stride, key_stride, value_stride, out_stride,  \
        tokens, heads, per_group, head_dim, window, scale, cap                                                        \
  }

/** A warp a row and head, head_dim to 32. Grid (B, heads / 4 rounded up), blocks of 128 threads. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_32(ATTENTION_PARAMETERS(float)) {
  attend_rows<8, 4>(ATTENTION(float));
}

/** As attention_rows_32, of bf16. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_32_bf16(ATTENTION_PARAMETERS(Bf16)) {
  attend_rows<4, 8>(ATTENTION(Bf16));
}

/** As attention_rows_32, head_dim to 64. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_64(ATTENTION_PARAMETERS(float)) {
  attend_rows<8, 8>(ATTENTION(float));
}

/** As attention_rows_64, of bf16. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_64_bf16(ATTENTION_PARAMETERS(Bf16)) {
  attend_rows<8, 8>(ATTENTION(Bf16));
}

/** As attention_rows_32, head_dim to 128. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_128(ATTENTION_PARAMETERS(float)) {
  attend_rows<8, 16>(ATTENTION(float));
}

/** As attention_rows_128, of bf16. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_128_bf16(ATTENTION_PARAMETERS(Bf16)) {
  attend_rows<8, 16>(ATTENTION(Bf16));
}

/** As attention_rows_32, head_dim to 256. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_256(ATTENTION_PARAMETERS(float)) {
  attend_rows<16, 16>(ATTENTION(float));
}

/** As attention_rows_256, of bf16. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_256_bf16(ATTENTION_PARAMETERS(Bf16)) {
  attend_rows<16, 16>(ATTENTION(Bf16));
}

/** As attention_rows_32, head_dim to 512. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_512(ATTENTION_PARAMETERS(float)) {
  attend_rows<32, 16>(ATTENTION(float));
}

/** As attention_rows_512, of bf16. */
extern "C" __global__ void __launch_bounds__(128, 1) attention_rows_512_bf16(ATTENTION_PARAMETERS(Bf16)) {
  attend_rows<32, 16>(ATTENTION(Bf16));
}

/**
 * 64 rows of a sequence and one head a block, head_dim to 64. Grid (B * tiles, heads), tiles = T / 64 rounded up; blocks of 256
 * threads; dynamic shared memory of (64 + 2 * 64) * 68 + 64 * 68 floats.
 */
extern "C" __global__ void __launch_bounds__(256, 2) attention_tiles_64(ATTENTION_PARAMETERS(float)) {
  DYNAMIC_SHARED(shared);
  attend_tiles<64, 64>(ATTENTION(float), shared);
}

/** As attention_tiles_64, of bf16. */
extern "C" __global__ void __launch_bounds__(256, 2) attention_tiles_64_bf16(ATTENTION_PARAMETERS(Bf16)) {
  DYNAMIC_SHARED(shared);
  attend_tiles<64, 64>(ATTENTION(Bf16), shared);
}

/** As attention_tiles_64, head_dim to 128; shared memory of (64 + 2 * 32) * 132 + 64 * 36 floats. */
extern "C" __global__ void __launch_bounds__(256, 2) attention_tiles_128(ATTENTION_PARAMETERS(float)) {
  DYNAMIC_SHARED(shared);
  attend_tiles<128, 32>(ATTENTION(float), shared);
}

/** As attention_tiles_128, of bf16. */
extern "C" __global__ void __launch_bounds__(256, 2) attention_tiles_128_bf16(ATTENTION_PARAMETERS(Bf16)) {
  DYNAMIC_SHARED(shared);
  attend_tiles<128, 32>(ATTENTION(Bf16), shared);
}

/** As attention_tiles_64, head_dim to 256; shared memory of (64 + 2 * 32) * 260 + 64 * 36 floats. */
extern "C" __global__ void __launch_bounds__(256, 1) attention_tiles_256(ATTENTION_PARAMETERS(float)) {
  DYNAMIC_SHARED(shared);
  attend_tiles<256, 32>(ATTENTION(float), shared);
}

/** As attention_tiles_256, of bf16. */
extern "C" __global__ void __launch_bounds__(256, 1) attention_tiles_256_bf16(ATTENTION_PARAMETERS(Bf16)) {
  DYNAMIC_SHARED(shared);
  attend_tiles<256, 32>(ATTENTION(Bf16), shared);
}
