// What the matrix products of all precisions share: their parameters, which tile a block computes, and what happens to the sums
// before they are written.
#pragma once
#include "activation.cuh"

/**
 * out = beta out + slope * activation(op(a) op(b) + bias), [rows, depth] times [depth, columns]; slope is 1, or with a mask the
 * derivative of LeakyReLU where that function gave the element of mask at the same place: 1 above zero, else 0.01.
 *
 * Element: float, or uint16_t for the bits of bf16. Of bf16 operands a, b the address is a multiple of 16 bytes and the stride one
 * of 8 elements; what lies between the end of a row and the beginning of the next may be anything. Rows, columns and depth are
 * any. Blocks of grid z = i sum over depths i * span to (i + 1) * span (at most 2^31 - 1 of them; span a multiple of 8) and write
 * their sums at out + i * part.
 */
template <typename Element> struct Product {
  void* out;     // [rows, columns] of float, or of bf16 (rounded to nearest, ties to even) where out_bf16
  int out_bf16;
  const Element *a, *b;
  const float* bias;    // [columns], or null
  const Element* mask;  // [rows, columns], or null
  int mask_stride;
  long long rows, depth;
  int columns;
  int a_stride, b_stride, out_stride;  // elements from one row in memory to the next
  long long span, part;
  int activation;
  float beta;  // 0: what out held is not read
};

// Parameters of every kernel that computes a product, in the order of the members of Product.
#define PRODUCT_PARAMETERS(Element)                                                                                        \
  void *__restrict__ out, int out_bf16, const Element *__restrict__ a, const Element *__restrict__ b,                      \
      const float *__restrict__ bias, const Element *__restrict__ mask, int mask_stride, long long rows, long long depth,  \
      int columns, int a_stride, int b_stride, int out_stride, long long span, long long part, int activation, float beta
#define PRODUCT_ARGUMENTS                                                                                                  \
  {out, out_bf16, a, b, bias, mask, mask_stride, rows, depth, columns, a_stride, b_stride, out_stride, span, part,         \
   activation, beta}

