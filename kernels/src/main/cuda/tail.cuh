// What both kinds of tail know of a critic's last layers: their parameters, and where a block leaves its sums of gradients.
#pragma once
#include "elements.cuh"

// Up to eight layers: the outputs of each, 0 when there is none, its weight [outputs, inputs] with stride s, its bias [outputs].
#define TAIL_LAYER(l, Pointer) int n##l, Pointer w##l, int s##l, Pointer b##l
#define TAIL_LAYERS(Pointer)                                                                                                   \
  TAIL_LAYER(0, Pointer), TAIL_LAYER(1, Pointer), TAIL_LAYER(2, Pointer), TAIL_LAYER(3, Pointer), TAIL_LAYER(4, Pointer),      \
      TAIL_LAYER(5, Pointer), TAIL_LAYER(6, Pointer), TAIL_LAYER(7, Pointer)
// Calls take(outputs, weight, stride, bias) with each of them.
#define TAIL_EACH(take)                                                                                                        \
  take(n0, w0, s0, b0), take(n1, w1, s1, b1), take(n2, w2, s2, b2), take(n3, w3, s3, b3), take(n4, w4, s4, b4),                \
      take(n5, w5, s5, b5), take(n6, w6, s6, b6), take(n7, w7, s7, b7)

namespace {

constexpr int most_layers = 8;
constexpr int tile_rows = 64;

/** Floats from one row to the next of a matrix with so many columns and one more: an odd multiple of four. */
__device__ __forceinline__ int pitch_of(int columns) {
  const int quads = columns / 4 + 1;
  return 4 * (quads | 1);
}

/** The layers that are there; one thread writes them down in shared memory. */
struct TailLayers {
  int layers;
  int widths[most_layers + 1];   // of the input and of each layer
  int sums_at[most_layers + 1];  // of each layer's gradients among those of a block, in floats; at last the number of all
  const float* weights[most_layers];
  int strides[most_layers];
  const float* biases[most_layers];

  __device__ __forceinline__ void begin(int inputs) {
    layers = 0;
    widths[0] = inputs;
    sums_at[0] = 0;
  }
  __device__ __forceinline__ void add(int width, const float* weight, int stride, const float* bias) {
    if (width == 0) return;
    const int l = layers++;
    widths[l + 1] = width;
    weights[l] = weight;
    strides[l] = stride;
    biases[l] = bias;
    sums_at[l + 1] = sums_at[l] + (width + 3) / 4 * 4 * pitch_of(widths[l]);
  }
  /** Floats of the gradients of all layers: rows of a weight and its bias behind them, pitch_of apart. */
  __device__ __forceinline__ int sum_floats() const { return sums_at[layers]; }
};

}  // namespace
