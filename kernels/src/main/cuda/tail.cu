// The last, narrow layers of a critic in one kernel, forward and backward: all weights and a tile of rows in shared memory.
//
// Counted for 600,000 rows of 96-48-24-12-6-3-1, 6,141 multiplications a row: forward 7.4 GFLOP over 0.12 GB read (bf16; float32
// twice that); backward three times that (forward anew, gradients of inputs, gradients of weights) over 0.12 GB read and as much
// written. At 60 TFLOP/s that is 0.12 ms and 0.37 ms; half of the rate, which narrow layers leave idle, makes 0.25 and 0.75 ms.
//
// Every matrix in shared memory has rows of an odd multiple of four floats, so that eight neighbouring rows read as float4 lie in
// all 32 banks. A bias is the last column of its weight, against a 1 at the end of every row of inputs; its gradient comes with
// that of the weight. Threads hold 4 x 4 sums. The sums of a row do not depend on other rows. Gradients of weights are
// added up over the tiles of a block, then over blocks in their order in float64.
#include "reduce64.cuh"
#include "tail.cuh"

namespace {

constexpr int row_groups = tile_rows / 4;
constexpr int threads = 256;

/** Where everything lies in shared memory: the weights as sums_at says, values of the input and of each layer. */
struct Tail : TailLayers {
  int values_at[most_layers + 1];
  int value_floats;

  __device__ __forceinline__ int weight_floats() const { return sum_floats(); }
  __device__ __forceinline__ void place() {
    values_at[0] = 0;
    for (int l = 0; l < layers; l++) values_at[l + 1] = values_at[l] + tile_rows * pitch_of(widths[l]);
    value_floats = values_at[layers] + tile_rows * pitch_of(widths[layers]);
  }
};

/** Weights with their biases into shared memory, zeros around them; every row of values ends with 1, then zeros. */
__device__ __forceinline__ void prepare(const Tail& tail, float* weights, float* values) {
  for (int i = threadIdx.x; i < tail.weight_floats(); i += threads) weights[i] = 0.0f;
  for (int i = threadIdx.x; i < tail.value_floats; i += threads) values[i] = 0.0f;
  __syncthreads();
  for (int l = 0; l < tail.layers; l++) {
    const int inputs = tail.widths[l], pitch = pitch_of(inputs);
    float* const to = weights + tail.sums_at[l];
    for (int i = threadIdx.x; i < inputs * tail.widths[l + 1]; i += threads)
      to[i / inputs * pitch + i % inputs] = tail.weights[l][size_t(i / inputs) * tail.strides[l] + i % inputs];
    for (int i = threadIdx.x; i < tail.widths[l + 1]; i += threads) to[i * pitch + inputs] = tail.biases[l][i];
    for (int i = threadIdx.x; i < tile_rows; i += threads) values[tail.values_at[l] + i * pitch + inputs] = 1.0f;
  }
}

/** Rows first to first + 64 of in [rows, width] to a tile, zeros beyond the last. */
__device__ __forceinline__ void read_tile(const Source& in, long long rows, long long first, int width, float* to) {
  const int pitch = pitch_of(width);
  const auto copy = [&](auto count) {
    constexpr int N = decltype(count)::value;
    const int across = width / N;
    for (int i = threadIdx.x; i < tile_rows * across; i += threads) {
      const int row = i / across, column = (i - row * across) * N;
      Floats<N> values = {};
      if (first + row < rows) values = in.load_at<N>(size_t(first + row), column);
      store(to + row * pitch + column, values);
    }
  };
  if (width % 4 == 0 && in.aligned())
    copy(Count<4>());
  else
    copy(Count<1>());
}

/** The other way. */
__device__ __forceinline__ void write_tile(const float* from, const Target& out, long long rows, long long first, int width) {
  const int pitch = pitch_of(width);
  const auto copy = [&](auto count) {
    constexpr int N = decltype(count)::value;
    const int across = width / N;
    for (int i = threadIdx.x; i < tile_rows * across; i += threads) {
      const int row = i / across, column = (i - row * across) * N;
      if (first + row < rows) out.store_at(size_t(first + row), column, load<N>(from + row * pitch + column));
    }
  };
  if (width % 4 == 0 && out.aligned())
    copy(Count<4>());
  else
    copy(Count<1>());
}

/** to = in times the transpose of weights, biases included, under LeakyReLU unless it is the last layer. */
__device__ __forceinline__ void forward(const float* in, int inputs, const float* weights, int outputs, bool last, float* to) {
  const int pitch = pitch_of(inputs), to_pitch = pitch_of(outputs), quads = inputs / 4 + 1;
  for (int i = threadIdx.x; i < row_groups * ((outputs + 3) / 4); i += threads) {
    const int row = i % row_groups, output = i / row_groups * 4;
    float sums[4][4] = {};
    for (int quad = 0; quad < quads; quad++) {
      Floats<4> a[4], w[4];
#pragma unroll
      for (int j = 0; j < 4; j++) {
        a[j] = load<4>(in + (row + row_groups * j) * pitch + 4 * quad);
        w[j] = load<4>(weights + (output + j) * pitch + 4 * quad);
      }
#pragma unroll
      for (int k = 0; k < 4; k++)
#pragma unroll
        for (int j = 0; j < 4; j++)
#pragma unroll
          for (int o = 0; o < 4; o++) sums[j][o] = fmaf(a[j].of[k], w[o].of[k], sums[j][o]);
    }
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int o = 0; o < 4; o++)
        if (output + o < outputs)
          to[(row + row_groups * j) * to_pitch + output + o] =
              last || sums[j][o] > 0.0f ? sums[j][o] : 0.01f * sums[j][o];
  }
}