namespace {

/** The part of the result that a block computes, and the depths that it sums over. */
struct Tile {
  long long row;  // its first
  int column;
  long long depth, depth_end;
};

/**
 * The tile of so many a block of number x of the grid, z-th part of the depth. Blocks run through eight rows of tiles column by
 * column, so that blocks at work at the same time share rows of a and columns of b in the second-level cache.
 */
template <int Rows, int Columns, typename Element>
__device__ __forceinline__ Tile tile_of(const Product<Element>& p, unsigned x, unsigned z) {
  constexpr int together = 8;
  const long long row_tiles = (p.rows + Rows - 1) / Rows;
  const int column_tiles = (p.columns + Columns - 1) / Columns;
  const long long band = x / (static_cast<long long>(together) * column_tiles);
  const int in_band = static_cast<int>(x - band * together * column_tiles);
  const long long left = row_tiles - band * together;
  const int height = left < together ? static_cast<int>(left) : together;
  Tile tile;
  tile.row = (band * together + in_band % height) * Rows;
  tile.column = in_band / height * Columns;
  tile.depth = z * p.span;
  tile.depth_end = tile.depth + p.span < p.depth ? tile.depth + p.span : p.depth;
  return tile;
}

/**
 * Where a column of b lies among 32 in shared memory, so that a lane's sums of four neighbouring products (see WarpSums) are those of
 * eight neighbouring columns: the products of column 8 t + 2 k + e are element e of lane t in the k-th of them.
 */
__device__ __forceinline__ int interleaved(int column) {
  return column / 32 * 32 + column % 8 / 2 * 8 + column / 8 % 4 * 2 + column % 2;
}

/** Whether the columns of b are to lie interleaved: where the finish takes them so. Only of b as [columns, depth]. */
template <typename Given> __device__ __forceinline__ bool takes_interleaved(const Given&) { return false; }

/** Asks for what the finish of a tile will read besides, while it is multiplied: nothing, unless a kind of product says more. */
template <int Columns, typename Given> __device__ __forceinline__ void prefetch_for_finish(const Given&, const Tile&) {}

/**
 * Applies the activation to all sums of a thread, Together groups at a time: between the rounds the groups change places in
 * registers, so that the code of the functions is not there once for every sum. LeakyReLU, two instructions, has no rounds.
 */
template <int Together, int Groups, int Width>
__device__ __forceinline__ void activate_all(float (&sums)[Groups][Width], int activation) {
  static_assert(Groups % Together == 0, "every round has as many groups");
  if (activation == activation_identity) return;
  if (activation == activation_leaky_relu) {
#pragma unroll
    for (int group = 0; group < Groups; group++)
#pragma unroll
      for (int i = 0; i < Width; i++) sums[group][i] = leaky_relu(sums[group][i]);
    return;
  }
#pragma unroll 1
  for (int round = 0; round < Groups; round += Together) {
    float done[Together][Width];
#pragma unroll
    for (int group = 0; group < Groups; group++)
#pragma unroll
      for (int i = 0; i < Width; i++) {
        if (group < Together)
          done[group][i] = activate(activation, sums[group][i]);
        else
          sums[group - Together][i] = sums[group][i];
      }
#pragma unroll
    for (int group = 0; group < Together; group++)
#pragma unroll
      for (int i = 0; i < Width; i++) sums[Groups - Together + group][i] = done[group][i];
  }
}

/** The number whose bits a bf16 has, or the float itself. */
__device__ __forceinline__ float as_float(float value) { return value; }
__device__ __forceinline__ float as_float(uint16_t bits) { return __bfloat162float(__ushort_as_bfloat16(bits)); }

/** The derivative of LeakyReLU where that gave so much. */
__device__ __forceinline__ float leaky_slope(float above) { return above > 0.0f ? 1.0f : 0.01f; }

/** Two neighbours. */
struct Pair { float first, second; };

/** Whether neighbours in a row, the first in a column that is a multiple of Count, lie at a multiple of their size in all. */
template <int Count, typename Element> __device__ __forceinline__ bool together(const Element* matrix, long long stride) {
  return reinterpret_cast<size_t>(matrix) % (Count * sizeof(Element)) == 0 && stride % Count == 0;
}

/** The pair at from; 0 for what is not there. As one where whole. */
__device__ __forceinline__ Pair load_pair(const float* from, int there, bool whole) {
  if (whole && there > 1) {
    const float2 both = *reinterpret_cast<const float2*>(from);
    return {both.x, both.y};
  }
  return {there > 0 ? from[0] : 0.0f, there > 1 ? from[1] : 0.0f};
}
__device__ __forceinline__ Pair load_pair(const uint16_t* from, int there, bool whole) {
  if (whole && there > 1) {
    const uint32_t both = *reinterpret_cast<const uint32_t*>(from);
    return {as_float(static_cast<uint16_t>(both & 0xffff)), as_float(static_cast<uint16_t>(both >> 16))};
  }
  return {there > 0 ? as_float(from[0]) : 0.0f, there > 1 ? as_float(from[1]) : 0.0f};
}

/** Writes as much of a pair as is there, as one where whole. */
__device__ __forceinline__ void store_pair(float* to, int there, bool whole, float first, float second) {
  if (whole && there > 1) {
    *reinterpret_cast<float2*>(to) = make_float2(first, second);
    return;
  }
  if (there > 0) to[0] = first;
  if (there > 1) to[1] = second;
}
__device__ __forceinline__ void store_pair(uint16_t* to, int there, bool, float first, float second) {
  if (there > 0) to[0] = __bfloat16_as_ushort(__float2bfloat16_rn(first));
  if (there > 1) to[1] = __bfloat16_as_ushort(__float2bfloat16_rn(second));
}

/** Writes as much of eight neighbours, given in pairs, as is there, as one where whole. */
__device__ __forceinline__ void store_eight(uint16_t* to, int there, bool whole, const uint32_t (&pairs)[4]) {
  if (whole && there >= 8) {
    *reinterpret_cast<uint4*>(to) = uint4{pairs[0], pairs[1], pairs[2], pairs[3]};
    return;
  }
#pragma unroll
  for (int k = 0; k < 8; k++)
    if (k < there) to[k] = static_cast<uint16_t>(pairs[k / 2] >> k % 2 * 16);
}

/** The bias of a column, 0 when there is none. */
template <typename Element> __device__ __forceinline__ float bias_at(const Product<Element>& p, int column) {
  return p.bias && column < p.columns ? p.bias[column] : 0.0f;
}

/** Two neighbours of a row times the slopes that the mask says. */
template <typename Element>
__device__ __forceinline__ void apply_mask(const Product<Element>& p, long long row, int column, bool whole, float& first,
                                           float& second) {
  const Pair above = load_pair(p.mask + row * p.mask_stride + column, p.columns - column, whole);
  first *= leaky_slope(above.first);
  second *= leaky_slope(above.second);
}

/** Adds to two neighbours of a row beta times what out holds. */
template <typename Element, typename Out>
__device__ __forceinline__ void add_held(const Product<Element>& p, const Out* out, long long row, int column, bool whole,
                                         float& first, float& second) {
  const Pair held = load_pair(out + row * p.out_stride + column, p.columns - column, whole);
  first += p.beta * held.first;
  second += p.beta * held.second;
}

/**
 * The sums of a warp in the layout of mma.sync's and wgmma's results: of 16 rows by 8 columns at [i * Columns8 + j] the lane
 * 4 g + t has in [0], [1] row 16 i + g, columns 8 j + 2 t and the next, in [2], [3] the same of row 16 i + g + 8. What the warp's
 * rows and columns begin with is `row` and `column`, a multiple of 8.
 */
template <int Rows16, int Columns8> struct WarpSums {
  float of[Rows16 * Columns8][4];
  long long row;
  int column;

  /** body(row, column, first, second): the row and the first column of each pair of the lane. */
  template <typename Body> __device__ __forceinline__ void each_pair(Body body) {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < Rows16; i++)
#pragma unroll
      for (int half = 0; half < 2; half++)
#pragma unroll
        for (int j = 0; j < Columns8; j++)
          body(row + i * 16 + half * 8 + lane / 4, column + j * 8 + lane % 4 * 2, of[i * Columns8 + j][half * 2],
               of[i * Columns8 + j][half * 2 + 1]);
  }

