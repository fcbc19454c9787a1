// The fused tail on the tensor cores, for inputs that lie in bf16: from compute capability 8.0 on.
//
// Weights, activations and gradients lie in shared memory as sums of two bf16, a high and a low part with 16 bits together; a product
// of two such is three products of parts in float32, the one of both low parts is left out: errors of some 2^-17 of a term, so that
// scores are those of float32 but for the fifth digit. The input is bf16 and needs no low part.
//
// Counted for 600,000 rows of 96-48-24-12-6-3-1, 284 times 16 for each of 132 multiprocessors of 1.75 GHz. Forward: 138 products
// m16n8k16 for 16 rows, 1.6 cycles each (2,048 multiplications a cycle, of which mma.sync reaches 63 %, arXiv 2402.13499), and 86
// ldmatrix of 512 bytes, 4 cycles each: 0.06 ms, behind which reading 0.12 GB, 0.03 ms at 4.2 TB/s, can go on. Backward: 468 and 282,
// 0.18 ms, over 0.055 ms for 0.23 GB. The kernels of float32 need 0.25 and 0.75 ms for the multiplications alone.
//
// A warp takes 16 rows through all layers by itself; only the gradients of weights, sums over the 64 rows of a block, are shared out
// among its warps, 16 x 16 of them at a time, and stay in registers for all tiles of the block. Rows in shared memory are an odd
// multiple of 16 bytes, so that eight neighbours read by ldmatrix lie in all banks. The gradient of a bias is the last column of its
// weight's, of a 1 behind the activations; in the product forward biases are what sums begin with. Gradients of activations take their
// place. The sums of a row do not depend on other rows.
#include "halves.cuh"
#include "tail.cuh"

namespace {

constexpr int warps = 4, threads = 32 * warps;
constexpr int rows_of_warp = tile_rows / warps;
static_assert(rows_of_warp == 16, "the rows of one product");

/** Pieces of 16 x 16 of the gradients of weights that a warp adds up at most. */
constexpr int most_pieces = 16;

/** Where everything lies in shared memory, in bf16 from its beginning on; biases, in float32, behind all else. */
struct HalvedTail : TailLayers {
  int weights_at[most_layers];
  int values_at[most_layers + 1];  // of the input and of each layer
  int biases_at[most_layers];      // in floats, from the first bias on
  int pieces_at[most_layers + 1];  // numbers of the first piece of each layer's gradient; at last of all
  int halves;

  __device__ __forceinline__ void place() {
    int at = 0, piece = 0, bias = 0;
    for (int l = 0; l < layers; l++) {
      weights_at[l] = at;
      at += 2 * whole_16(widths[l + 1]) * pitch_of_halves(widths[l]);
      biases_at[l] = bias;
      bias += widths[l + 1];
      pieces_at[l] = piece;
      piece += whole_16(widths[l + 1]) / 16 * (whole_16(widths[l] + 1) / 16);
    }
    pieces_at[layers] = piece;
    for (int l = 0; l <= layers; l++) {
      values_at[l] = at;
      at += (l == 0 ? 1 : 2) * tile_rows * pitch_of_halves(widths[l]);
    }
    halves = at;
  }
};

/** The matrices of a block. */
struct Block {
  const HalvedTail& tail;
  Bf16* memory;

  __device__ __forceinline__ Halves weights(int l) const {
    const int pitch = pitch_of_halves(tail.widths[l]);
    return {memory + tail.weights_at[l], pitch, whole_16(tail.widths[l + 1]) * pitch};
  }
  __device__ __forceinline__ Halves values(int l) const {
    const int pitch = pitch_of_halves(tail.widths[l]);
    return {memory + tail.values_at[l], pitch, l == 0 ? 0 : tile_rows * pitch};
  }
  __device__ __forceinline__ float* biases(int l) const {
    return reinterpret_cast<float*>(memory + tail.halves) + tail.biases_at[l];
  }

