#include <cstdio>
#include <cstdlib>
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

#include "cuda_emulation.h"
#include "fibers.h"
#include "schedule.h"

extern "C" char __start_emu_shared[] __attribute__((weak)), __stop_emu_shared[] __attribute__((weak));

namespace emu {

Block the_block;

namespace {

constexpr size_t max_shared_bytes = size_t{227} << 10;
Fiber launcher;

void fiber_main();

// Leaves the current thread, which waits or has ended.
void turn_to(Thread* next, Fiber& from, bool ends) {
  Block& b = the_block;
  if (!next) {
    switch_fiber(from, launcher, ends);
    return;
  }
  if (!next->fiber) {
    next->fiber = &take_fiber(next->linear);
    prepare(*next->fiber, fiber_main);
  }
  b.current = next;
  // A copy that landed when no thread could run may have been what this one waits for: it goes on where it is.
  if (next->fiber != &from) switch_fiber(from, *next->fiber, ends);
}

void fiber_main() {
  Block& b = the_block;
  begin_fiber(launcher);
  for (;;) {
    Thread& self = *b.current;
    Fiber& stack = *self.fiber;
    acquire(&b.start);
    b.entry(b.entry_arguments);
    release(&b.finish);
    check_exit(self);
    Thread* next = next_thread();
#if !defined(EMULATION_UNDER_THREAD_SANITIZER)
    // A thread that has not begun takes this stack over, without a switch.
    if (next && !next->fiber) {
      next->fiber = &stack;
      b.current = next;
      continue;
    }
#endif
    give_fiber_back(stack);
    turn_to(next, stack, true);
  }
}

// Stores that neither a sanitizer nor the compiler makes a memset of: red zones lie between the variables.
void poison(unsigned char* from, unsigned char* to) {
  while (from < to && reinterpret_cast<uintptr_t>(from) % 8) *const_cast<volatile unsigned char*>(from++) = 0xff;
  for (; from + 8 <= to; from += 8) *reinterpret_cast<volatile uint64_t*>(from) = ~uint64_t{0};
  while (from < to) *const_cast<volatile unsigned char*>(from++) = 0xff;
}

void run_block() {
  Block& b = the_block;
  b.live = b.count;
  b.waiting = b.barriers = 0;
  poison(b.dynamic_shared, b.dynamic_shared + b.dynamic_bytes);
  poison(reinterpret_cast<unsigned char*>(__start_emu_shared), reinterpret_cast<unsigned char*>(__stop_emu_shared));
  for (unsigned w = 0; w < b.warp_count; w++) {
    Warp& warp = b.warps[w];
    const unsigned lanes = std::min(warp_size, b.count - w * warp_size);
    warp.ready = lanes == warp_size ? ~0u : (1u << lanes) - 1;
    warp.in_barrier = warp.arrived = warp.exited = 0;
    warp.last = options().order == Order::forward ? warp_size - 1 : 0;
  }
  for (unsigned i = 0; i < b.count; i++) {
    Thread& t = b.threads[i];
    t.fiber = nullptr;
    t.copies.clear();
    t.copies_landed = 0;
    t.copy_group = t.arrivals_queued = t.warp_barriers = 0;
  }
  clear_barriers();
  clear_products();
  abandon_fibers(b.count);
  start_schedule();
  release(&b.start);
  turn_to(next_thread(), launcher, false);
  if (b.live && b.error.empty()) b.error = deadlock();
  acquire(&b.finish);
}

std::string limits(dim3 grid, dim3 dim, size_t shared_bytes) {
  const size_t count = size_t(dim.x) * dim.y * dim.z;
  if (count == 0 || count > max_threads || dim.z > 64) return "a block has 1 to 1024 threads";
  if (!grid.x || !grid.y || !grid.z || grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535)
    return "a grid has 1 to 2147483647 x 65535 x 65535 blocks";
  if (shared_bytes > max_shared_bytes) return "more shared memory than a block can have";
  return "";
}

}  // namespace

Options& options() {
  static Options chosen;
  return chosen;
}

KernelEntry*& kernels() {
  static KernelEntry* head = nullptr;
  return head;
}

KernelEntry* find_kernel(const char* name) {
  for (KernelEntry* k = kernels(); k; k = k->next)
    if (!strcmp(k->name, name)) return k;
  return nullptr;
}

void fail(const std::string& what) {
  Block& b = the_block;
  if (b.error.empty()) {
    char where[160];
    snprintf(where, sizeof where, " [block (%u,%u,%u), thread (%u,%u,%u)]", b.index.x, b.index.y, b.index.z,
             b.current->index.x, b.current->index.y, b.current->index.z);
    b.error = what + where;
  }
  while (b.current->unwatched) watch_again();
  for (;;) switch_fiber(*b.current->fiber, launcher);  // the launch sees the error and abandons the block
}

void wait_turn() {
  Thread& self = *the_block.current;
  turn_to(next_thread(), *self.fiber, false);
}

const char* launch_grid(const char* kernel, dim3 grid, dim3 dim, size_t shared_bytes, void (*entry)(void*),
                        void* arguments) {
  Block& b = the_block;
  b.error = limits(grid, dim, shared_bytes);
  if (b.error.empty()) {
    static std::vector<Thread> threads(max_threads);
    static std::vector<Warp> warps(max_threads / warp_size);
    b.threads = threads.data();
    b.warps = warps.data();
    b.grid = grid;
    b.dim = dim;
    b.count = dim.x * dim.y * dim.z;
    b.warp_count = (b.count + warp_size - 1) / warp_size;
    b.entry = entry;
    b.entry_arguments = arguments;
    b.random_state = 0x9E3779B97F4A7C15ull * (options().seed + 1);
    for (unsigned i = 0; i < b.count; i++) {
      threads[i].linear = i;
      threads[i].index = {i % dim.x, i / dim.x % dim.y, i / dim.x / dim.y};
    }
    adopt_current_stack(launcher);
    b.dynamic_bytes = shared_bytes;
    const size_t whole = shared_bytes / 1024 * 1024 + 1024;
    b.dynamic_shared = static_cast<unsigned char*>(aligned_alloc(1024, whole));
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
    __asan_poison_memory_region(b.dynamic_shared + shared_bytes, whole - shared_bytes);
#endif
    for (unsigned z = 0; z < grid.z && b.error.empty(); z++)
      for (unsigned y = 0; y < grid.y && b.error.empty(); y++)
        for (unsigned x = 0; x < grid.x && b.error.empty(); x++) {
          b.index = {x, y, z};
          run_block();
        }
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
    __asan_unpoison_memory_region(b.dynamic_shared + shared_bytes, whole - shared_bytes);
#endif
    free(b.dynamic_shared);
    b.dynamic_shared = nullptr;
    b.current = nullptr;
  }
  if (b.error.empty()) return nullptr;
  b.error = std::string(kernel) + ": " + b.error;
  return b.error.c_str();
}

}  // namespace emu
