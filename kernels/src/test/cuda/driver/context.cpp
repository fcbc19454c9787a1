// Initialisation, the device, its primary context, and errors in words.
#include "driver.h"

namespace driver {

thread_local Handle current_context = 0;

State& state() {
  // Never destroyed: threads of the JVM may still call while the process ends.
  static State* only = new State;
  return *only;
}

CUresult refuse(CUresult code, const std::string& reason) {
  state().last_error = reason;
  return code;
}

namespace {

std::string whats_left() {
  State& s = state();
  std::string text;
  auto add = [&](size_t count, const char* what) {
    if (count) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(s.device.count(), "allocations");
  add(s.pinned.count(), "page-locked allocations");
  add(s.streams.count(), "streams");
  add(s.events.count(), "events");
  add(s.graphs.count() + s.executables.count(), "graphs");
  add(s.modules.count(), "modules");
  return text;
}

void destroy_context() {
  State& s = state();
  s.left_behind = whats_left();
  s.streams.clear();
  s.events.clear();
  s.graphs.clear();
  s.executables.clear();
  s.nodes.clear();
  s.functions.clear();
  s.modules.clear();
  release_memory();
  s.retained = 0;
}

int attribute(int number) {
  const Options& o = state().options;
  switch (number) {
    case 1: return 1024;                                   // threads of a block
    case 2: case 3: return 1024;                           // extent of a block
    case 4: return 64;
    case 5: return 0x7fffffff;                             // extent of a grid
    case 6: case 7: return 65535;
    case 8: return 48 << 10;                               // shared memory of a block without opting in
    case 9: return 64 << 10;                               // constant memory
    case 10: return 32;                                    // warp
    case 12: case 82: return 65536;                        // registers of a block, of a multiprocessor
    case 13: return 1980000;                               // clock, kHz
    case 16: return o.capability == 80 ? 108 : 132;        // multiprocessors
    case 17: case 18: case 20: case 35: return 0;          // time limit, integrated, compute mode, TCC
    case 19: case 31: case 32: case 41: case 78: case 83: case 95: return 1;
    case 33: return 1;                                     // PCI bus, device, domain
    case 34: case 50: return 0;
    case 36: return 2619000;                               // memory clock, kHz
    case 37: return 5120;                                  // memory bus, bits
    case 38: return o.capability == 80 ? 40 << 20 : 50 << 20;  // second-level cache
    case 39: return 2048;                                  // threads of a multiprocessor
    case 40: return 3;                                     // copy engines
    case 75: return o.capability / 10;
    case 76: return o.capability % 10;
    case 81: return most_shared_bytes() + 1024;            // shared memory of a multiprocessor
    case 97: return most_shared_bytes();                   // of a block, opting in
    case 106: return 32;                                   // blocks of a multiprocessor
    case 111: return 1024;                                 // shared memory reserved in a block
    default: return -1;
  }
}

CUresult for_device(const char* name, int device, const std::function<CUresult()>& body) {
  return initialised(name, [&]() -> CUresult {
    return device == 0 ? body() : refuse(INVALID_DEVICE, std::string(name) + ": there is one device, number 0");
  });
}

struct Code {
  int code;
  const char *name, *text;
};
const Code codes[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {ECC_UNCORRECTABLE, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {UNSUPPORTED_PTX_VERSION, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {MISALIGNED_ADDRESS, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {CAPTURE_UNMATCHED, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED",
     "operation failed because the stream is not the one that began the capture"},
    {CAPTURE_UNJOINED, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
     "capture contains a fork that was not joined to the primary stream"},
    {CAPTURE_ISOLATION, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION",
     "dependency created on uncaptured work in another stream"},
    {CAPTURE_IMPLICIT, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT",
     "operation would make the legacy stream depend on a capturing blocking stream"},
    {CAPTURED_EVENT, "CUDA_ERROR_CAPTURED_EVENT", "operation not permitted on an event last recorded in a capturing stream"},
};
const Code* find_code(int code) {
  for (const Code& each : codes)
    if (each.code == code) return &each;
  return nullptr;
}

}  // namespace

/** Forgets everything that was made, faults included; options stay. */
void reset() {
  State& s = state();
  destroy_context();
  s.initialised = false;
  s.sticky = 0;
  s.launches = s.allocations = s.pinned_allocations = 0;
  s.last_error.clear();
  s.left_behind.clear();
  s.launched.clear();
  current_context = 0;
}

}  // namespace driver

using namespace driver;

DRIVER_API CUresult cuInit(unsigned flags) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  const Options& o = state().options;
  if (flags) return refuse(INVALID_VALUE, "cuInit takes no flags");
  if (o.no_device) return refuse(NO_DEVICE, "the emulated machine has no device");
  if (o.initialisation) return refuse(o.initialisation, "cuInit is set to fail");
  watch_faults();
  state().initialised = true;
  return SUCCESS;
}
DRIVER_API CUresult cuDriverGetVersion(int* version) {
  *version = state().options.driver;
  return SUCCESS;
}
DRIVER_API CUresult cuDeviceGetCount(int* count) {
  return initialised("cuDeviceGetCount", [&] { *count = 1; return SUCCESS; });
}
DRIVER_API CUresult cuDeviceGet(int* device, int index) {
  return for_device("cuDeviceGet", index, [&] { *device = 0; return SUCCESS; });
}
DRIVER_API CUresult cuDeviceGetName(char* name, int room, int device) {
  return for_device("cuDeviceGetName", device, [&] { snprintf(name, room, "Emulated GPU"); return SUCCESS; });
}
DRIVER_API CUresult cuDeviceTotalMem_v2(size_t* bytes, int device) {
  return for_device("cuDeviceTotalMem", device, [&] { *bytes = state().options.memory; return SUCCESS; });
}
DRIVER_API CUresult cuDeviceGetAttribute(int* value, int number, int device) {
  return for_device("cuDeviceGetAttribute", device, [&]() -> CUresult {
    *value = attribute(number);
    return *value < 0 ? refuse(INVALID_VALUE, "attribute " + std::to_string(number) + " is not emulated") : SUCCESS;
  });
}
DRIVER_API CUresult cuDeviceGetUuid(void* uuid, int device) {
  return for_device("cuDeviceGetUuid", device, [&] { memset(uuid, 0xe5, 16); return SUCCESS; });
}
DRIVER_API CUresult cuDeviceGetPCIBusId(char* text, int room, int device) {
  return for_device("cuDeviceGetPCIBusId", device, [&] { snprintf(text, room, "0000:01:00.0"); return SUCCESS; });
}
DRIVER_API CUresult cuDeviceComputeCapability(int* major, int* minor, int device) {
  return for_device("cuDeviceComputeCapability", device, [&] {
    *major = attribute(75);
    *minor = attribute(76);
    return SUCCESS;
  });
}

DRIVER_API CUresult cuDevicePrimaryCtxRetain(Handle* context, int device) {
  return for_device("cuDevicePrimaryCtxRetain", device, [&]() -> CUresult {
    if (state().sticky) return state().sticky;
    state().retained++;
    *context = the_context;
    return SUCCESS;
  });
}
DRIVER_API CUresult cuDevicePrimaryCtxRelease_v2(int device) {
  return for_device("cuDevicePrimaryCtxRelease", device, [&]() -> CUresult {
    if (!state().retained) return refuse(INVALID_CONTEXT, "the primary context is not retained");
    if (state().retained == 1) destroy_context();
    else state().retained--;
    return SUCCESS;
  });
}
DRIVER_API CUresult cuDevicePrimaryCtxReset_v2(int device) {
  return for_device("cuDevicePrimaryCtxReset", device, [&] {
    const int retained = state().retained;
    destroy_context();
    state().retained = retained;
    return SUCCESS;
  });
}
DRIVER_API CUresult cuDevicePrimaryCtxSetFlags_v2(int device, unsigned) {
  return for_device("cuDevicePrimaryCtxSetFlags", device, [] { return SUCCESS; });
}
DRIVER_API CUresult cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  return for_device("cuDevicePrimaryCtxGetState", device, [&] {
    *flags = 0;
    *active = state().retained > 0;
    return SUCCESS;
  });
}
DRIVER_API CUresult cuCtxSetCurrent(Handle context) {
  return initialised("cuCtxSetCurrent", [&]() -> CUresult {
    if (context && (context != the_context || !state().retained))
      return refuse(INVALID_CONTEXT, "cuCtxSetCurrent: no such context");
    current_context = context;
    return SUCCESS;
  });
}
DRIVER_API CUresult cuCtxGetCurrent(Handle* context) {
  return initialised("cuCtxGetCurrent", [&] { *context = current_context; return SUCCESS; });
}
DRIVER_API CUresult cuCtxGetDevice(int* device) {
  return in_context("cuCtxGetDevice", [&] { *device = 0; return SUCCESS; });
}
DRIVER_API CUresult cuCtxSynchronize() {
  return in_context("cuCtxSynchronize", []() -> CUresult {
    for (const auto& [handle, stream] : state().streams.all())
      if (stream->capture) {
        stream->capture->invalid = true;
        return refuse(CAPTURE_UNSUPPORTED, "cuCtxSynchronize while a stream is capturing");
      }
    drain_all();
    return SUCCESS;
  });
}
DRIVER_API CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return in_context("cuCtxGetStreamPriorityRange", [&] {
    *least = 0;
    *greatest = -5;
    return SUCCESS;
  });
}

DRIVER_API CUresult cuGetErrorName(CUresult code, const char** name) {
  const Code* found = find_code(code);
  *name = found ? found->name : nullptr;
  return found ? SUCCESS : INVALID_VALUE;
}
DRIVER_API CUresult cuGetErrorString(CUresult code, const char** text) {
  const Code* found = find_code(code);
  *text = found ? found->text : nullptr;
  return found ? SUCCESS : INVALID_VALUE;
}
DRIVER_API CUresult cuProfilerStart() { return SUCCESS; }
DRIVER_API CUresult cuProfilerStop() { return SUCCESS; }