  /** Weights and biases, zeros around them, and what is behind the rows of values. */
  __device__ __forceinline__ void prepare() const {
    uint32_t* const words = reinterpret_cast<uint32_t*>(memory);
    for (int i = threadIdx.x; i < tail.halves / 2; i += threads) words[i] = 0;
    __syncthreads();
    for (int l = 0; l < tail.layers; l++) {
      const int inputs = tail.widths[l], outputs = tail.widths[l + 1], pairs = (inputs + 1) / 2;
      const Halves to = weights(l);
      for (int i = threadIdx.x; i < outputs * pairs; i += threads) {
        const int row = i / pairs, column = (i - row * pairs) * 2;
        const float* const from = tail.weights[l] + size_t(row) * tail.strides[l] + column;
        to.store_pair(row, column, inputs - column, from[0], column + 1 < inputs ? from[1] : 0.0f);
      }
      for (int i = threadIdx.x; i < outputs; i += threads) biases(l)[i] = tail.biases[l][i];
      end_rows(values(l), inputs, threadIdx.x, tile_rows);
    }
    __syncthreads();
  }

  /** A 1 behind the columns of a row, where there is room in the last 16; then zeros. */
  static __device__ __forceinline__ void end_rows(const Halves& values, int columns, int row, int rows) {
    if (columns % 16 && row < rows) values.store_pair(row, columns, 1, 1.0f, 0.0f);
  }
};

/** A layer below the last takes the warp's rows to those of the next, under LeakyReLU. */
__device__ __forceinline__ void forward(const Block& block, int l, int row) {
  const int outputs = block.tail.widths[l + 1];
  const float* const biases = block.biases(l);
  const Halves to = block.values(l + 1);
  product_of_rows<true>(
      block.values(l), row, whole_16(block.tail.widths[l]), block.weights(l), outputs,
      [&](int column) { return column < outputs ? biases[column] : 0.0f; },
      [&](int r, int column, float first, float second) {
        to.store_pair(r, column, outputs - column, first > 0.0f ? first : 0.01f * first,
                      second > 0.0f ? second : 0.01f * second);
      });
  __syncwarp();
}

/** The gradient of the warp's rows of what a layer takes, times LeakyReLU' at it, in its place. */
__device__ __forceinline__ void input_gradients(const Block& block, int l, int row) {
  const int inputs = block.tail.widths[l];
  const Halves in = block.values(l);
  product_of_rows<false>(
      block.values(l + 1), row, whole_16(block.tail.widths[l + 1]), block.weights(l), inputs,
      [](int) { return 0.0f; },
      [&](int r, int column, float first, float second) {
        if (column >= inputs) return;
        float above[2];
        widen_pair(*reinterpret_cast<const uint32_t*>(in.at(r, column)), above);
        in.store_pair(r, column, inputs - column, above[0] > 0.0f ? first : 0.01f * first,
                      above[1] > 0.0f ? second : 0.01f * second);
      });
  __syncwarp();
}

/** The pieces of gradients that a warp adds up: of all pieces every fourth. */
struct PieceSums {
  float of[most_pieces][2][4];

  /** Calls body(sums, l, output, input) with each that there is and is of layer l: the first row and column of its gradient. */
  template <typename Body> __device__ __forceinline__ void each_of(const HalvedTail& tail, int l, Body body) {
    const int warp = threadIdx.x / 32, first = tail.pieces_at[l], after = tail.pieces_at[l + 1];
    const int across = whole_16(tail.widths[l] + 1) / 16;
#pragma unroll
    for (int i = 0; i < most_pieces; i++) {
      const int piece = i * warps + warp;
      if (piece >= first && piece < after) {
        const int down = (piece - first) / across;
        body(of[i], down * 16, (piece - first - down * across) * 16);
      }
    }
  }