  /** Eight rows of 8 floats at a time: whole sectors of 32 bytes. */
  template <typename Element> __device__ __forceinline__ void write(const Product<Element>& p, float* out) {
    const bool whole = together<2>(out, p.out_stride);
    each_pair([&](long long r, int c, float first, float second) {
      if (r < p.rows) store_pair(out + r * p.out_stride + c, p.columns - c, whole, first, second);
    });
  }

  /**
   * Eight rows of 32 bf16 at a time. Pairs of 8 columns would be half a sector a row: the four lanes of a row exchange pairs
   * until lane t has all 8 columns of the t-th of four neighbouring products, 16 bytes. Whole warps come here.
   */
  template <typename Element> __device__ __forceinline__ void write(const Product<Element>& p, uint16_t* out) {
    static_assert(Columns8 % 4 == 0, "four products are exchanged at a time");
    const bool whole = together<8>(out, p.out_stride);
    const int lane = threadIdx.x % 32, t = lane % 4;
#pragma unroll
    for (int i = 0; i < Rows16; i++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        const long long r = row + i * 16 + half * 8 + lane / 4;
#pragma unroll
        for (int j = 0; j < Columns8; j += 4) {
          uint32_t pairs[4];
#pragma unroll
          for (int k = 0; k < 4; k++) {
            const float(&sums)[4] = of[i * Columns8 + j + k];
            pairs[k] = bf16_pair(sums[half * 2], sums[half * 2 + 1]);
          }
          exchange(pairs, t);
          const int c = column + (j + t) * 8;
          if (r < p.rows) store_eight(out + r * p.out_stride + c, p.columns - c, whole, pairs);
        }
      }
  }

