// An emulated CUDA driver: the functions of libcuda.so.1 that the product calls, over the emulated kernels.
//
// Stricter than the real one. Queues are worked off as late as the rules allow (or at once), so that memory reused too
// early is seen; asynchronous copies need page-locked memory; ranges of copies must lie in one allocation; freeing does
// not wait for queued work; handles are numbers that are never used twice. What went wrong is kept in words
// (emu_last_error) besides the code.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cuda_emulation.h"
#include "guarded_memory.h"

#define DRIVER_API extern "C" __attribute__((visibility("default")))

using CUresult = int;
using Handle = uintptr_t;      // contexts, streams, events, graphs, modules, functions, as the caller sees them
using CUdeviceptr = uint64_t;

// Codes as in the driver API's documentation of CUresult.
enum : int {
  SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
  INVALID_CONTEXT = 201, NO_BINARY_FOR_GPU = 209, ECC_UNCORRECTABLE = 214, INVALID_PTX = 218,
  UNSUPPORTED_PTX_VERSION = 222, INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700,
  LAUNCH_OUT_OF_RESOURCES = 701, MISALIGNED_ADDRESS = 716, LAUNCH_FAILED = 719, NOT_SUPPORTED = 801,
  CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901, CAPTURE_UNMATCHED = 903, CAPTURE_UNJOINED = 904,
  CAPTURE_ISOLATION = 905, CAPTURE_IMPLICIT = 906, CAPTURED_EVENT = 907
};

namespace driver {

/** Live objects by numbers that are never used again. */
template <typename T>
class Registry {
 public:
  Handle add(std::unique_ptr<T> object) {
    static Handle last = 0x1000;
    last += 16;
    live_[last] = std::move(object);
    return last;
  }
  T* find(Handle handle) const {
    auto found = live_.find(handle);
    return found == live_.end() ? nullptr : found->second.get();
  }
  bool remove(Handle handle) { return live_.erase(handle) != 0; }
  size_t count() const { return live_.size(); }
  void clear() { live_.clear(); }
  const std::map<Handle, std::unique_ptr<T>>& all() const { return live_; }

 private:
  std::map<Handle, std::unique_ptr<T>> live_;
};

struct Stream;

/** A place in a queue: reached when everything before it has happened. */
struct Mark {
  Stream* stream;
  bool reached = false;
  double milliseconds = 0;
};

/** What a node of a graph is; the numbers are CUgraphNodeType's. */
enum class Work { kernel = 0, copy = 1, fill = 2, other = 5 };
struct Node {
  Work work;
  std::function<void()> run;
};

struct Capture {
  Stream* origin;
  int mode;
  bool invalid = false;
  std::set<Stream*> members, unjoined;
  std::vector<Node> nodes;
};

struct Stream {
  bool blocking = true;
  std::deque<std::function<void()>> queue;
  std::shared_ptr<Capture> capture;
};

struct Event {
  bool timed = true;
  std::shared_ptr<Mark> mark;          // of its last record
  std::shared_ptr<Capture> captured;   // instead, where that was captured
  Stream* captured_on = nullptr;
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Handle> handles;         // of the nodes
};

struct Function;
struct Module {
  std::vector<Handle> functions;
};
struct Function {
  const emu::KernelEntry* kernel = nullptr;
  int most_threads = 1024, static_shared = 0, dynamic_shared = 48 << 10, ptx_version = 0, target = 0;
};

/** What tests choose, by emu_set or by environment variables EMULATED_CUDA_NAME. */
struct Options {
  bool late = true;                    // STREAMS
  int driver = 12040;                  // DRIVER: newest CUDA version it serves
  int capability = 90;                 // CAPABILITY
  size_t memory = size_t{4} << 30;     // MEMORY, bytes
  // FAULT
  bool no_device = false;
  int initialisation = 0;              // init:CODE, the answer of cuInit
  long lost_after = -1;                // lost:N[:CODE], launches
  int lost_code = ECC_UNCORRECTABLE;
  long full_after = -1;                // full:N, after N more kernels no allocation succeeds
  long refused_allocation = -1;        // oom:N, the N-th from now, counted from 1
  long refused_pinned = -1;            // pinned:N, the same for page-locked memory
};

struct State {
  std::recursive_mutex lock;
  Options options;
  bool initialised = false;
  int retained = 0;                    // of the primary context
  int sticky = 0;                      // the code that every call returns after a fault
  std::string last_error, left_behind;
  emu::GuardedMemory device, pinned;
  size_t used = 0;
  long launches = 0, allocations = 0, pinned_allocations = 0;
  std::set<std::string> launched;
  Registry<Stream> streams;
  Registry<Event> events;
  Registry<Graph> graphs, executables;
  Registry<Work> nodes;
  Registry<Module> modules;
  Registry<Function> functions;
};
State& state();
constexpr Handle the_context = 0x100;
extern thread_local Handle current_context;

/** Keeps the reason and returns the code. */
CUresult refuse(CUresult code, const std::string& reason);

/** Runs a call under the lock, when the driver is initialised. */
template <typename Body>
CUresult initialised(const char* name, Body body) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  if (!state().initialised) return refuse(NOT_INITIALIZED, std::string(name) + " before cuInit");
  return body();
}
/** The same, when this thread has a context and no fault has happened. */
template <typename Body>
CUresult in_context(const char* name, Body body) {
  return initialised(name, [&]() -> CUresult {
    if (current_context != the_context || !state().retained)
      return refuse(INVALID_CONTEXT, std::string(name) + ": this thread has no current context");
    if (state().sticky) return state().sticky;
    const CUresult code = body();
    return code == SUCCESS && state().sticky ? state().sticky : code;
  });
}

// streams.cpp
/** Queues work on a stream, captures it, or does it at once on the default stream. */
CUresult enqueue(const char* name, Handle stream, Node node);
void drain(Stream& stream);
void drain_all();
/** Drains what the default stream waits for. */
void drain_blocking();
/** Null when a call that may wait is allowed now; otherwise what the capture makes of it. */
CUresult forbidden_in_capture(const char* name);

// modules.cpp
/** Bytes of shared memory a block can have at most. */
int most_shared_bytes();

// memory.cpp
/** An error when a kernel wrote around one of these addresses' allocations; empty otherwise. */
std::string overwritten(const std::vector<uint64_t>& addresses);
void release_memory();

// faults.cpp
void watch_faults();
/** Runs a kernel; empty, or what went wrong, and the code for it. */
std::string run_kernel(const emu::KernelEntry& kernel, dim3 grid, dim3 block, size_t shared, void** arguments, int& code);

}  // namespace driver
