// cp.async and cp.async.bulk: from global to shared memory while the thread goes on.
#pragma once

namespace emu {

inline void perform(const PendingCopy& c) {
  // Word by word: g++ would expand a memcpy without telling the race detector.
  const unsigned words = c.source_bytes / 4;
  for (unsigned i = 0; i < c.bytes / 4; i++)
    static_cast<uint32_t*>(c.to)[i] = i < words ? static_cast<const uint32_t*>(c.from)[i] : 0;
  // What is left of the source is less than a word: no byte behind it is touched.
  for (unsigned i = words * 4; i < c.source_bytes; i++)
    static_cast<unsigned char*>(c.to)[i] = static_cast<const unsigned char*>(c.from)[i];
}
/** Queues a copy; false when it is to be performed at once. */
bool queue_copy(const PendingCopy& copy);
/** Takes the oldest queued copy that is not of the newest `pending_groups` groups; false when none is left. */
bool take_copy(unsigned pending_groups, PendingCopy& copy);
/** What a copy wrote is not seen by the asynchronous proxy (wgmma) before a fence. */
void note_copied(const void* to, unsigned bytes);
void copy_commit();
inline void copy_async(void* to, const void* from, unsigned bytes, unsigned source_bytes) {
  if (uintptr_t(to) % bytes || (source_bytes && uintptr_t(from) % bytes)) fail("cp.async: misaligned address");
  if (source_bytes > bytes) fail("cp.async: more bytes to read than to write");
  const PendingCopy copy{to, from, bytes, source_bytes, 0, nullptr};
  if (queue_copy(copy)) return;
  perform(copy);
  note_copied(to, bytes);
}
inline void copy_wait(unsigned pending_groups) {
  PendingCopy copy;
  while (take_copy(pending_groups, copy)) {
    perform(copy);
    note_copied(copy.to, copy.bytes);
  }
}

/** cp.async.mbarrier.arrive.noinc: this thread arrives when all its copies so far have landed. */
void copy_arrive(uint64_t* barrier);

/** Queues a cp.async.bulk; false when it is to be performed at once. */
bool queue_bulk_copy(const BulkCopy& copy);
/** Counts bytes off at a barrier; `written`: which this thread has just written. */
void complete_bytes(uint64_t* barrier, unsigned bytes, bool written);
inline void copy_bulk(void* to, const void* from, unsigned bytes, uint64_t* barrier) {
  if (uintptr_t(to) % 16 || uintptr_t(from) % 16 || bytes % 16)
    fail("cp.async.bulk: addresses and size are multiples of 16 bytes");
  if (queue_bulk_copy({to, from, bytes, barrier})) return;
  perform({to, from, bytes, bytes, 0, nullptr});
  complete_bytes(barrier, bytes, true);
}
/** cp.async.bulk.prefetch: changes nothing, but what it asks for must be there. */
inline void prefetch_bulk(const void* from, unsigned bytes) {
  if (uintptr_t(from) % 16 || bytes % 16 || !bytes) fail("cp.async.bulk.prefetch: address and size are multiples of 16 bytes");
  for (unsigned i = 0; i < bytes; i += 16) static_cast<void>(static_cast<const volatile unsigned char*>(from)[i]);
}

}  // namespace emu
