// Matrix products in float32 throughout, on the ordinary arithmetic units.
#include "product.cuh"

namespace {

constexpr int threads = 128, tile_rows = 128, tile_columns = 64, tile_depth = 8;
// Lines of four more: threads that store pieces along the depth at one time then meet different banks.
constexpr int a_line = tile_rows + 4, b_line = tile_columns + 4, a_size = tile_depth * a_line;
constexpr int stage = a_size + tile_depth * b_line;

__device__ __forceinline__ int at_most(long long value, int bound) { return value < bound ? static_cast<int>(value) : bound; }

/**
 * One operand of a tile on its way from global memory, Depth deep and Extent wide: Extent rows of a matrix [extent, depth] when
 * Along (memory runs along the depth), Depth rows of a matrix [depth, extent] otherwise. Each thread holds a few pieces of four
 * neighbours; what lies outside the matrix is 0.
 */
template <bool Along, int Extent, int Depth, int Threads> class Panel {
 public:
  static constexpr int width = Along ? Depth : Extent, height = Along ? Extent : Depth;
  static constexpr int across = width / 4, lines_at_once = Threads / across, pieces = height / lines_at_once;
  static_assert(Threads % across == 0 && height % lines_at_once == 0, "all threads hold as many pieces");

  /** first: where in the extent it begins. */
  __device__ __forceinline__ Panel(const float* matrix, int stride, long long first, long long extent, const Tile& tile)
      : stride_(stride), extent_left_(at_most(extent - first, Extent)) {
    const long long line0 = Along ? first : tile.depth, at0 = Along ? tile.depth : first;
    from_ = matrix + (line0 + line()) * stride + at0 + at();
    whole_ = reinterpret_cast<size_t>(matrix) % 16 == 0 && stride % 4 == 0 && at0 % 4 == 0 && extent_left_ == Extent;
  }

  /** Starts loading the next Depth depths, of which so many are left in all. */
  __device__ __forceinline__ void fetch(int depths_left) {
    if (whole_ && depths_left >= Depth) {
#pragma unroll
      for (int i = 0; i < pieces; i++) held_[i] = *reinterpret_cast<const float4*>(from_ + offset(i));
    } else {
      const int lines_left = Along ? extent_left_ : depths_left, width_left = Along ? depths_left : extent_left_;
#pragma unroll
      for (int i = 0; i < pieces; i++) {
        const float* piece = from_ + offset(i);
        const int there = line() + i * lines_at_once < lines_left ? width_left - at() : 0;
        held_[i] = make_float4(there > 0 ? piece[0] : 0.0f, there > 1 ? piece[1] : 0.0f, there > 2 ? piece[2] : 0.0f,
                               there > 3 ? piece[3] : 0.0f);
      }
    }
    from_ += Along ? Depth : static_cast<long long>(Depth) * stride_;
  }

  /** put(line, at, piece) for each piece that is held. */
  template <typename Put> __device__ __forceinline__ void store(Put put) const {
#pragma unroll
    for (int i = 0; i < pieces; i++) put(line() + i * lines_at_once, at(), held_[i]);
  }

 private:
  // The first piece of a thread.
  static __device__ __forceinline__ int line() { return threadIdx.x / across; }
  static __device__ __forceinline__ int at() { return threadIdx.x % across * 4; }

  /** Elements from the first piece of a thread to piece i. */
  __device__ __forceinline__ long long offset(int i) const { return static_cast<long long>(i * lines_at_once) * stride_; }

  int stride_, extent_left_;
  bool whole_;  // aligned, and full in its extent
  const float* from_;
  float4 held_[pieces];
};

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
 * Mask, what out held and out for the sums of a thread, row by row: between the rounds the sums move up in their registers, so that the
 * code is there once.
 */
template <typename Out>
__device__ __forceinline__ void write(const Product<float>& p, Out* out, long long row, int column, float (&sums)[16][4]) {
  const bool whole = together<2>(out, p.out_stride), whole_mask = together<2>(p.mask, p.mask_stride);
#pragma unroll 1
  for (int i = 0; i < 8; i++) {
    const long long r = row + i / 4 * 32 + i % 4;
    if (r >= p.rows) return;
#pragma unroll
    for (int j = 0; j < 8; j += 2) {
      const int c = column + j / 4 * 16 + j % 4;
      float &first = sums[j / 4][j % 4], &second = sums[j / 4][j % 4 + 1];
      if (p.mask) apply_mask(p, r, c, whole_mask, first, second);
      if (p.beta != 0.0f) add_held(p, out, r, c, whole, first, second);
      store_pair(out + r * p.out_stride + c, p.columns - c, whole, first, second);
    }
#pragma unroll
    for (int group = 2; group < 16; group++)
#pragma unroll
      for (int j = 0; j < 4; j++) sums[group - 2][j] = sums[group][j];
  }
}

/**
 * The tile of a block: 2 x 2 warps of 64 x 32, in them 8 x 4 threads, each with rows r to r + 3, r + 32 to r + 35 and columns
 * c to c + 3, c + 16 to c + 19. The next depths are under way from global memory while the present ones are multiplied.
 */
template <bool AlongA, bool AlongB> __device__ __forceinline__ void multiply(const Product<float> p, float* shared) {
  const Tile at = tile_of<tile_rows, tile_columns>(p, blockIdx.x, blockIdx.z);
  Panel<AlongA, tile_rows, tile_depth, threads> a(p.a, p.a_stride, at.row, p.rows, at);
  Panel<AlongB, tile_columns, tile_depth, threads> b(p.b, p.b_stride, at.column, p.columns, at);
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int row = warp / 2 * 64 + lane / 4 * 4, column = warp % 2 * 32 + lane % 4 * 4;
  const bool busy = at.row + row < p.rows && at.column + column < p.columns;
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
    const float bias = bias_at(p, at.column + column + j / 4 * 16 + j % 4);
#pragma unroll
    for (int i = 0; i < 8; i++) sums[2 * i + j / 4][j % 4] += bias;
  }
  activate_all<1>(sums, p.activation);
  if (p.out_bf16)
    write(p, static_cast<uint16_t*>(p.out) + blockIdx.z * p.part, at.row + row, at.column + column, sums);
  else
    write(p, static_cast<float*>(p.out) + blockIdx.z * p.part, at.row + row, at.column + column, sums);
}

}  // namespace

/** Product of a [rows, depth] and b [depth, columns]. Grid (tiles of 128 x 64, 1, parts of the depth), 128 threads. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32(PRODUCT_PARAMETERS(float)) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<true, false>(PRODUCT_ARGUMENTS, shared);
}
/** The same with b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32_bt(PRODUCT_PARAMETERS(float)) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<true, true>(PRODUCT_ARGUMENTS, shared);
}
/** The same with a as [depth, rows]. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32_at(PRODUCT_PARAMETERS(float)) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<false, false>(PRODUCT_ARGUMENTS, shared);
}
/** The same with a as [depth, rows] and b as [columns, depth]. */
extern "C" __global__ void __launch_bounds__(128, 3) matmul_f32_at_bt(PRODUCT_PARAMETERS(float)) {
  __shared__ __align__(16) float shared[2 * stage];
  multiply<false, true>(PRODUCT_ARGUMENTS, shared);
}
