// Matrix products of bf16 operands in memory by wgmma, summed in float32: compute capability 9.0 alone.
#include "product_pairs.cuh"
#include "warpgroup.cuh"

namespace {

constexpr int tile_rows = 128, tile_depth = 64;
constexpr int warpgroup = 128, consumers = 2, threads = (1 + consumers) * warpgroup;
constexpr int block_bytes = 8192;  // 64 lines of 128 bytes: operand_at
constexpr int a_blocks = tile_rows / 64;
// At launch every thread has 168 registers, 65,536 / 384 in steps of 8; what the producer gives back the consumers take.
constexpr int producer_registers = 40, consumer_registers = 232;

/**
 * A product whose first factor lies transposed, [depth, rows], and what that adds up to along the depth: the gradient of a weight and
 * that of its bias. The columns of sums cost the first column of tiles eight more columns, in place of reading the factor once more.
 */
struct SummedProduct : Product<uint16_t> {
  double* a_sums;  // [parts of the depth, rows]; or null: a product like any other
};
template <typename Given> constexpr bool summed = false;
template <> constexpr bool summed<SummedProduct> = true;

// What a kernel of such products is given besides PRODUCT_PARAMETERS.
#define SUM_PARAMETERS double* __restrict__ a_sums
#define SUMMED_PRODUCT SummedProduct{PRODUCT_ARGUMENTS, a_sums}

/** The stages of shared memory that operands go through: tile_depth depths of a, then of b, in each; barriers behind them. */
template <int Columns> struct Ring {
  static constexpr int stages = Columns == 256 ? 4 : Columns == 192 ? 5 : 6;
  static constexpr int a_bytes = a_blocks * block_bytes, stage_bytes = a_bytes + Columns / 64 * block_bytes;

  unsigned char* shared;

  __device__ __forceinline__ unsigned char* at(int stage) const { return shared + stage * stage_bytes; }
  /** Its phases end when the copies of all producers into the stage have landed. */
  __device__ __forceinline__ uint64_t* full(int stage) const {
    return reinterpret_cast<uint64_t*>(shared + stages * stage_bytes) + stage;
  }
  /** Its phases end when all warps of consumers have done with the stage. */
  __device__ __forceinline__ uint64_t* empty(int stage) const { return full(stage) + stages; }
  /** 1 KB behind the barriers: eight columns of 64 ones, wherever the swizzle puts them. */
  __device__ __forceinline__ unsigned char* ones() const { return shared + stages * stage_bytes + 1024; }

  /** with_ones: whether there are the 2 KB from the barriers on. */
  __device__ __forceinline__ void prepare(bool with_ones) const {
    if (with_ones && threadIdx.x < 256) {
      reinterpret_cast<uint32_t*>(ones())[threadIdx.x] = 0x3f803f80;
      fence_proxy_async();
    }
    if (threadIdx.x == 0) {
      for (int stage = 0; stage < stages; stage++) {
        barrier_init(full(stage), warpgroup);
        barrier_init(empty(stage), consumers * warpgroup / 32);
      }
      fence_barrier_init();
    }
    __syncthreads();
  }
};

/** A place in the ring that goes on through all tiles of a block. */
template <int Stages> struct Place {
  int stage = 0;
  unsigned parity = 0;  // of the phase of the stage's barriers

  __device__ __forceinline__ void next() {
    if (++stage == Stages) {
      stage = 0;
      parity ^= 1;
    }
  }
};

/** The tiles of a block: those of all parts of the depth, dealt to the blocks of the grid in turn. */
template <int Columns> struct Tiles {
  unsigned each, parts;  // tiles of a part of the depth

  __device__ __forceinline__ explicit Tiles(const Product<uint16_t>& p) {
    each = static_cast<unsigned>((p.rows + tile_rows - 1) / tile_rows * ((p.columns + Columns - 1) / Columns));
    parts = p.depth > p.span ? static_cast<unsigned>((p.depth + p.span - 1) / p.span) : 1;
  }
  /** body(tile, its part of the depth, its stages). */
  template <typename Body> __device__ __forceinline__ void for_each(const Product<uint16_t>& p, Body body) const {
    const long long all = static_cast<long long>(each) * parts;
    for (long long i = blockIdx.x; i < all; i += gridDim.x) {
      const unsigned part = static_cast<unsigned>(i / each);
      const Tile tile = tile_of<tile_rows, Columns>(p, static_cast<unsigned>(i - static_cast<long long>(part) * each), part);
      body(tile, part, static_cast<int>((tile.depth_end - tile.depth + tile_depth - 1) / tile_depth));
    }
  }
};

/**
 * What one thread of the producers copies of an operand: units of 16 bytes at every sixteenth line of each block. Lines run along
 * the depth when Along; what lies outside the matrix, or beyond the tile's part of the depth, is 0.
 */
template <bool Along, int Blocks> class Feed {
 public:
  /** first: where in the extent (rows of a, columns of b) the tile begins. */
  __device__ __forceinline__ Feed(const uint16_t* matrix, int stride, long long first, long long extent, const Tile& tile,
                                  bool interleaves = false)
      : apart_(16LL * stride) {
    const int line = threadIdx.x / 8, unit = threadIdx.x % 8;
    from_ = matrix + (Along ? first + line : tile.depth + line) * stride + (Along ? tile.depth : first) + unit * 8;
    // Lines 32 apart lie 32 apart in either order.
#pragma unroll
    for (int i = 0; i < 2; i++) {
      const int at = Along && interleaves ? interleaved(i * 16 + line) : i * 16 + line;
      to_[i] = at * 128 + ((unit ^ at % 8) << 4);
    }
    const long long left = extent - first - (Along ? line : unit * 8);
    extent_left_ = left < Blocks * 64 ? static_cast<int>(left) : Blocks * 64;
  }

  /** Starts the copies of the next 64 depths, of which so many are left in all. */
  __device__ __forceinline__ void copy(unsigned char* to, int depths_left) {
    const int left = depths_left - static_cast<int>(Along ? threadIdx.x % 8 * 8 : threadIdx.x / 8);
    const uint16_t* from = from_;
#pragma unroll
    for (int block = 0; block < Blocks; block++) {
      if (!Along) from = from_ + block * 64;
      const int bytes = bytes_of(Along ? left : extent_left_ - block * 64);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const bool there = Along ? block * 64 + i * 16 < extent_left_ : i * 16 < left;
        copy_async_up_to_16(to + block * block_bytes + i / 2 * 32 * 128 + to_[i % 2], from, there ? bytes : 0);
        from += apart_;
      }
    }
    from_ += Along ? tile_depth : 4 * apart_;
  }

