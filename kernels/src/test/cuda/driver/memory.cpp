// Device memory, page-locked host memory, copies and fills.
#include "driver.h"

namespace driver {
namespace {

constexpr size_t device_alignment = 256, pinned_alignment = 64;

std::string hex(uint64_t address) {
  char text[20];
  snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return text;
}

void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

// Empty when a range lies in one live allocation.
std::string outside(const emu::GuardedMemory& memory, const char* what, const void* from, size_t bytes) {
  if (bytes == 0) return "";
  auto* first = memory.find(from);
  auto* last = memory.find(static_cast<const unsigned char*>(from) + bytes - 1);
  if (first && first == last) return "";
  return std::string(what) + " of " + std::to_string(bytes) + " bytes at " + hex(uint64_t(from)) +
         " is not inside one allocation: it begins at " + memory.describe(from);
}

struct Side {
  bool on_device;
  void* address;
};

std::string outside(const Side& side, const char* what, size_t bytes) {
  return side.on_device ? outside(state().device, what, side.address, bytes) : "";
}

// Checked when it is called and when it happens: what was live then may be gone.
CUresult copy_async(const char* name, Side to, Side from, size_t bytes, Handle stream) {
  return in_context(name, [&]() -> CUresult {
    auto wrong = [=]() -> std::string {
      for (const auto& [side, what] : {std::pair(to, "target"), std::pair(from, "source")}) {
        const std::string reason = side.on_device ? outside(state().device, what, side.address, bytes)
                                                  : outside(state().pinned, "page-locked memory", side.address, bytes);
        if (!reason.empty()) return std::string(name) + ": " + reason;
      }
      return "";
    };
    const std::string reason = wrong();
    if (!reason.empty()) return refuse(INVALID_VALUE, reason);
    return enqueue(name, stream, {Work::copy, [=] {
      const std::string late_reason = wrong();
      if (late_reason.empty()) {
        memmove(to.address, from.address, bytes);
      } else {
        state().sticky = refuse(ILLEGAL_ADDRESS, late_reason);
      }
    }});
  });
}

CUresult copy_now(const char* name, Side to, Side from, size_t bytes) {
  return in_context(name, [&]() -> CUresult {
    if (const CUresult code = forbidden_in_capture(name)) return code;
    std::string reason = outside(to, "target", bytes);
    if (reason.empty()) reason = outside(from, "source", bytes);
    if (!reason.empty()) return refuse(INVALID_VALUE, std::string(name) + ": " + reason);
    drain_blocking();
    if (!state().sticky) memmove(to.address, from.address, bytes);
    return SUCCESS;
  });
}

template <typename T>
CUresult fill(const char* name, CUdeviceptr to, T value, size_t count, Handle stream) {
  return in_context(name, [&]() -> CUresult {
    if (to % sizeof(T)) return refuse(INVALID_VALUE, std::string(name) + ": misaligned address");
    const std::string reason = outside(state().device, "target", pointer(to), count * sizeof(T));
    if (!reason.empty()) return refuse(INVALID_VALUE, std::string(name) + ": " + reason);
    return enqueue(name, stream, {Work::fill, [=] {
      const std::string late_reason = outside(state().device, "target", pointer(to), count * sizeof(T));
      if (late_reason.empty()) std::fill_n(static_cast<T*>(pointer(to)), count, value);
      else state().sticky = refuse(ILLEGAL_ADDRESS, std::string(name) + ": " + late_reason);
    }});
  });
}

Side device(CUdeviceptr address) { return {true, pointer(address)}; }
Side host(const void* address) { return {false, const_cast<void*>(address)}; }

CUresult allocate_pinned(const char* name, void** address, size_t bytes) {
  return in_context(name, [&]() -> CUresult {
    if (const CUresult code = forbidden_in_capture(name)) return code;
    if (!bytes) return refuse(INVALID_VALUE, std::string(name) + " of no bytes");
    if (++state().pinned_allocations == state().options.refused_pinned)
      return refuse(OUT_OF_MEMORY, "this page-locked allocation is set to fail");
    *address = state().pinned.allocate(bytes, pinned_alignment);
    return *address ? SUCCESS : refuse(OUT_OF_MEMORY, "the emulation's addresses are used up");
  });
}

}  // namespace

std::string overwritten(const std::vector<uint64_t>& addresses) {
  for (uint64_t address : addresses) {
    auto* allocation = state().device.find(pointer(address));
    if (!allocation) continue;
    const std::string reason = state().device.overwritten(*allocation);
    if (!reason.empty()) return reason;
  }
  return "";
}

void release_memory() {
  state().device.clear();
  state().pinned.clear();
  state().used = 0;
}

}  // namespace driver