/** sums += transpose of gradients times in, both tiles of rows: the gradient of a weight and of its bias. */
__device__ __forceinline__ void weight_gradients(const float* gradients, int outputs, const float* in, int inputs, float* sums) {
  const int pitch = pitch_of(inputs), from_pitch = pitch_of(outputs);
  const int across = inputs / 4 + 1, tiles = (outputs + 3) / 4 * across;
  // Narrow layers have fewer sums than threads: neighbouring threads then share the rows of one.
  int slices = 1;
  while (slices < 32 && 2 * slices * tiles <= threads) slices *= 2;
  for (int from = 0; from < tiles * slices; from += threads) {
    const int i = from + threadIdx.x, slice = i % slices, tile = i / slices;
    const bool mine = tile < tiles;
    const int output = mine ? tile / across * 4 : 0, input = mine ? tile % across * 4 : 0;
    float own[4][4] = {};
#pragma unroll 2
    for (int row = slice; row < tile_rows; row += slices) {
      const auto g = load<4>(gradients + row * from_pitch + output), a = load<4>(in + row * pitch + input);
#pragma unroll
      for (int o = 0; o < 4; o++)
#pragma unroll
        for (int k = 0; k < 4; k++) own[o][k] = fmaf(g.of[o], a.of[k], own[o][k]);
    }
    for (int offset = slices / 2; offset > 0; offset /= 2)
#pragma unroll
      for (int o = 0; o < 4; o++)
#pragma unroll
        for (int k = 0; k < 4; k++) own[o][k] += __shfl_xor_sync(0xffffffffu, own[o][k], offset);
    if (mine && slice == 0)
#pragma unroll
      for (int o = 0; o < 4; o++) {
        float* const at = sums + (output + o) * pitch + input;
        auto sum = load<4>(at);
#pragma unroll
        for (int k = 0; k < 4; k++) sum.of[k] += own[o][k];
        store(at, sum);
      }
  }
}

/** in = gradients times weights, times LeakyReLU' at what in held. */
__device__ __forceinline__ void input_gradients(const float* gradients, int outputs, const float* weights, float* in, int inputs) {
  const int pitch = pitch_of(inputs), from_pitch = pitch_of(outputs);
  for (int i = threadIdx.x; i < row_groups * ((inputs + 3) / 4); i += threads) {
    const int row = i % row_groups, input = i / row_groups * 4;
    float sums[4][4] = {};
    for (int output = 0; output < outputs; output += 4) {
      Floats<4> g[4], w[4];
#pragma unroll
      for (int j = 0; j < 4; j++) {
        g[j] = load<4>(gradients + (row + row_groups * j) * from_pitch + output);
        w[j] = load<4>(weights + (output + j) * pitch + input);
      }
#pragma unroll
      for (int o = 0; o < 4; o++)
#pragma unroll
        for (int j = 0; j < 4; j++)
#pragma unroll
          for (int k = 0; k < 4; k++) sums[j][k] = fmaf(g[j].of[o], w[o].of[k], sums[j][k]);
    }
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int k = 0; k < 4; k++)
        if (input + k < inputs) {
          float* const at = in + (row + row_groups * j) * pitch + input + k;
          *at = *at > 0.0f ? sums[j][k] : 0.01f * sums[j][k];
        }
  }
}

}  // namespace

/**
 * scores [rows, 1] of in [rows, inputs]. Layer l has n_l outputs, 0 when there is none: weight w_l [n_l, inputs] with stride
 * s_l, bias b_l [n_l]. Blocks of 256 threads, any grid in x; shared memory: Tail::weight_floats and value_floats.
 */
extern "C" __global__ void __launch_bounds__(256, 2)
tail_forward(const void* in, int in_kind, int in_stride, long long rows, int inputs, float* scores, int score_stride,
             TAIL_LAYERS(const float*)) {
  __shared__ Tail tail;
  DYNAMIC_SHARED(bytes);
  if (threadIdx.x == 0) {
    tail.begin(inputs);
    TAIL_EACH(tail.add);
    tail.place();
  }
  __syncthreads();
  float* const weights = reinterpret_cast<float*>(bytes);
  float* const values = weights + tail.weight_floats();
  prepare(tail, weights, values);
  const Source from = {in, in_kind, in_stride};
  for (long long first = (long long)blockIdx.x * tile_rows; first < rows; first += (long long)gridDim.x * tile_rows) {
    __syncthreads();
    read_tile(from, rows, first, inputs, values);
    for (int l = 0; l < tail.layers; l++) {
      __syncthreads();
      forward(values + tail.values_at[l], tail.widths[l], weights + tail.sums_at[l], tail.widths[l + 1],
              l == tail.layers - 1, values + tail.values_at[l + 1]);
    }
    __syncthreads();
    if (threadIdx.x < tile_rows && first + threadIdx.x < rows)
      scores[size_t(first + threadIdx.x) * score_stride] = values[tail.values_at[tail.layers] + threadIdx.x * pitch_of(1)];
  }
}