 private:
  static __device__ __forceinline__ int bytes_of(int elements) { return elements >= 8 ? 16 : elements > 0 ? elements * 2 : 0; }

  const uint16_t* from_;
  long long apart_;  // elements between sixteenth lines
  int to_[2], extent_left_;
};

/**
 * Finishes and writes the sums of a warp, 64 columns at a time: between the rounds the sums move up in their registers, so that the
 * code is there once (unrolled over 256 columns it is 160 KB and takes a driver four seconds to assemble).
 */
template <int Groups, typename Given>
__device__ __forceinline__ void finish_in_pieces(const Given& p, float (&sums)[Groups][4], long long row, int column,
                                                 unsigned part) {
  constexpr int together = 8;
  if (row >= p.rows) return;
#pragma unroll 1
  for (int first = 0; first < Groups && column + first * 8 < p.columns; first += together) {
    WarpSums<1, together> piece;
    piece.row = row;
    piece.column = column + first * 8;
#pragma unroll
    for (int i = 0; i < together; i++)
#pragma unroll
      for (int j = 0; j < 4; j++) piece.of[i][j] = sums[i][j];
    finish(p, piece, part);
#pragma unroll
    for (int i = together; i < Groups; i++)
#pragma unroll
      for (int j = 0; j < 4; j++) sums[i - together][j] = sums[i][j];
  }
}

/** Asks for what the rows of a tile meet, a row a thread of the producers, while the consumers are up to a ring of stages behind. */
template <int Columns> __device__ __forceinline__ void prefetch_met(const PairedProduct& p, const Tile& tile) {
  static_assert(warpgroup == tile_rows, "a thread for each row");
  if (!together<8>(p.pair_x, p.pair_stride)) return;
  each_met<Columns>(p, tile, [](const uint16_t* from, int count) {
    if (count >= 8) prefetch_bulk(from, count / 8 * 16);
  });
}
template <int Columns> __device__ __forceinline__ void prefetch_met(const Product<uint16_t>&, const Tile&) {}