  /** Adds the products of the rows of the block: the gradients of what layer l gives, transposed, times what it takes. */
  __device__ __forceinline__ void add(const Block& block, int l) {
    const Halves above = block.values(l + 1), below = block.values(l);
    const int lane = threadIdx.x % 32;
    // 16 columns of which the first is 1, as a product is given them: what is behind activations that fill up the 16 before.
    const uint32_t behind = lane < 4 ? 0x3f803f80u : 0;
    each_of(block.tail, l, [&](float(&sums)[2][4], int output, int input) {
      const bool held = input < block.tail.widths[l];
#pragma unroll 2
      for (int k = 0; k < tile_rows; k += 16) {
        uint32_t high[4], low[4], by[4] = {behind, behind, 0, 0}, by_low[4] = {};
        const Bf16* const gradient = above.at(k + lane % 8 + lane / 16 * 8, output + lane / 8 % 2 * 8);
        const Bf16* const value = below.at(k + lane % 16, input + lane / 16 * 8);
        load_matrix_x4_transposed(high, gradient);
        load_matrix_x4_transposed(low, gradient + above.low);
        if (held) load_matrix_x4_transposed(by, value);
        if (held && below.low) load_matrix_x4_transposed(by_low, value + below.low);
#pragma unroll
        for (int i = 0; i < 2; i++) {
          mma_m16n8k16(sums[i], low, {by[2 * i], by[2 * i + 1]});
          if (below.low) mma_m16n8k16(sums[i], high, {by_low[2 * i], by_low[2 * i + 1]});
          mma_m16n8k16(sums[i], high, {by[2 * i], by[2 * i + 1]});
        }
      }
    });
  }

  /** Where TailLayers says, from `to` on. */
  __device__ __forceinline__ void write(const HalvedTail& tail, float* to) {
    const int lane = threadIdx.x % 32;
    for (int l = 0; l < tail.layers; l++) {
      const int inputs = tail.widths[l], outputs = tail.widths[l + 1], pitch = pitch_of(inputs);
      each_of(tail, l, [&](const float(&sums)[2][4], int output, int input) {
#pragma unroll
        for (int i = 0; i < 2; i++)
#pragma unroll
          for (int j = 0; j < 4; j++) {
            const int row = output + lane / 4 + j / 2 * 8, column = input + i * 8 + lane % 4 * 2 + j % 2;
            if (row < outputs && column <= inputs) to[tail.sums_at[l] + row * pitch + column] = sums[i][j];
          }
      });
    }
  }
};

/** The rows of a warp in memory, from first on; there may be fewer. */
struct WarpRows {
  long long first, rows;
  int row;  // the first of them in the block's values

  /** body(row of the warp, first column, columns, whether the row is there) for every 16 bytes. */
  template <typename Body> static __device__ __forceinline__ void each_unit(int columns, Body body) {
    const int units = (columns + 7) / 8;
    for (int i = threadIdx.x % 32; i < rows_of_warp * units; i += 32) {
      const int r = i / units, column = (i - r * units) * 8;
      body(r, column, min(8, columns - column));
    }
  }

  /** The rows of in, zeros for those beyond the last. */
  __device__ __forceinline__ void read(const Bf16* in, int stride, int columns, const Halves& to) const {
    each_unit(columns, [&](int r, int column, int count) {
      const bool there = first + r < rows;
      copy_async_up_to_16(to.high + (row + r) * to.pitch + column, there ? in + (first + r) * stride + column : in,
                          there ? count * 2 : 0);
    });
    copy_async_commit();
    copy_async_wait<0>();
    __syncwarp();
    Block::end_rows(to, columns, row + threadIdx.x % 32, row + rows_of_warp);  // a copy may have gone over it
    __syncwarp();
  }

  __device__ __forceinline__ void write(const Halves& from, int columns, Bf16* out, int stride) const {
    each_unit(columns, [&](int r, int column, int count) {
      if (first + r >= rows) return;
      const Bf16* const unit = from.at(row + r, column);
      Bf16* const to = out + (first + r) * stride + column;
      if (count == 8)
        *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(unit);
      else
        for (int i = 0; i < count; i++) to[i] = unit[i];
    });
  }

  /** Starts bringing the rows so many further on nearer. */
  __device__ __forceinline__ void prefetch_next(const Bf16* in, int stride, int columns, long long further) const {
    const int lane = threadIdx.x % 32, r = lane / 2, column = lane % 2 * 64;
    if (first + further + r < rows && column < columns) prefetch(in + (first + further + r) * stride + column);
  }
};

}  // namespace

