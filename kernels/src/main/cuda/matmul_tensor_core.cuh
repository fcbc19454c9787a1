// Matrix products on the tensor cores, whatever the format of the operands.
#pragma once
#include "matmul.cuh"

namespace {

constexpr int tensor_threads = 256, tensor_tile = 128;

/**
 * The tile of a block: 2 x 4 warps of 64 x 32, in them 4 x 4 products of 16 x 8. Operands are rounded on their way into shared
 * memory; the next depths are under way from global memory while the present ones are multiplied.
 *
 * Format: depth, how many depths lie in shared memory at a time; operand_bytes; store<Along>(panel, to); load_a<Along>(fragment,
 * from, row, k, lane) for 16 rows, load_b<Along>(two fragments, from, column, k, lane) for 16 columns, both from depth k on;
 * k_step, the depth of a fragment; multiply(sums, a, b).
 */
template <typename Format, bool AlongA, bool AlongB>
__device__ __forceinline__ void multiply_on_tensor_cores(const Matmul m, unsigned char* shared) {
  constexpr int stage = 2 * Format::operand_bytes;
  const Tile at = tile_of_block<tensor_tile, tensor_tile>(m);
  Panel<AlongA, tensor_tile, Format::depth, tensor_threads> a(m.a, m.a_stride, at.row, m.rows, at);
  Panel<AlongB, tensor_tile, Format::depth, tensor_threads> b(m.b, m.b_stride, at.column, m.columns, at);
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int row = warp / 4 * 64, column = warp % 4 * 32;
  const bool busy = at.row + row < m.rows && at.column + column < m.columns;  // the same in the whole warp
  float sums[16][4] = {};  // of product (i, j) at 4 i + j

  const int depths = static_cast<int>(at.depth_end - at.depth), steps = (depths + Format::depth - 1) / Format::depth;
  a.fetch(depths);
  b.fetch(depths);
  Format::template store<AlongA>(a, shared);
  Format::template store<AlongB>(b, shared + Format::operand_bytes);
  __syncthreads();
  for (int step = 0; step < steps; step++) {
    const bool more = step + 1 < steps;
    if (more) {
      a.fetch(depths - (step + 1) * Format::depth);
      b.fetch(depths - (step + 1) * Format::depth);
    }
    const unsigned char* now = shared + step % 2 * stage;
    if (busy) {
#pragma unroll
      for (int k = 0; k < Format::depth; k += Format::k_step) {
        uint32_t x[4][4], y[4][2];
#pragma unroll
        for (int i = 0; i < 4; i++) Format::template load_a<AlongA>(x[i], now, row + i * 16, k, lane);
#pragma unroll
        for (int j = 0; j < 4; j += 2)
          Format::template load_b<AlongB>(y[j], y[j + 1], now + Format::operand_bytes, column + j * 8, k, lane);
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
          for (int j = 0; j < 4; j++) Format::multiply(sums[i * 4 + j], x[i], y[j]);
      }
    }
    if (more) {
      unsigned char* next = shared + (step + 1) % 2 * stage;
      Format::template store<AlongA>(a, next);
      Format::template store<AlongB>(b, next + Format::operand_bytes);
    }
    __syncthreads();
  }
  if (!busy) return;

  // Of each product a lane has rows g and g + 8, columns 2 t and 2 t + 1: lane = 4 g + t.
  const int first = at.column + column + lane % 4 * 2;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    const float even = bias_at(m, first + j * 8), odd = bias_at(m, first + j * 8 + 1);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float(&each)[4] = sums[i * 4 + j];
      each[0] += even;
      each[1] += odd;
      each[2] += even;
      each[3] += odd;
    }
  }
  activate_all<2>(sums, m.activation);
  const bool together = writes_together<2>(m);
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const long long r = at.row + row + i * 16 + half * 8 + lane / 4;
      if (r >= m.rows) continue;
      float* out = m.out + blockIdx.z * m.part + r * m.out_stride;
#pragma unroll
      for (int j = 0; j < 4; j++)
        write_pair(m, out, first + j * 8, together, sums[i * 4 + j][half * 2], sums[i * 4 + j][half * 2 + 1]);
    }
}

}  // namespace
