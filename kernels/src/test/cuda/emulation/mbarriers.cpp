#include "cuda_emulation.h"
#include "schedule.h"

namespace emu {
namespace {

// What the 64 bits hold is the hardware's business; here: PTX ISA, "Contents of the mbarrier object".
struct State {
  uint64_t sign : 2;  // of a barrier that was initialised: shared memory begins as ones
  uint64_t phase : 1;
  uint64_t expected : 20;
  uint64_t pending : 20;
  int64_t bytes : 21;  // that are still to come
};
static_assert(sizeof(State) == 8);
constexpr uint64_t initialised = 1;
constexpr unsigned most_arrivals = (1u << 20) - 1;

State load(const uint64_t* barrier, const char* site) {
  if (uintptr_t(barrier) % 8) fail(std::string(site) + ": a barrier is aligned to 8 bytes");
  shared_address(barrier);
  const State state = bits<State>(*barrier);
  if (state.sign != initialised) fail(std::string(site) + ": the barrier is not initialised");
  return state;
}

void end_phase(uint64_t* barrier, State& state) {
  Block& b = the_block;
  const Unwatched now;
  state.phase ^= 1;
  state.pending = state.expected;
  size_t kept = 0;
  for (Thread* thread : b.barrier_waiters) {
    if (thread->wait.barrier == barrier)
      b.warps[thread->linear / warp_size].ready |= 1u << thread->linear % warp_size;
    else
      b.barrier_waiters[kept++] = thread;
  }
  b.barrier_waiters.resize(kept);
}

void store(uint64_t* barrier, State state) {
  if (!state.pending && !state.bytes) end_phase(barrier, state);
  *barrier = bits<uint64_t>(state);
}

void count_arrival(State& state) {
  if (!state.pending) fail("mbarrier.arrive: more arrivals than the phase has");
  state.pending = state.pending - 1;
}

// What a phase orders accesses by, for the race detector: two objects in turn.
void* ordering(uint64_t* barrier, unsigned parity) { return reinterpret_cast<char*>(barrier) + parity; }

}  // namespace

void barrier_init(uint64_t* barrier, unsigned arrivals) {
  if (uintptr_t(barrier) % 8) fail("mbarrier.init: a barrier is aligned to 8 bytes");
  if (arrivals < 1 || arrivals > most_arrivals) fail("mbarrier.init: 1 to 2^20 - 1 arrivals");
  shared_address(barrier);
  State state{};
  state.sign = initialised;
  state.expected = state.pending = arrivals;
  *barrier = bits<uint64_t>(state);
}

void barrier_arrive(uint64_t* barrier) {
  State state = load(barrier, "mbarrier.arrive");
  release(ordering(barrier, state.phase));
  count_arrival(state);
  store(barrier, state);
}

void barrier_arrive_later(uint64_t* barrier) {
  State state = load(barrier, "cp.async.mbarrier.arrive");
  count_arrival(state);
  store(barrier, state);
}

void barrier_arrive_expecting(uint64_t* barrier, unsigned bytes) {
  State state = load(barrier, "mbarrier.arrive.expect_tx");
  release(ordering(barrier, state.phase));
  state.bytes = state.bytes + bytes;
  count_arrival(state);
  store(barrier, state);
}

void complete_bytes(uint64_t* barrier, unsigned bytes, bool written) {
  State state = load(barrier, "cp.async.bulk");
  if (written) release(ordering(barrier, state.phase));
  state.bytes = state.bytes - bytes;
  store(barrier, state);
}

void barrier_wait(uint64_t* barrier, unsigned parity, int line) {
  Block& b = the_block;
  Thread& self = *b.current;
  while (load(barrier, "mbarrier.try_wait").phase == parity) {
    self.waits_in = "mbarrier.try_wait";
    self.wait = {barrier, parity, line};
    {
      const Unwatched now;
      b.barrier_waiters.push_back(&self);
    }
    wait_turn();
  }
  acquire(ordering(barrier, parity));
}

std::string waits_for_a_barrier() {
  const Block& b = the_block;
  if (b.barrier_waiters.empty()) return "";
  const Thread& thread = *b.barrier_waiters.front();
  const State state = bits<State>(*thread.wait.barrier);
  char text[240];
  snprintf(text, sizeof text,
           "thread %u waits at line %d for a phase of parity %u of the barrier at byte %u of shared memory: %u of %u arrivals "
           "and %d bytes are missing",
           thread.linear, thread.wait.line, thread.wait.parity, shared_address(thread.wait.barrier), unsigned(state.pending),
           unsigned(state.expected), int(state.bytes));
  return text;
}

void clear_barriers() {
  Block& b = the_block;
  b.bulk_copies.clear();
  b.barrier_waiters.clear();
  b.copied.clear();
  b.events = b.fence_event = 0;
}

}  // namespace emu