template <int Columns, bool TransposedA, bool TransposedB, typename Given>
__device__ __forceinline__ void produce(const Given& p, const Ring<Columns> ring) {
  Place<Ring<Columns>::stages> place;
  Tiles<Columns>(p).for_each(p, [&](const Tile& tile, unsigned, int steps) {
    Feed<!TransposedA, a_blocks> a(p.a, p.a_stride, tile.row, p.rows, tile);
    Feed<!TransposedB, Columns / 64> b(p.b, p.b_stride, tile.column, p.columns, tile, takes_interleaved(p));
    int left = static_cast<int>(tile.depth_end - tile.depth);
#pragma unroll 1
    for (int step = 0; step < steps; step++) {
      barrier_wait(ring.empty(place.stage), place.parity ^ 1);
      a.copy(ring.at(place.stage), left);
      b.copy(ring.at(place.stage) + Ring<Columns>::a_bytes, left);
      copy_async_arrive(ring.full(place.stage));
      left -= tile_depth;
      place.next();
    }
    prefetch_met<Columns>(p, tile);
  });
}

/** What a warpgroup of consumers goes through the ring with. */
template <int Columns, bool TransposedA, bool TransposedB> struct Consumer {
  using Stages = Ring<Columns>;
  const Stages ring;
  int group;  // which of the consumers
  Place<Stages::stages> place;

  /** Adds the products of so many stages to sums; Summed: and those of a with ones to a_sums. */
  template <bool Summed>
  __device__ __forceinline__ void multiply(int steps, float (&sums)[Columns / 8][4], float (&a_sums)[1][4]) {
    const bool speaks = threadIdx.x % 32 == 0;  // for its warp
    pin(sums);
    if (Summed) pin(a_sums);
    int before = -1;  // the stage whose products may still be under way
#pragma unroll 1
    for (int step = 0; step < steps; step++) {
      barrier_wait(ring.full(place.stage), place.parity);
      // The copies landed in the ordinary way, and nobody was there to fence them when they did: each reader does.
      fence_proxy_async();
      const unsigned char* stage = ring.at(place.stage);
      const uint64_t a = operand_at<TransposedA>(stage + group * block_bytes);
      const uint64_t b = operand_at<TransposedB>(stage + Stages::a_bytes);
      wgmma_fence();
#pragma unroll
      for (int k = 0; k < tile_depth / 16; k++) {
        const uint64_t depths_of_a = a + (k * operand_step<TransposedA> >> 4);
        wgmma_k16<TransposedA, TransposedB>(sums, depths_of_a, b + (k * operand_step<TransposedB> >> 4));
        if (Summed) wgmma_k16<TransposedA, false>(a_sums, depths_of_a, operand_at<false>(ring.ones()));
      }
      wgmma_commit();
      wgmma_wait<1>();
      if (speaks && before >= 0) barrier_arrive(ring.empty(before));
      before = place.stage;
      place.next();
    }
    wgmma_wait<0>();
    if (speaks && before >= 0) barrier_arrive(ring.empty(before));
    pin(sums);
    if (Summed) pin(a_sums);
  }
};

template <int Columns, bool TransposedA, bool TransposedB, typename Given>
__device__ __forceinline__ void consume(const Given& p, const Ring<Columns> ring, int group) {
  const int lane = threadIdx.x % 32, first = group * 64 + threadIdx.x % warpgroup / 32 * 16;  // of the tile's rows
  Consumer<Columns, TransposedA, TransposedB> consumer = {ring, group, {}};
  Tiles<Columns>(p).for_each(p, [&](const Tile& tile, unsigned part, int steps) {
    float sums[Columns / 8][4] = {}, a_sums[1][4] = {};
    if constexpr (summed<Given>) {
      if (p.a_sums && tile.column == 0) {
        consumer.template multiply<true>(steps, sums, a_sums);
        // All columns are alike; lanes 4 g have the first, of rows g and g + 8.
        double* const to = p.a_sums + part * p.rows + tile.row + first + lane / 4;
        const long long left = p.rows - tile.row - first - lane / 4;
        if (lane % 4 == 0 && left > 0) to[0] = a_sums[0][0];
        if (lane % 4 == 0 && left > 8) to[8] = a_sums[0][2];
      } else {
        consumer.template multiply<false>(steps, sums, a_sums);
      }
    } else {
      consumer.template multiply<false>(steps, sums, a_sums);
    }
    finish_in_pieces(p, sums, tile.row + first, tile.column, part);
  });
}

