// Matrix products in float32 throughout, on the ordinary arithmetic units.
#include "matmul.cuh"

namespace {

constexpr int threads = 128, tile_rows = 128, tile_columns = 64, tile_depth = 8;
// Lines of four more: threads that store pieces along the depth at one time then meet different banks.
constexpr int a_line = tile_rows + 4, b_line = tile_columns + 4, a_size = tile_depth * a_line;
constexpr int stage = a_size + tile_depth * b_line;

/** Stores a panel as [depth, extent]. */
template <bool Along, int Line, typename P> __device__ __forceinline__ void store_panel(const P& panel, float* to) {
  panel.store([to](int row, int at, float4 piece) {
    if (Along) {
      float* first = to + at * Line + row;
      first[0] = piece.x;
      first[Line] = piece.y;
      first[2 * Line] = piece.z;
      first[3 * Line] = piece.w;
    } else {
      *reinterpret_cast<float4*>(to + row * Line + at) = piece;
    }
  });
}

/** Eight numbers that a thread needs of one depth: four from here and the four that follow `apart` later. */
template <int Apart> __device__ __forceinline__ void load_eight(float (&to)[8], const float* from) {
  const float4 low = *reinterpret_cast<const float4*>(from), high = *reinterpret_cast<const float4*>(from + Apart);
  to[0] = low.x;
  to[1] = low.y;
  to[2] = low.z;
  to[3] = low.w;
  to[4] = high.x;
  to[5] = high.y;
  to[6] = high.z;
  to[7] = high.w;
}

/**
 * The tile of a block: 2 x 2 warps of 64 x 32, in them 8 x 4 threads, each with rows r to r + 3, r + 32 to r + 35 and columns
 * c to c + 3, c + 16 to c + 19. The next depths are under way from global memory while the present ones are multiplied.
 */
template <bool AlongA, bool AlongB> __device__ __forceinline__ void multiply(const Matmul m, float* shared) {
  const Tile at = tile_of_block<tile_rows, tile_columns>(m);
  Panel<AlongA, tile_rows, tile_depth, threads> a(m.a, m.a_stride, at.row, m.rows, at);
  Panel<AlongB, tile_columns, tile_depth, threads> b(m.b, m.b_stride, at.column, m.columns, at);
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int row = warp / 2 * 64 + lane / 4 * 4, column = warp % 2 * 32 + lane % 4 * 4;
  const bool busy = at.row + row < m.rows && at.column + column < m.columns;
  float sums[16][4] = {};  // of row i and column j of the thread at [2 i + j / 4][j % 4]

  const int depths = static_cast<int>(at.depth_end - at.depth), steps = (depths + tile_depth - 1) / tile_depth;
  a.fetch(depths);
  b.fetch(depths);
  store_panel<AlongA, a_line>(a, shared);
  store_panel<AlongB, b_line>(b, shared + a_size);
  __syncthreads();
  for (int step = 0; step < steps; step++) {
    const bool more = step + 1 < steps;
    if (more) {
      a.fetch(depths - (step + 1) * tile_depth);
      b.fetch(depths - (step + 1) * tile_depth);
    }
    const float* now = shared + step % 2 * stage;
    if (busy) {
#pragma unroll
      for (int k = 0; k < tile_depth; k++) {
        float x[8], y[8];
        load_eight<32>(x, now + k * a_line + row);
        load_eight<16>(y, now + a_size + k * b_line + column);
#pragma unroll
        for (int i = 0; i < 8; i++)
#pragma unroll
          for (int j = 0; j < 8; j++) sums[2 * i + j / 4][j % 4] += x[i] * y[j];
      }
    }
    if (more) {
      float* next = shared + (step + 1) % 2 * stage;
      store_panel<AlongA, a_line>(a, next);
      store_panel<AlongB, b_line>(b, next + a_size);
    }
    __syncthreads();
  }
  if (!busy) return;

#pragma unroll
  for (int j = 0; j < 8; j++) {
    const float bias = bias_at(m, at.column + column + j / 4 * 16 + j % 4);
#pragma unroll
    for (int i = 0; i < 8; i++) sums[2 * i + j / 4][j % 4] += bias;
  }
  activate_all<1>(sums, m.activation);
  const bool together = writes_together<2>(m);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    const long long r = at.row + row + i / 4 * 32 + i % 4;
    if (r >= m.rows) continue;
    float* out = m.out + blockIdx.z * m.part + r * m.out_stride;
#pragma unroll
    for (int j = 0; j < 8; j += 2)
      write_pair(m, out, at.column + column + j / 4 * 16 + j % 4, together, sums[2 * i + j / 4][j % 4],
                 sums[2 * i + j / 4][j % 4 + 1]);
  }
}

}  // namespace

/** Matmul of a [rows, depth] and b [depth, columns]. Grid (tiles of 128 x 64, 1, parts of the depth), 128 threads. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32(MATMUL_PARAMETERS) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<true, false>(MATMUL_ARGUMENTS, shared);
}
/** The same with b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32_bt(MATMUL_PARAMETERS) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<true, true>(MATMUL_ARGUMENTS, shared);
}
/** The same with a as [depth, rows]. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32_at(MATMUL_PARAMETERS) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<false, false>(MATMUL_ARGUMENTS, shared);
}
/** The same with a as [depth, rows] and b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32_at_bt(MATMUL_PARAMETERS) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<false, true>(MATMUL_ARGUMENTS, shared);
}
