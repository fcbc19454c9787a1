#include "cuda_emulation.h"
#include "schedule.h"

namespace emu {
namespace {

// Without the kernel's own translation unit: no thread runs that the race detector could lay this to.
void land(void* to, const void* from, unsigned bytes, unsigned source_bytes) {
  memcpy(to, from, source_bytes);
  memset(static_cast<unsigned char*>(to) + source_bytes, 0, bytes - source_bytes);
}

void forget_landed(Thread& thread) {
  if (thread.copies_landed < thread.copies.size()) return;
  thread.copies.clear();
  thread.copies_landed = 0;
}

// The copies of a thread up to its next arrival at a barrier, and that.
void land_up_to_arrival(Thread& thread) {
  for (;;) {
    const PendingCopy copy = thread.copies[thread.copies_landed++];
    if (!copy.barrier) {
      land(copy.to, copy.from, copy.bytes, copy.source_bytes);
      note_copied(copy.to, copy.bytes);
      continue;
    }
    thread.arrivals_queued--;
    forget_landed(thread);
    barrier_arrive_later(copy.barrier);
    return;
  }
}

}  // namespace

bool queue_copy(const PendingCopy& copy) {
  if (options().copies == Copies::early) return false;
  Thread& self = *the_block.current;
  self.copies.push_back(copy);
  self.copies.back().group = self.copy_group;
  return true;
}

bool take_copy(unsigned pending_groups, PendingCopy& copy) {
  Thread& self = *the_block.current;
  while (self.copies_landed < self.copies.size() &&
         self.copies[self.copies_landed].group + pending_groups < self.copy_group) {
    copy = self.copies[self.copies_landed++];
    if (!copy.barrier) return true;
    self.arrivals_queued--;
    barrier_arrive(copy.barrier);
  }
  forget_landed(self);
  return false;
}

void note_copied(const void* to, unsigned bytes) {
  Block& b = the_block;
  const ptrdiff_t offset = static_cast<const unsigned char*>(to) - b.dynamic_shared;
  if (offset < 0 || size_t(offset) >= b.dynamic_bytes) return;  // static shared memory: wgmma does not read it
  const size_t last = (size_t(offset) + bytes - 1) / 16;
  const Unwatched now;
  if (b.copied.size() <= last) b.copied.resize(b.dynamic_bytes / 16 + 1);
  b.events++;
  for (size_t unit = size_t(offset) / 16; unit <= last; unit++) b.copied[unit] = b.events;
}

void copy_commit() { the_block.current->copy_group++; }

void copy_arrive(uint64_t* barrier) {
  Thread& self = *the_block.current;
  if (options().copies == Copies::early) {
    barrier_arrive(barrier);
    return;
  }
  self.copies.push_back({nullptr, nullptr, 0, 0, self.copy_group, barrier});
  self.arrivals_queued++;
}

bool queue_bulk_copy(const BulkCopy& copy) {
  if (options().copies == Copies::early) return false;
  const Unwatched now;
  the_block.bulk_copies.push_back(copy);
  return true;
}

bool land_a_copy() {
  Block& b = the_block;
  const Unwatched now;  // whoever's turn it was: the copies are not its own
  if (!b.bulk_copies.empty()) {
    // The newest first: no order holds between them.
    const BulkCopy copy = b.bulk_copies.back();
    b.bulk_copies.pop_back();
    land(copy.to, copy.from, copy.bytes, copy.bytes);
    complete_bytes(copy.barrier, copy.bytes, false);
    return true;
  }
  const bool backwards = options().order == Order::reverse;
  for (unsigned i = 0; i < b.count; i++) {
    Thread& thread = b.threads[backwards ? b.count - 1 - i : i];
    if (!thread.arrivals_queued) continue;
    land_up_to_arrival(thread);
    return true;
  }
  return false;
}

}  // namespace emu
