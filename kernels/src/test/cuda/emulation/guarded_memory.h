// Device memory of the emulation: each allocation stands alone, with inaccessible memory before and behind it.
//
// One large range of addresses is reserved and never handed out twice while it lasts, so that a kernel that reads or
// writes outside an allocation, or after it was freed, faults instead of finding a neighbour. Contents start as NaN.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace emu {

class GuardedMemory {
 public:
  struct Allocation {
    unsigned char* pages;  // where its accessible pages begin; its own bytes end as near to their end as alignment lets
    size_t page_bytes;
    size_t bytes;
  };

  /** Bytes of a multiple of `alignment` start; null when the reserved addresses are used up. */
  void* allocate(size_t bytes, size_t alignment) {
    if (!base_ && !reserve()) return nullptr;
    const size_t padded = (bytes + alignment - 1) / alignment * alignment;
    const size_t whole = (padded + page - 1) / page * page;
    if (used_ + whole + room > reserved_bytes) return nullptr;
    unsigned char* pages = base_ + used_;
    used_ += whole + room;
    if (mprotect(pages, whole, PROT_READ | PROT_WRITE) != 0) return nullptr;
    unsigned char* address = pages + whole - padded;
    if (whole < large || !map_poison(pages, whole)) memset(pages, 0xff, whole);
    allocations_[address] = {pages, whole, bytes};
#if defined(__SANITIZE_ADDRESS__)
    __asan_poison_memory_region(pages, address - pages);
    __asan_poison_memory_region(address + bytes, padded - bytes);
#endif
    return address;
  }

  /** Takes an allocation away, its later use faults; false when nothing was allocated there. */
  bool free(void* address) {
    auto found = allocations_.find(static_cast<unsigned char*>(address));
    if (found == allocations_.end()) return false;
    const Allocation& gone = found->second;
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(gone.pages, gone.page_bytes);
#endif
    // Mapped afresh and not only protected: the system then merges it with its neighbours and forgets its pages.
    mmap(gone.pages, gone.page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    allocations_.erase(found);
    return true;
  }

  void clear() {
    while (!allocations_.empty()) free(allocations_.begin()->first);
  }

  /** Empty when the poison around an allocation, up to its inaccessible neighbours, is as it was. */
  std::string overwritten(const std::pair<unsigned char* const, Allocation>& each) const {
    const Allocation& a = each.second;
    for (const unsigned char* at = a.pages; at < a.pages + a.page_bytes; at++) {
      if (at == each.first) at += a.bytes;
      if (at < a.pages + a.page_bytes && *at != 0xff) return "something wrote at " + describe(at);
    }
    return "";
  }

  /** Whether an address lies in the reserved range, allocated or not. */
  bool reserves(const void* address) const {
    auto* at = static_cast<const unsigned char*>(address);
    return base_ && at >= base_ && at < base_ + reserved_bytes;
  }

  /** The allocation that an address lies in, null when there is none. */
  const std::pair<unsigned char* const, Allocation>* find(const void* address) const {
    auto* at = static_cast<unsigned char*>(const_cast<void*>(address));
    auto after = allocations_.upper_bound(at);
    if (after == allocations_.begin()) return nullptr;
    --after;
    return at < after->first + after->second.bytes ? &*after : nullptr;
  }

  /** Where an address lies, in words. */
  std::string describe(const void* address) const {
    auto* at = static_cast<unsigned char*>(const_cast<void*>(address));
    auto after = allocations_.upper_bound(at);
    if (after != allocations_.begin()) {
      auto before = std::prev(after);
      const size_t past = at - before->first;
      if (past < before->second.bytes)
        return "byte " + std::to_string(past) + " of an allocation of " + std::to_string(before->second.bytes);
      if (past - before->second.bytes < room)
        return std::to_string(past - before->second.bytes) + " bytes behind the end of an allocation of " +
               std::to_string(before->second.bytes);
    }
    if (after != allocations_.end() && size_t(after->first - at) < room)
      return std::to_string(after->first - at) + " bytes before an allocation of " +
             std::to_string(after->second.bytes);
    return "no allocation's bounds (freed, or never allocated)";
  }

  size_t count() const { return allocations_.size(); }

 private:
  static constexpr size_t page = 4096, room = size_t{256} << 10, reserved_bytes = size_t{1} << 40, large = size_t{16} << 20;

  // Maps a file of poison again and again: large allocations cost no memory until they are written.
  static bool map_poison(unsigned char* pages, size_t bytes) {
    static const int file = [] {
      const int made = memfd_create("poison", MFD_CLOEXEC);
      std::string block(1 << 20, char(0xff));
      for (size_t written = 0; made >= 0 && written < large; written += block.size())
        if (write(made, block.data(), block.size()) != ssize_t(block.size())) return -1;
      return made;
    }();
    for (size_t at = 0; file >= 0 && at < bytes; at += large) {
      const size_t piece = bytes - at < large ? bytes - at : large;
      if (mmap(pages + at, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, file, 0) == MAP_FAILED)
        return false;
    }
    return file >= 0;
  }

  bool reserve() {
    void* range = mmap(nullptr, reserved_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return false;
    base_ = static_cast<unsigned char*>(range);
    used_ = room;
    return true;
  }

  unsigned char* base_ = nullptr;
  size_t used_ = 0;
  std::map<unsigned char*, Allocation> allocations_;
};

}  // namespace emu