 private:
  /** Transposes [4 products, 4 lanes]: in two rounds, with the lane beside and the one after next. */
  static __device__ __forceinline__ void exchange(uint32_t (&pairs)[4], int t) {
#pragma unroll
    for (int k = 0; k < 4; k += 2) {
      const uint32_t got = __shfl_xor_sync(0xffffffffu, t & 1 ? pairs[k] : pairs[k + 1], 1);
      if (t & 1)
        pairs[k] = got;
      else
        pairs[k + 1] = got;
    }
#pragma unroll
    for (int k = 0; k < 2; k++) {
      const uint32_t got = __shfl_xor_sync(0xffffffffu, t & 2 ? pairs[k] : pairs[k + 2], 2);
      if (t & 2)
        pairs[k] = got;
      else
        pairs[k + 2] = got;
    }
  }
};

/** Bias, activation, mask and what out held, then out. All lanes of the warp take part; part: which of the depth. */
template <int Rows16, int Columns8, typename Element>
__device__ __forceinline__ void finish(const Product<Element>& p, WarpSums<Rows16, Columns8>& sums, unsigned part) {
  if (p.bias) {
#pragma unroll
    for (int j = 0; j < Columns8; j++) {
      const int c = sums.column + j * 8 + threadIdx.x % 4 * 2;
      const float even = bias_at(p, c), odd = bias_at(p, c + 1);
#pragma unroll
      for (int i = 0; i < Rows16; i++) {
        float(&each)[4] = sums.of[i * Columns8 + j];
        each[0] += even;
        each[1] += odd;
        each[2] += even;
        each[3] += odd;
      }
    }
  }
  activate_all<2>(sums.of, p.activation);
  if (p.mask) {
    const bool whole = together<2>(p.mask, p.mask_stride);
    sums.each_pair([&](long long r, int c, float& first, float& second) {
      if (r < p.rows) apply_mask(p, r, c, whole, first, second);
    });
  }
  const auto to = [&](auto* out) {
    if (p.beta != 0.0f) {
      const bool whole = together<2>(out, p.out_stride);
      sums.each_pair([&](long long r, int c, float& first, float& second) {
        if (r < p.rows) add_held(p, out, r, c, whole, first, second);
      });
      __syncwarp();  // the lane that writes an element of bf16 is not the one that read it
    }
    sums.write(p, out);
  };
  if (p.out_bf16)
    to(static_cast<uint16_t*>(p.out) + part * p.part);
  else
    to(static_cast<float*>(p.out) + part * p.part);
}

/**
 * finish for 16 rows at a time: between the rounds the sums move up in their registers, so that the code is there once, not for every
 * 16 rows, which a driver would take seconds to assemble.
 */
template <int Rows16, int Columns8, typename Given>
__device__ __forceinline__ void finish_by_rows(const Given& p, WarpSums<Rows16, Columns8>& sums, unsigned part) {
#pragma unroll 1
  for (int i = 0; i < Rows16 && sums.row + i * 16 < p.rows; i++) {
    WarpSums<1, Columns8> piece = {{}, sums.row + i * 16, sums.column};
#pragma unroll
    for (int j = 0; j < Columns8; j++)
#pragma unroll
      for (int k = 0; k < 4; k++) piece.of[j][k] = sums.of[j][k];
    finish(p, piece, part);
#pragma unroll
    for (int j = Columns8; j < Rows16 * Columns8; j++)
#pragma unroll
      for (int k = 0; k < 4; k++) sums.of[j - Columns8][k] = sums.of[j][k];
  }
}

}  // namespace
