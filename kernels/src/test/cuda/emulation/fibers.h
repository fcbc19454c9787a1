// Stacks that take turns on one operating-system thread.
#pragma once
#include <cstddef>

namespace emu {

struct Fiber {
  void* stack_pointer = nullptr;
  const void* bottom = nullptr;
  size_t bytes = 0;
  void* fake_stack = nullptr;  // the address sanitizer's
  void* tsan = nullptr;        // the thread sanitizer's
};

/** A stack for the thread of that number: for the thread sanitizer always the same one, otherwise any free one. */
Fiber& take_fiber(unsigned thread);
/** Lets another thread have it. Its owner may go on until it switches away for good. */
void give_fiber_back(Fiber& fiber);
/** All fibers are free again, whatever they were doing. */
void abandon_fibers(unsigned threads);

/** Makes the fiber begin with start() when it is switched to. */
void prepare(Fiber& fiber, void (*start)());
/** Leaves `from` until something switches back to it; for good when `ends`. */
void switch_fiber(Fiber& from, Fiber& to, bool ends = false);
/** The first thing that start() calls; `launcher` is who switches to fibers first. */
void begin_fiber(Fiber& launcher);
/** Makes `fiber` stand for the stack that runs now. */
void adopt_current_stack(Fiber& fiber);

}  // namespace emu
