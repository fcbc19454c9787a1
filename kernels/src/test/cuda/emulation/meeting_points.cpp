// Turns, and the places where threads wait for each other.
#include "cuda_emulation.h"
#include "fibers.h"
#include "schedule.h"
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace emu {
namespace {

unsigned random_below(unsigned bound) {
  uint64_t& s = the_block.random_state;
  s ^= s << 13;
  s ^= s >> 7;
  s ^= s << 17;
  return unsigned((s >> 32) * bound >> 32);
}

unsigned next_lane(const Warp& warp) {
  const unsigned ready = warp.ready;
  switch (options().order) {
    case Order::forward: {
      const unsigned above = ready & ~((2u << warp.last) - 1);
      return __builtin_ctz(above ? above : ready);
    }
    case Order::reverse: {
      const unsigned below = ready & ((1u << warp.last) - 1);
      return 31 - __builtin_clz(below ? below : ready);
    }
    default: {
      const unsigned from = random_below(warp_size);
      const unsigned turned = from ? ready >> from | ready << (warp_size - from) : ready;
      return (__builtin_ctz(turned) + from) % warp_size;
    }
  }
}

void shuffle_warps() {
  Block& b = the_block;
  for (unsigned i = b.warp_count; i > 1; i--) std::swap(b.warp_order[i - 1], b.warp_order[random_below(i)]);
}

std::string waits_for(const Thread& thread, unsigned mask) {
  char text[160];
  snprintf(text, sizeof text, "thread %u waits in %s (mask %08x) for threads that never come", thread.linear,
           thread.waits_in, mask);
  return text;
}

}  // namespace

void start_schedule() {
  Block& b = the_block;
  b.turn = 0;
  for (unsigned i = 0; i < b.warp_count; i++)
    b.warp_order[i] = options().order == Order::reverse ? b.warp_count - 1 - i : i;
  if (options().order == Order::random) shuffle_warps();
}

// One warp runs as far as it can before the next gets its turn: the greatest skew between warps that barriers allow.
Thread* next_thread() {
  Block& b = the_block;
  for (unsigned passed = 0;; passed++) {
    if (passed > b.warp_count) {
      if (!land_a_copy()) return nullptr;
      passed = 0;
    }
    const unsigned w = b.warp_order[b.turn];
    Warp& warp = b.warps[w];
    if (warp.ready) {
      const unsigned lane = next_lane(warp);
      warp.ready &= ~(1u << lane);
      warp.last = lane;
      return &b.threads[w * warp_size + lane];
    }
    if (++b.turn == b.warp_count) {
      b.turn = 0;
      if (options().order == Order::random) shuffle_warps();
    }
  }
}

std::string deadlock() {
  Block& b = the_block;
  const std::string barrier = waits_for_a_barrier();
  if (!barrier.empty()) return "deadlock: " + barrier;
  for (unsigned w = 0; w < b.warp_count; w++) {
    const Warp& warp = b.warps[w];
    if (const unsigned waiting = warp.arrived | warp.in_barrier) {
      const unsigned lane = __builtin_ctz(waiting);
      return "deadlock: " + waits_for(b.threads[w * warp_size + lane],
                                      warp.arrived >> lane & 1 ? warp.masks[lane] : 0xffffffffu);
    }
  }
  return "deadlock";
}

void check_exit(Thread& self) {
  Block& b = the_block;
  const unsigned lane = self.linear % warp_size, first = self.linear - lane;
  Warp& warp = b.warps[self.linear / warp_size];
  b.live--;
  warp.exited |= 1u << lane;
  if (warp.exited == 0xffffffffu) check_products(self.linear / warp_size);
  for (unsigned rest = warp.arrived; rest; rest &= rest - 1) {
    const unsigned other = __builtin_ctz(rest);
    if (warp.masks[other] >> lane & 1)
      fail(std::string("a lane exited while its warp waits for it in ") + b.threads[first + other].waits_in);
  }
  if (b.waiting)
    fail("a thread exited while others wait in __syncthreads at line " + std::to_string(b.barrier_line));
}

void sync_threads(int line) {
  Block& b = the_block;
  Thread& self = *b.current;
  if (b.live != b.count)
    fail("__syncthreads at line " + std::to_string(line) + " after a thread of the block has exited");
  if (b.waiting == 0) b.barrier_line = line;
  if (b.barrier_line != line)
    fail("threads of one block wait in different __syncthreads, lines " + std::to_string(b.barrier_line) + " and " +
         std::to_string(line));
  // Two objects in turn, so that a barrier orders only what precedes it.
  void* object = &b.ordering[b.barriers & 1];
  release(object);
  self.waits_in = "__syncthreads";
  if (++b.waiting == b.live) {
    b.waiting = 0;
    b.barriers++;
    for (unsigned w = 0; w < b.warp_count; w++) {
      b.warps[w].ready |= b.warps[w].in_barrier;
      b.warps[w].in_barrier = 0;
    }
  } else {
    b.warps[self.linear / warp_size].in_barrier |= 1u << self.linear % warp_size;
    wait_turn();
  }
  acquire(object);
}

bool meet(Warp& warp, unsigned lane, unsigned& mask, const char* site, bool needs_whole_warp) {
  Block& b = the_block;
  const unsigned first = b.current->linear - lane;
  if (b.count - first < warp_size) {
    if (needs_whole_warp) fail(std::string(site) + " in an incomplete warp");
    mask &= (1u << (b.count - first)) - 1;
  }
  if (!(mask >> lane & 1)) fail(std::string(site) + ": the calling lane is not in its mask");
  if (warp.exited & mask) fail(std::string(site) + ": a lane of the mask has exited");
  b.current->waits_in = site;
  if (warp.arrived) {
    const unsigned other = __builtin_ctz(warp.arrived);
    warp.uniform = warp.uniform && warp.masks[other] == mask && warp.sites[other] == site;
  } else {
    warp.uniform = true;
  }
  warp.masks[lane] = mask;
  warp.sites[lane] = site;
  warp.arrived |= 1u << lane;
  if ((warp.arrived & mask) != mask) {
    wait_turn();
    return false;
  }
  if (!warp.uniform)
    for (unsigned rest = mask; rest; rest &= rest - 1) {
      const unsigned other = __builtin_ctz(rest);
      if (warp.masks[other] != mask || strcmp(warp.sites[other], site) != 0)
        fail(std::string(site) + ": lane " + std::to_string(other) + " waits in " + warp.sites[other] +
             ", or with another mask");
    }
  return true;
}

void dismiss(Warp& warp, unsigned mask, unsigned lane) {
  warp.arrived &= ~mask;
  warp.ready |= mask & ~(1u << lane);
}

Unwatched::Unwatched() {
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  the_block.current->unwatched++;
#endif
}

Unwatched::~Unwatched() { watch_again(); }

void watch_again() {
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  the_block.current->unwatched--;
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
#endif
}

void acquire([[maybe_unused]] void* object) {
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  __tsan_acquire(object);
#endif
}

void release([[maybe_unused]] void* object) {
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  __tsan_release(object);
#endif
}

}  // namespace emu