/**
 * All tiles of a block. The first warpgroup copies operands into the ring, the others multiply 64 rows of the tile each. Blocks stay
 * for several tiles because the producer then fills the ring with the next one's operands while the sums of this one are written.
 */
template <int Columns, bool TransposedA, bool TransposedB, typename Given = Product<uint16_t>>
__device__ __forceinline__ void multiply(const Given p, unsigned char* shared) {
  const Ring<Columns> ring{shared};
  ring.prepare(summed<Given>);
  const int group = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / warpgroup, 0);
  if (group == 0) {
    keep_registers<producer_registers>();
    produce<Columns, TransposedA, TransposedB>(p, ring);
  } else {
    take_registers<consumer_registers>();
    consume<Columns, TransposedA, TransposedB>(p, ring, group - 1);
  }
}

}  // namespace

/**
 * Product of a [rows, depth] and b [depth, columns], tiles of 128 x 256. Grid: any number of blocks, at best one a multiprocessor,
 * of 384 threads; shared memory: 4 stages of 48 KB and 16 bytes of barriers each.
 */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_256(PRODUCT_PARAMETERS(uint16_t)) {
  DYNAMIC_SHARED(shared);
  multiply<256, false, true>(PRODUCT_ARGUMENTS, shared);
}
/** The same in tiles of 128 x 192: 5 stages of 40 KB. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_192(PRODUCT_PARAMETERS(uint16_t)) {
  DYNAMIC_SHARED(shared);
  multiply<192, false, true>(PRODUCT_ARGUMENTS, shared);
}
/** The same in tiles of 128 x 128: 6 stages of 32 KB. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_128(PRODUCT_PARAMETERS(uint16_t)) {
  DYNAMIC_SHARED(shared);
  multiply<128, false, true>(PRODUCT_ARGUMENTS, shared);
}
/** As matmul_wgmma_256 with b as [columns, depth]; its rows may meet those of another matrix, see PairedProduct. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_bt_256(PRODUCT_PARAMETERS(uint16_t), PAIR_PARAMETERS) {
  DYNAMIC_SHARED(shared);
  multiply<256, false, false, PairedProduct>(PAIRED_PRODUCT, shared);
}
/** The same in tiles of 128 x 192. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_bt_192(PRODUCT_PARAMETERS(uint16_t), PAIR_PARAMETERS) {
  DYNAMIC_SHARED(shared);
  multiply<192, false, false, PairedProduct>(PAIRED_PRODUCT, shared);
}
/** The same in tiles of 128 x 128. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_bt_128(PRODUCT_PARAMETERS(uint16_t), PAIR_PARAMETERS) {
  DYNAMIC_SHARED(shared);
  multiply<128, false, false, PairedProduct>(PAIRED_PRODUCT, shared);
}
/** As matmul_wgmma_256 with a as [depth, rows], which may be summed up besides, see SummedProduct; 2 KB in place of the barriers. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_at_256(PRODUCT_PARAMETERS(uint16_t), SUM_PARAMETERS) {
  DYNAMIC_SHARED(shared);
  multiply<256, true, true, SummedProduct>(SUMMED_PRODUCT, shared);
}
/** The same in tiles of 128 x 192. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_at_192(PRODUCT_PARAMETERS(uint16_t), SUM_PARAMETERS) {
  DYNAMIC_SHARED(shared);
  multiply<192, true, true, SummedProduct>(SUMMED_PRODUCT, shared);
}
/** The same in tiles of 128 x 128. */
extern "C" __global__ void __launch_bounds__(threads, 1) matmul_wgmma_at_128(PRODUCT_PARAMETERS(uint16_t), SUM_PARAMETERS) {
  DYNAMIC_SHARED(shared);
  multiply<128, true, true, SummedProduct>(SUMMED_PRODUCT, shared);
}
