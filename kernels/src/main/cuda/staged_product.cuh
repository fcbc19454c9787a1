// Matrix products on the tensor cores through stages in shared memory, whatever the format of the operands.
#pragma once
#include "product.cuh"

namespace {

/**
 * The shape of the work, counted for the products of a critic (300,000 rows; 768, 384, 192 and 96 columns).
 *
 * Tile of 256 x 128, 8 warps of 64 x 64. For 2^20 multiplications, 1,024 cycles of the tensor cores of 8.0 (bf16), the block takes
 * 24 KB from the second-level cache, which has some 25 bytes a cycle for each multiprocessor; a tile of 128 x 128 would take 32.
 * Warps read 64 KB from shared memory, 512 cycles of 128 bytes; warps of 64 x 32 would read 96. The price is 128 sums and 64
 * registers of fragments a thread: up to 255 registers, one block a multiprocessor. Rows are many and columns few, so the long side
 * lies along the rows.
 *
 * 32 depths of bf16, 16 of tf32, are 24 KB; four stages 96 KB, which also the 99 KB of compute capability 8.6 and 8.9 hold: three
 * stages are on their way while one is multiplied.
 */
constexpr int staged_threads = 256, staged_rows = 256, staged_columns = 128, stages = 4;
constexpr int line_bytes = 64;  // of an operand along the depth, in a stage
constexpr int a_bytes = staged_rows * line_bytes, stage_bytes = a_bytes + staged_columns * line_bytes;

/** Dynamic shared memory of a block; the launcher asks for as much. */
constexpr int staged_bytes = stages * stage_bytes;

/**
 * Byte offset in a stage of 16 bytes of an operand. Along the depth: [Extent, depth], lines of 64 bytes, in which the four units
 * change places so that eight neighbouring lines lie in all banks. Else [depth, Extent]: Turn(line) says how units change places.
 */
template <typename Format, bool Along, int Extent> __device__ __forceinline__ int unit_at(int line, int unit) {
  return Along ? line * line_bytes + (unit ^ line / 2 % 4) * 16
               : (line * (Extent / Format::per_unit) + (unit ^ Format::turn(line))) * 16;
}

/** One operand of a tile on its way from global memory; what lies outside the matrix is 0. */
template <typename Format, bool Along, int Extent> class Stream {
  using Element = typename Format::Element;
  static constexpr int per_unit = Format::per_unit;  // elements of 16 bytes
  static constexpr int across = Along ? Format::depth / per_unit : Extent / per_unit;
  static constexpr int height = Along ? Extent : Format::depth;
  static constexpr int lines_at_once = staged_threads / across, pieces = height / lines_at_once;
  static_assert(staged_threads % across == 0 && height % lines_at_once == 0, "all threads copy as much");

 public:
  /** first: where in the extent it begins. */
  __device__ __forceinline__ Stream(const Element* matrix, int stride, long long first, long long extent, const Tile& tile,
                                    bool interleaves = false)
      : interleaves_(Along && interleaves), stride_(stride),
        extent_left_(extent - first < Extent ? static_cast<int>(extent - first) : Extent) {
    const long long line0 = Along ? first : tile.depth, at0 = Along ? tile.depth : first;
    from_ = matrix + (line0 + line()) * stride + at0 + at();
    whole_ = together<per_unit>(matrix, stride);
  }

  /** Starts copying the next depths, of which so many are left in all. */
  __device__ __forceinline__ void fetch(unsigned char* to, int depths_left) {
    const int lines_left = Along ? extent_left_ : depths_left, width_left = Along ? depths_left : extent_left_;
#pragma unroll
    for (int i = 0; i < pieces; i++) {
      const int l = line() + i * lines_at_once;
      const int left = l < lines_left ? width_left - at() : 0, there = left < 0 ? 0 : left < per_unit ? left : per_unit;
      const Element* piece = from_ + static_cast<long long>(i * lines_at_once) * stride_;
      const int placed = interleaves_ ? interleaved(l) : l;
      unsigned char* place = to + unit_at<Format, Along, Extent>(placed, static_cast<int>(threadIdx.x) % across);
      if (Format::always_whole || whole_) {
        copy_async_up_to_16(place, piece, there * static_cast<int>(sizeof(Element)));
      } else {
#pragma unroll
        for (int k = 0; k < per_unit; k++) copy_async_4(place + k * 4, piece + k, k < there);
      }
    }
    from_ += Along ? Format::depth : static_cast<long long>(Format::depth) * stride_;
  }

 private:
  // The first piece of a thread.
  static __device__ __forceinline__ int line() { return threadIdx.x / across; }
  static __device__ __forceinline__ int at() { return threadIdx.x % across * per_unit; }

  const Element* from_;
  bool interleaves_;
  int stride_, extent_left_;
  bool whole_;  // all units at multiples of 16 bytes
};

/** What a warp of 64 x 64 multiplies at once. */
struct Fragments {
  uint32_t a[4][4], b[8][2];
};

/**
 * The tile of a block. While the products of one fragment's depth are under way the fragments of the next are read, and while
 * those of one stage are, the stages after it are copied: the place of the stage that all warps have read last is filled anew.
 *
 * Format: Element; depth, how many depths a stage has, k_step of them a fragment; load_a<Along>(fragment, from, row, k, lane) for 16
 * rows, load_b<Along>(two fragments, from, column, k, lane) for 16 columns, both from depth k on; multiply(sums, a, b).
 * Given: a Product, or one with a finish of its own.
 */
template <typename Format, bool AlongA, bool AlongB, typename Given = Product<typename Format::Element>>
__device__ __forceinline__ void multiply_staged(const Given p, unsigned char* shared) {
  constexpr int steps_of_stage = Format::depth / Format::k_step;
  static_assert(steps_of_stage == 2, "one set of fragments is multiplied while the other is read");
  const Tile at = tile_of<staged_rows, staged_columns>(p, blockIdx.x, blockIdx.z);
  Stream<Format, AlongA, staged_rows> a(p.a, p.a_stride, at.row, p.rows, at);
  Stream<Format, AlongB, staged_columns> b(p.b, p.b_stride, at.column, p.columns, at, takes_interleaved(p));
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int row = warp / 2 * 64, column = warp % 2 * 64;
  const bool busy = at.row + row < p.rows && at.column + column < p.columns;  // the same in the whole warp
  WarpSums<4, 8> sums = {{}, at.row + row, at.column + column};
  Fragments held[2];

  int depths_left = static_cast<int>(at.depth_end - at.depth);
  const int steps = (depths_left + Format::depth - 1) / Format::depth;
  const auto fetch = [&](int stage) {
    if (depths_left > 0) {
      unsigned char* to = shared + stage * stage_bytes;
      a.fetch(to, depths_left);
      b.fetch(to + a_bytes, depths_left);
    }
    depths_left -= Format::depth;
    copy_async_commit();  // also of nothing: the wait counts groups
  };
  const auto read = [&](Fragments& to, int stage, int k) {
    if (!busy) return;
    const unsigned char* from = shared + stage * stage_bytes;
#pragma unroll
    for (int i = 0; i < 4; i++) Format::template load_a<AlongA>(to.a[i], from, row + i * 16, k, lane);
#pragma unroll
    for (int j = 0; j < 8; j += 2)
      Format::template load_b<AlongB>(to.b[j], to.b[j + 1], from + a_bytes, column + j * 8, k, lane);
  };
  const auto multiply = [&](const Fragments& by) {
    if (!busy) return;
#pragma unroll
    for (int i = 0; i < 4; i++)
#pragma unroll
      for (int j = 0; j < 8; j++) Format::multiply(sums.of[i * 8 + j], by.a[i], by.b[j]);
  };

#pragma unroll
  for (int stage = 0; stage < stages - 1; stage++) fetch(stage);
  prefetch_for_finish<staged_columns>(p, at);
  copy_async_wait<stages - 2>();
  __syncthreads();
  read(held[0], 0, 0);
#pragma unroll 1
  for (int step = 0, now = 0; step < steps; step++) {
    const int next = now + 1 == stages ? 0 : now + 1, last = now == 0 ? stages - 1 : now - 1;
    fetch(last);
    read(held[1], now, Format::k_step);
    multiply(held[0]);
    copy_async_wait<stages - 2>();
    __syncthreads();  // the next stage is there for all, and all have read this one
    if (step + 1 < steps) read(held[0], next, 0);
    multiply(held[1]);
    now = next;
  }
  copy_async_wait<0>();
  if (busy) finish_by_rows(p, sums, blockIdx.z);
}

}  // namespace
