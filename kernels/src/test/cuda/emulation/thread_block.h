// The block of threads that runs now.
#pragma once
#include <string>
#include <vector>

namespace emu {

constexpr unsigned warp_size = 32, max_threads = 1024;

/** In which order ready warps and lanes get their turns. */
enum class Order { forward, reverse, random };
/**
 * When an asynchronous copy lands: in the wait that it must have landed by (where nothing waits for it but a barrier: when no
 * thread can go on), or at once. Warpgroup products (wgmma) read their operands the other way round: at once when copies are late,
 * in the wait for the product when copies are early, so that neither a copy read too soon nor one made too soon goes unseen.
 */
enum class Copies { late, early };
struct Options {
  Order order = Order::forward;
  Copies copies = Copies::late;
  unsigned seed = 1;
};
Options& options();

struct Fiber;

/** A cp.async under way; what it reads beyond source_bytes is zero. */
struct PendingCopy {
  void* to;
  const void* from;
  unsigned bytes, source_bytes;
  unsigned group;
  uint64_t* barrier;  // without bytes: where the thread arrives when its copies before this have landed; else null
};

/** A cp.async.bulk under way: its bytes are counted off at a barrier. */
struct BulkCopy {
  void* to;
  const void* from;
  unsigned bytes;
  uint64_t* barrier;
};

/** A thread that waits for a phase of a barrier in shared memory. */
struct BarrierWait {
  const uint64_t* barrier;
  unsigned parity;
  int line;
};

struct Thread {
  uint3 index{};
  unsigned linear = 0;
  Fiber* fiber = nullptr;           // null before its first turn
  const char* waits_in = nullptr;   // the last barrier or primitive it came to
  std::vector<PendingCopy> copies;
  size_t copies_landed = 0;
  unsigned copy_group = 0, arrivals_queued = 0, warp_barriers = 0;
  unsigned unwatched = 0;           // how often it is
  BarrierWait wait{};
};

/** Accumulators of a warp that a product under way will change: until then the threads' own are NaN. */
struct Accumulators {
  float* of[warp_size];
  std::vector<float> held;  // of lane l, element i at l * count + i
  unsigned count, products;
};
/** A warp's part of a wgmma under way: 16 of its 64 rows. */
struct Product {
  uint64_t a, b;
  bool transposed_a, transposed_b, done;
  size_t accumulators;
  unsigned group;
};

/** Which lanes may run, which wait, and what they left for each other. */
struct Warp {
  unsigned ready = 0, in_barrier = 0, arrived = 0, exited = 0;
  unsigned last = 0;                // the lane that had the last turn
  bool uniform = true;              // all lanes arrived so far are in one primitive with one mask
  unsigned masks[warp_size];        // each arrived lane's mask
  const char* sites[warp_size];     // and primitive
  char ordering[2] = {0, 0};        // what __syncwarp orders accesses by, for the race detector

  uint64_t words[warp_size], results[warp_size];  // shuffles and votes
  unsigned sources[warp_size];
  alignas(16) uint16_t rows[warp_size][8], settled_rows[warp_size][8];  // ldmatrix: row i % 8 of matrix i / 8
  alignas(32) float a[16][16], b[16][8], d[16][8];                      // mma

  float* accumulators[warp_size];   // wgmma: what the lanes arrived with
  uint64_t descriptors[warp_size][2];
  std::vector<Accumulators> in_flight;
  std::vector<Product> products;    // oldest first
  unsigned product_group = 0, products_issued = 0;
  char product_ordering[2] = {0, 0};  // what groups of products, in turn, order their reads by, for the race detector
  bool fenced = false;              // by wgmma.fence, since accumulators were last written by others than wgmma
};

struct Block {
  dim3 grid, dim;
  uint3 index{};
  unsigned char* dynamic_shared = nullptr;
  size_t dynamic_bytes = 0;
  Thread* current = nullptr;        // null when no kernel runs
  Thread* threads = nullptr;
  Warp* warps = nullptr;
  unsigned count = 0, warp_count = 0;
  unsigned live = 0, waiting = 0, barriers = 0;
  int barrier_line = 0;
  char start = 0, finish = 0, ordering[2] = {0, 0};  // what launch, end and barriers order accesses by
  unsigned turn = 0;                // place in warp_order
  unsigned warp_order[max_threads / warp_size] = {};
  uint64_t random_state = 1;
  std::vector<BulkCopy> bulk_copies;
  std::vector<Thread*> barrier_waiters;
  // By the order of events: when each 16 bytes of dynamic shared memory last got what cp.async brought, and the last
  // fence.proxy.async.
  std::vector<unsigned> copied;
  unsigned events = 0, fence_event = 0;
  // What the warps of a warpgroup multiply, in their order: they must agree.
  std::vector<uint64_t> product_log[max_threads / (4 * warp_size)];
  void (*entry)(void*) = nullptr;
  void* entry_arguments = nullptr;
  std::string error;
};
extern Block the_block;

/** Whether a thread of a kernel is what runs now. */
inline bool running() { return the_block.current != nullptr; }
inline unsigned lane() { return the_block.current->linear % warp_size; }

/** Ends the launch with an error that names block and thread. */
[[noreturn]] void fail(const std::string& what);

void sync_threads(int line);

/** Gives the turn to another thread; returns when this one is made ready and has its turn again. */
void wait_turn();

/**
 * Comes to a meeting of the lanes in a mask. True for the last of them: it performs the exchange, then calls
 * `dismiss`. False for the others, when that has happened.
 */
bool meet(Warp& warp, unsigned lane, unsigned& mask, const char* site, bool needs_whole_warp);
void dismiss(Warp& warp, unsigned mask, unsigned lane);
inline Warp& current_warp() { return the_block.warps[the_block.current->linear / warp_size]; }

// For the race detector: accesses before release(x) happen before those after a later acquire(x).
void acquire(void* object);
void release(void* object);

/**
 * While it lives the race detector does not look at the thread: for bookkeeping that threads share and that allocates or moves
 * memory, which it sees wherever it is compiled. No turn may be given away meanwhile.
 */
class Unwatched {
 public:
  Unwatched();
  ~Unwatched();
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;
};

template <typename To, typename From>
inline To bits(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}

}  // namespace emu