/**
 * in_gradients [rows, inputs], of what in was before LeakyReLU, and the sums of the gradients of weights and biases over the rows of each block:
 * parts [blocks, TailLayers::sum_floats]. Layers and grid as in tail_forward; shared memory: twice
 * Tail::weight_floats, and value_floats.
 */
extern "C" __global__ void __launch_bounds__(256, 2)
tail_backward(const void* in, int in_kind, int in_stride, long long rows, int inputs, const float* score_gradients, int score_stride,
              void* in_gradients, int gradient_kind, int gradient_stride, float* parts,
              TAIL_LAYERS(const float*)) {
  __shared__ Tail tail;
  DYNAMIC_SHARED(bytes);
  if (threadIdx.x == 0) {
    tail.begin(inputs);
    TAIL_EACH(tail.add);
    tail.place();
  }
  __syncthreads();
  const int weight_floats = tail.weight_floats();
  float* const weights = reinterpret_cast<float*>(bytes);
  float* const sums = weights + weight_floats;
  float* const values = sums + weight_floats;
  for (int i = threadIdx.x; i < weight_floats; i += threads) sums[i] = 0.0f;
  prepare(tail, weights, values);
  const Source from = {in, in_kind, in_stride};
  const Target to = {in_gradients, gradient_kind, gradient_stride};
  for (long long first = (long long)blockIdx.x * tile_rows; first < rows; first += (long long)gridDim.x * tile_rows) {
    __syncthreads();
    read_tile(from, rows, first, inputs, values);
    if (threadIdx.x < tile_rows)
      values[tail.values_at[tail.layers] + threadIdx.x * pitch_of(1)] =
          first + threadIdx.x < rows ? score_gradients[size_t(first + threadIdx.x) * score_stride] : 0.0f;
    for (int l = 0; l < tail.layers - 1; l++) {
      __syncthreads();
      forward(values + tail.values_at[l], tail.widths[l], weights + tail.sums_at[l], tail.widths[l + 1], false,
              values + tail.values_at[l + 1]);
    }
    for (int l = tail.layers - 1; l >= 0; l--) {
      float* const below = values + tail.values_at[l];
      const float* const above = values + tail.values_at[l + 1];
      __syncthreads();
      weight_gradients(above, tail.widths[l + 1], below, tail.widths[l], sums + tail.sums_at[l]);
      __syncthreads();
      input_gradients(above, tail.widths[l + 1], weights + tail.sums_at[l], below, tail.widths[l]);
    }
    __syncthreads();
    write_tile(values, to, rows, first, inputs);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < weight_floats; i += threads) parts[size_t(blockIdx.x) * weight_floats + i] = sums[i];
}

/**
 * Gradients of all layers: weights' [outputs, inputs] and biases' [outputs] = beta times what they held plus the sums of parts over
 * the blocks in float64; with beta 0 they are not read. Blocks of 256 threads for 32 of the outputs (inputs + 1) sums of a layer,
 * those of one layer after those of the one before.
 *
 * @param parts those of tail_backward, part_floats from one block of it to the next
 */
extern "C" __global__ void __launch_bounds__(256)
tail_gradients(const float* parts, long long part_floats, int blocks, int inputs, float beta,
               TAIL_LAYERS(float*)) {
  __shared__ double partial[256];
  int block = blockIdx.x, outputs = 0, stride = 0, at = 0;
  float *gradient = nullptr, *bias_gradient = nullptr;
  // Goes on until the layer of this block is found: before it, block counts those of the layers that are passed.
  const auto layer = [&](int width, float* weights, int weight_stride, float* biases) {
    if (gradient || width == 0) return;
    const int blocks_of_layer = (width * (inputs + 1) + 31) / 32;
    if (block < blocks_of_layer) {
      outputs = width;
      gradient = weights;
      stride = weight_stride;
      bias_gradient = biases;
    } else {
      block -= blocks_of_layer;
      at += (width + 3) / 4 * 4 * pitch_of(inputs);
      inputs = width;
    }
  };
  TAIL_EACH(layer);
  const int i = block * 32 + threadIdx.x % 32, output = i / (inputs + 1), input = i % (inputs + 1);
  const bool there = output < outputs;
  const double sum = sum_of_parts(parts + at + output * pitch_of(inputs) + input, blocks, part_floats, there, partial);
  if (threadIdx.x >= 32 || !there) return;
  float* const to = input < inputs ? gradient + size_t(output) * stride + input : bias_gradient + output;
  *to = float(sum + (beta == 0.0f ? 0.0 : double(beta) * *to));
}