/**
 * tail_forward of an input in bf16: rows at multiples of 16 bytes. Blocks of 128 threads, any grid in x; shared memory: 2 bytes for
 * each of HalvedTail::halves and 4 for each bias.
 */
extern "C" __global__ void __launch_bounds__(128, 2)
tail_forward_bf16(const Bf16* in, int in_stride, long long rows, int inputs, float* scores, int score_stride,
                  TAIL_LAYERS(const float*)) {
  __shared__ HalvedTail tail;
  DYNAMIC_SHARED(bytes);
  if (threadIdx.x == 0) {
    tail.begin(inputs);
    TAIL_EACH(tail.add);
    tail.place();
  }
  __syncthreads();
  const Block block = {tail, reinterpret_cast<Bf16*>(bytes)};
  block.prepare();
  const int row = threadIdx.x / 32 * rows_of_warp, last = tail.layers - 1;
  const long long step = (long long)gridDim.x * tile_rows;
  for (long long first = (long long)blockIdx.x * tile_rows + row; first < rows; first += step) {
    const WarpRows own = {first, rows, row};
    own.read(in, in_stride, inputs, block.values(0));
    own.prefetch_next(in, in_stride, inputs, step);
    for (int l = 0; l < last; l++) forward(block, l, row);
    product_of_rows<true>(
        block.values(last), row, whole_16(tail.widths[last]), block.weights(last), 1,
        [&](int column) { return column == 0 ? block.biases(last)[0] : 0.0f; },
        [&](int r, int column, float score, float) {
          if (column == 0 && first + (r - row) < rows) scores[(first + (r - row)) * score_stride] = score;
        });
    __syncwarp();
  }
}

/**
 * tail_backward of an input, and gradients of it, in bf16: rows of both at multiples of 16 bytes. parts [blocks,
 * TailLayers::sum_floats]. Layers, grid and shared memory as in tail_forward_bf16; at most 4 * 16 pieces of gradients,
 * HalvedTail::pieces_at.
 */
extern "C" __global__ void __launch_bounds__(128, 2)
tail_backward_bf16(const Bf16* in, int in_stride, long long rows, int inputs, const float* score_gradients, int score_stride,
                   Bf16* in_gradients, int gradient_stride, float* parts, TAIL_LAYERS(const float*)) {
  __shared__ HalvedTail tail;
  DYNAMIC_SHARED(bytes);
  if (threadIdx.x == 0) {
    tail.begin(inputs);
    TAIL_EACH(tail.add);
    tail.place();
  }
  __syncthreads();
  const Block block = {tail, reinterpret_cast<Bf16*>(bytes)};
  block.prepare();
  PieceSums sums = {};
  const int row = threadIdx.x / 32 * rows_of_warp, lane = threadIdx.x % 32, layers = tail.layers;
  const long long step = (long long)gridDim.x * tile_rows;
  for (long long tile = (long long)blockIdx.x * tile_rows; tile < rows; tile += step) {
    const WarpRows own = {tile + row, rows, row};
    const bool there = lane < rows_of_warp && own.first + lane < rows;
    const float slope = there ? score_gradients[(own.first + lane) * score_stride] : 0.0f;
    own.read(in, in_stride, inputs, block.values(0));
    own.prefetch_next(in, in_stride, inputs, step);
    for (int l = 0; l < layers - 1; l++) forward(block, l, row);
    if (lane < rows_of_warp) block.values(layers).store_pair(row + lane, 0, 1, slope, 0.0f);
    for (int l = layers - 1; l >= 0; l--) {
      __syncthreads();  // gradients of what the layer gives are there for all rows
      sums.add(block, l);
      __syncthreads();  // and nobody reads any more what it takes
      input_gradients(block, l, row);
    }
    own.write(block.values(0), inputs, in_gradients, gradient_stride);
    __syncwarp();  // before the next rows are copied there
  }
  sums.write(tail, parts + size_t(blockIdx.x) * tail.sum_floats());
}