using namespace driver;

DRIVER_API CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  return in_context("cuMemGetInfo", [&] {
    *total = state().options.memory;
    *free = *total - state().used;
    return SUCCESS;
  });
}
DRIVER_API CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
  return in_context("cuMemAlloc", [&]() -> CUresult {
    State& s = state();
    if (const CUresult code = forbidden_in_capture("cuMemAlloc")) return code;
    if (!bytes) return refuse(INVALID_VALUE, "cuMemAlloc of no bytes");
    const long full_after = s.options.full_after;
    if (++s.allocations == s.options.refused_allocation || (full_after >= 0 && s.launches >= full_after))
      return refuse(OUT_OF_MEMORY, "this allocation is set to fail");
    if (bytes > s.options.memory - s.used)
      return refuse(OUT_OF_MEMORY, "cuMemAlloc of " + std::to_string(bytes) + " bytes, " +
                                       std::to_string(s.options.memory - s.used) + " are free");
    void* allocated = s.device.allocate(bytes, device_alignment);
    if (!allocated) return refuse(OUT_OF_MEMORY, "the emulation's addresses are used up");
    s.used += bytes;
    *address = reinterpret_cast<CUdeviceptr>(allocated);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuMemFree_v2(CUdeviceptr address) {
  return in_context("cuMemFree", [&]() -> CUresult {
    State& s = state();
    if (const CUresult code = forbidden_in_capture("cuMemFree")) return code;
    auto* found = s.device.find(pointer(address));
    if (!found || found->first != pointer(address))
      return refuse(INVALID_VALUE, "cuMemFree of " + hex(address) + ", where no allocation begins");
    const std::string reason = s.device.overwritten(*found);
    s.used -= found->second.bytes;
    s.device.free(pointer(address));
    if (!reason.empty()) s.sticky = refuse(ILLEGAL_ADDRESS, "found by cuMemFree: " + reason);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  return allocate_pinned("cuMemHostAlloc", address, bytes);
}
DRIVER_API CUresult cuMemAllocHost_v2(void** address, size_t bytes) {
  return allocate_pinned("cuMemAllocHost", address, bytes);
}
DRIVER_API CUresult cuMemFreeHost(void* address) {
  return in_context("cuMemFreeHost", [&]() -> CUresult {
    if (const CUresult code = forbidden_in_capture("cuMemFreeHost")) return code;
    return state().pinned.free(address) ? SUCCESS : refuse(INVALID_VALUE, "cuMemFreeHost of memory that it did not give");
  });
}
DRIVER_API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* address, void* pinned, unsigned) {
  return in_context("cuMemHostGetDevicePointer", [&]() -> CUresult {
    if (!state().pinned.find(pinned)) return refuse(INVALID_VALUE, "not page-locked memory");
    *address = reinterpret_cast<CUdeviceptr>(pinned);
    return SUCCESS;
  });
}

DRIVER_API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  return copy_now("cuMemcpyHtoD", device(to), host(from), bytes);
}
DRIVER_API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpyDtoH", host(to), device(from), bytes);
}
DRIVER_API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpyDtoD", device(to), device(from), bytes);
}
DRIVER_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, Handle stream) {
  return copy_async("cuMemcpyHtoDAsync", device(to), host(from), bytes, stream);
}
DRIVER_API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, Handle stream) {
  return copy_async("cuMemcpyDtoHAsync", host(to), device(from), bytes, stream);
}
DRIVER_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, Handle stream) {
  if (to < from + bytes && from < to + bytes)
    return refuse(INVALID_VALUE, "cuMemcpyDtoDAsync: the ranges overlap");
  return copy_async("cuMemcpyDtoDAsync", device(to), device(from), bytes, stream);
}
DRIVER_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
  return fill("cuMemsetD8", to, value, count, 0);
}
DRIVER_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, Handle stream) {
  return fill("cuMemsetD8Async", to, value, count, stream);
}
DRIVER_API CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
  return fill("cuMemsetD32", to, value, count, 0);
}
DRIVER_API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, Handle stream) {
  return fill("cuMemsetD32Async", to, value, count, stream);
}
