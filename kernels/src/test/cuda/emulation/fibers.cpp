#include "fibers.h"

#include <cstdlib>
#include <sys/mman.h>
#include <vector>
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#endif

#include "cuda_emulation.h"

namespace emu {
namespace {

#if defined(EMULATION_UNDER_ADDRESS_SANITIZER) || defined(EMULATION_UNDER_THREAD_SANITIZER)
constexpr size_t stack_bytes = size_t{256} << 10;
#else
constexpr size_t stack_bytes = size_t{64} << 10;
#endif

struct Stacks {
  unsigned char* memory;
  std::vector<Fiber> fibers;
  std::vector<Fiber*> free;

  Stacks() : fibers(max_threads) {
    // Stacks of one size would share the same few lines of the cache: each begins some lines further on.
    void* mapped = mmap(nullptr, max_threads * stack_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) abort();
    memory = static_cast<unsigned char*>(mapped);
    for (size_t i = 0; i < max_threads; i++) {
      fibers[i].bottom = memory + i * stack_bytes;
      fibers[i].bytes = stack_bytes - i * 5 % 64 * 64;
    }
  }
};
Stacks& stacks() {
  static Stacks all;
  return all;
}

// emu_switch(save, load) pushes what a function must preserve, changes stacks and pops the same.
#if defined(__x86_64__)
extern "C" void emu_switch(void** save, void* load);
asm(R"(
.text
.hidden emu_switch
.global emu_switch
.type emu_switch,@function
emu_switch:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret
.size emu_switch,.-emu_switch
)");
void* prepared_stack(unsigned char* top, void (*start)()) {
  void** at = reinterpret_cast<void**>(top - 16);
  *--at = nullptr;  // the return address of start: never used, keeps the ABI's alignment
  *--at = reinterpret_cast<void*>(start);
  for (int saved = 0; saved < 6; saved++) *--at = nullptr;
  return at;
}
#elif defined(__aarch64__)
extern "C" void emu_switch(void** save, void* load);
asm(R"(
.text
.hidden emu_switch
.global emu_switch
.type emu_switch,%function
emu_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
)");
void* prepared_stack(unsigned char* top, void (*start)()) {
  void** frame = reinterpret_cast<void**>(top - 176);
  for (int i = 0; i < 20; i++) frame[i] = nullptr;
  frame[11] = reinterpret_cast<void*>(start);  // x30
  return frame;
}
#else
#error "no fiber switch for this processor"
#endif

}  // namespace

void abandon_fibers(unsigned threads) {
  Stacks& all = stacks();
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  for (unsigned i = 0; i < threads; i++)
    if (!all.fibers[i].tsan) all.fibers[i].tsan = __tsan_create_fiber(0);
#else
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(all.memory, threads * stack_bytes);  // what a failed block left marked
#endif
  all.free.clear();
  for (unsigned i = threads; i > 0; i--) all.free.push_back(&all.fibers[i - 1]);
#endif
}

Fiber& take_fiber([[maybe_unused]] unsigned thread) {
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  return stacks().fibers[thread];
#else
  Fiber* last = stacks().free.back();
  stacks().free.pop_back();
  return *last;
#endif
}

void give_fiber_back([[maybe_unused]] Fiber& fiber) {
#if !defined(EMULATION_UNDER_THREAD_SANITIZER)
  stacks().free.push_back(&fiber);
#endif
}

void prepare(Fiber& fiber, void (*start)()) {
  unsigned char* bottom = static_cast<unsigned char*>(const_cast<void*>(fiber.bottom));
  fiber.stack_pointer = prepared_stack(bottom + fiber.bytes, start);
  fiber.fake_stack = nullptr;
}

void switch_fiber(Fiber& from, Fiber& to, [[maybe_unused]] bool ends) {
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
  __sanitizer_start_switch_fiber(ends ? nullptr : &from.fake_stack, to.bottom, to.bytes);
#endif
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  __tsan_switch_to_fiber(to.tsan, __tsan_switch_to_fiber_no_sync);
#endif
  emu_switch(&from.stack_pointer, to.stack_pointer);
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
  const void* bottom;
  size_t bytes;
  __sanitizer_finish_switch_fiber(from.fake_stack, &bottom, &bytes);
#endif
}

void begin_fiber([[maybe_unused]] Fiber& launcher) {
#if defined(EMULATION_UNDER_ADDRESS_SANITIZER)
  const void* bottom;
  size_t bytes;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &bytes);
  // Only the first fiber of a block is come to from the launcher, and only then is its stack not known yet.
  if (!launcher.bottom) {
    launcher.bottom = bottom;
    launcher.bytes = bytes;
  }
#endif
}

void adopt_current_stack(Fiber& fiber) {
  fiber = Fiber();
#if defined(EMULATION_UNDER_THREAD_SANITIZER)
  fiber.tsan = __tsan_get_current_fiber();
#endif
}

}  // namespace emu
