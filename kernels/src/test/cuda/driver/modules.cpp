// Modules are PTX texts: read for the names of kernels and what the driver would know of them. The code that runs is
// the emulation's, compiled from the same sources.
#include <cstdlib>
#include <regex>

#include "driver.h"

namespace driver {
namespace {

struct Entry {
  std::string name, kinds;
  int most_threads = 1024, static_shared = 0;
};
struct Ptx {
  int version = 0, target = 0;  // 84 for 8.4; 80 for sm_80
  bool only_this_target = false;
  std::vector<Entry> entries;
};

// The newest PTX that a driver of a CUDA version knows, from the table of releases in the PTX ISA's manual.
int newest_ptx(int driver) {
  const int major = driver / 1000, minor = driver % 1000 / 10;
  if (major >= 13) return 90 + minor;
  if (major == 12) return minor <= 5 ? 80 + minor : minor == 6 ? 85 : minor == 8 ? 87 : 88;
  return 70 + minor;
}

Ptx read(const std::string& text) {
  Ptx ptx;
  std::smatch found;
  if (std::regex_search(text, found, std::regex(R"(\.version\s+(\d+)\.(\d+))")))
    ptx.version = std::stoi(found[1]) * 10 + std::stoi(found[2]);
  if (std::regex_search(text, found, std::regex(R"(\.target\s+sm_(\d+)(a?))"))) {
    ptx.target = std::stoi(found[1]);
    ptx.only_this_target = found[2].length() > 0;
  }
  static const std::regex number(R"((\d+))");
  for (size_t at = text.find(".entry"); at != std::string::npos; at = text.find(".entry", at)) {
    const size_t open = text.find('(', at), close = text.find(')', open), body = text.find('{', close);
    if (body == std::string::npos) break;
    Entry entry;
    std::string name = text.substr(at + 6, open - at - 6);
    name.erase(std::remove_if(name.begin(), name.end(), isspace), name.end());
    entry.name = name;
    const std::string parameters = text.substr(open, close - open);
    // pointers carry .ptr from PTX 8 on, but not always: 8 bytes are 8 bytes
    for (size_t p = parameters.find(".param"); p != std::string::npos; p = parameters.find(".param", p + 1)) {
      const std::string type = parameters.substr(parameters.find('.', p + 6), 4);
      entry.kinds += type == ".f32" ? 'f' : type.substr(2) == "64" ? '8' : type.substr(2) == "32" ? '4' : '?';
    }
    const std::string directives = text.substr(close, body - close);
    const size_t most = directives.find(".maxntid");
    if (most != std::string::npos) {
      entry.most_threads = 1;
      const std::string line = directives.substr(most, directives.find('\n', most) - most);
      for (std::sregex_iterator n(line.begin(), line.end(), number), end; n != end; ++n)
        entry.most_threads *= std::stoi((*n)[1]);
    }
    const size_t next = text.find(".entry", body);
    for (size_t s = text.find(".shared .align", body); s != std::string::npos && s < next;
         s = text.find(".shared .align", s + 1)) {
      const size_t line = text.find('\n', s), size = text.find('[', s);
      if (size < line) entry.static_shared += std::atoi(text.c_str() + size + 1);
    }
    ptx.entries.push_back(entry);
    at = body;
  }
  return ptx;
}

// Empty when a kernel's parameters in the PTX are those of its source.
std::string stale(const Entry& entry, const emu::KernelEntry& kernel) {
  std::string expected;
  for (char kind : kernel.parameter_kinds) expected += kind == 'f' ? 'f' : emu::parameter_bytes(kind) == 8 ? '8' : '4';
  if (expected == entry.kinds) return "";
  return "the PTX of " + entry.name + " has parameters (" + entry.kinds + "), its source (" + expected +
         "): the PTX is not of this source";
}

CUresult load(Handle* module, const char* image) {
  if (const CUresult code = forbidden_in_capture("cuModuleLoadData")) return code;
  const Options& o = state().options;
  const Ptx ptx = read(image);
  if (!ptx.version || !ptx.target) return refuse(INVALID_PTX, "no PTX: .version or .target is missing");
  if (ptx.version > newest_ptx(o.driver))
    return refuse(UNSUPPORTED_PTX_VERSION, "PTX " + std::to_string(ptx.version) + " is newer than driver " +
                                               std::to_string(o.driver) + " knows");
  if (ptx.target > o.capability || (ptx.only_this_target && ptx.target != o.capability))
    return refuse(NO_BINARY_FOR_GPU, "PTX for sm_" + std::to_string(ptx.target) + " on a device of capability " +
                                         std::to_string(o.capability));
  auto made = std::make_unique<Module>();
  std::vector<std::unique_ptr<Function>> functions;
  for (const Entry& entry : ptx.entries) {
    auto function = std::make_unique<Function>();
    function->kernel = emu::find_kernel(entry.name.c_str());
    if (!function->kernel) return refuse(INVALID_PTX, "the emulation has no kernel " + entry.name);
    const std::string reason = stale(entry, *function->kernel);
    if (!reason.empty()) return refuse(INVALID_PTX, reason);
    function->most_threads = entry.most_threads;
    function->static_shared = entry.static_shared;
    function->dynamic_shared = (48 << 10) - std::min(48 << 10, entry.static_shared);
    function->ptx_version = ptx.version;
    function->target = ptx.target;
    functions.push_back(std::move(function));
  }
  for (auto& function : functions) made->functions.push_back(state().functions.add(std::move(function)));
  *module = state().modules.add(std::move(made));
  return SUCCESS;
}

CUresult no_function(const char* name) {
  return refuse(INVALID_HANDLE, std::string(name) + ": no such function, or its module was unloaded");
}

}  // namespace

int most_shared_bytes() {
  switch (state().options.capability) {
    case 75: return 64 << 10;
    case 80: case 87: return 163 << 10;
    case 86: case 89: case 120: return 99 << 10;
    default: return 227 << 10;
  }
}

}  // namespace driver

using namespace driver;

DRIVER_API CUresult cuModuleLoadData(Handle* module, const void* image) {
  return in_context("cuModuleLoadData", [&] { return load(module, static_cast<const char*>(image)); });
}
DRIVER_API CUresult cuModuleLoadDataEx(Handle* module, const void* image, unsigned count, int* options, void** values) {
  return in_context("cuModuleLoadDataEx", [&] {
    constexpr int error_log = 5, error_log_bytes = 6;
    const CUresult code = load(module, static_cast<const char*>(image));
    char* log = nullptr;
    size_t room = 0;
    for (unsigned i = 0; i < count; i++) {
      if (options[i] == error_log) log = static_cast<char*>(values[i]);
      if (options[i] == error_log_bytes) room = static_cast<unsigned>(reinterpret_cast<uintptr_t>(values[i]));
    }
    if (code && log && room) snprintf(log, room, "%s", state().last_error.c_str());
    return code;
  });
}
DRIVER_API CUresult cuModuleUnload(Handle handle) {
  return in_context("cuModuleUnload", [&]() -> CUresult {
    Module* module = state().modules.find(handle);
    if (!module) return refuse(INVALID_HANDLE, "cuModuleUnload: no such module");
    for (Handle function : module->functions) state().functions.remove(function);
    state().modules.remove(handle);
    return SUCCESS;
  });
}
DRIVER_API CUresult cuModuleGetFunction(Handle* function, Handle handle, const char* name) {
  return in_context("cuModuleGetFunction", [&]() -> CUresult {
    Module* module = state().modules.find(handle);
    if (!module) return refuse(INVALID_HANDLE, "cuModuleGetFunction: no such module");
    for (Handle each : module->functions)
      if (!strcmp(state().functions.find(each)->kernel->name, name)) {
        *function = each;
        return SUCCESS;
      }
    return refuse(NOT_FOUND, std::string("the module has no kernel ") + name);
  });
}
DRIVER_API CUresult cuModuleGetGlobal_v2(CUdeviceptr*, size_t*, Handle, const char* name) {
  return in_context("cuModuleGetGlobal", [&] {
    return refuse(NOT_FOUND, std::string("modules have no globals here: ") + name);
  });
}
DRIVER_API CUresult cuFuncGetAttribute(int* value, int number, Handle handle) {
  return in_context("cuFuncGetAttribute", [&]() -> CUresult {
    Function* function = state().functions.find(handle);
    if (!function) return no_function("cuFuncGetAttribute");
    switch (number) {
      case 0: *value = function->most_threads; return SUCCESS;
      case 1: *value = function->static_shared; return SUCCESS;
      case 2: case 3: case 7: *value = 0; return SUCCESS;  // constant memory, local memory, cache mode
      case 4: *value = 32; return SUCCESS;                 // registers: not known here
      case 5: *value = function->ptx_version; return SUCCESS;
      case 6: *value = state().options.capability; return SUCCESS;
      case 8: *value = function->dynamic_shared; return SUCCESS;
      default: return refuse(INVALID_VALUE, "attribute " + std::to_string(number) + " of a kernel is not emulated");
    }
  });
}
DRIVER_API CUresult cuFuncSetAttribute(Handle handle, int number, int value) {
  return in_context("cuFuncSetAttribute", [&]() -> CUresult {
    constexpr int dynamic_shared = 8, carveout = 9;
    Function* function = state().functions.find(handle);
    if (!function) return no_function("cuFuncSetAttribute");
    if (number == carveout) return SUCCESS;
    if (number != dynamic_shared)
      return refuse(INVALID_VALUE, "attribute " + std::to_string(number) + " of a kernel cannot be set here");
    if (value < 0 || value + function->static_shared > most_shared_bytes())
      return refuse(INVALID_VALUE, std::to_string(value) + " bytes of dynamic shared memory beside " +
                                       std::to_string(function->static_shared) + " static ones");
    function->dynamic_shared = value;
    return SUCCESS;
  });
}

DRIVER_API CUresult cuLaunchKernel(Handle handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                                   unsigned bz, unsigned shared, Handle stream, void** parameters, void** extra) {
  return in_context("cuLaunchKernel", [&]() -> CUresult {
    Function* function = state().functions.find(handle);
    if (!function) return no_function("cuLaunchKernel");
    const emu::KernelEntry* kernel = function->kernel;
    const std::string name = kernel->name;
    if (extra) return refuse(NOT_SUPPORTED, name + ": parameters in a buffer are not emulated");
    if (!gx || !gy || !gz || gx > 0x7fffffff || gy > 65535 || gz > 65535 || !bx || !by || !bz || bz > 64)
      return refuse(INVALID_VALUE, name + ": the grid or block is more than a device has");
    if (size_t{bx} * by * bz > size_t(function->most_threads))
      return refuse(INVALID_VALUE, name + ": " + std::to_string(size_t{bx} * by * bz) + " threads, its launch bounds are " +
                                       std::to_string(function->most_threads));
    if (shared > unsigned(function->dynamic_shared))
      return refuse(INVALID_VALUE, name + ": " + std::to_string(shared) + " bytes of dynamic shared memory, allowed are " +
                                       std::to_string(function->dynamic_shared));
    std::vector<uint64_t> values, addresses;
    for (size_t i = 0; i < kernel->parameter_kinds.size(); i++) {
      const char kind = kernel->parameter_kinds[i];
      uint64_t value = 0;
      memcpy(&value, parameters[i], emu::parameter_bytes(kind));
      values.push_back(value);
      if (kind != 'p' || !value) continue;
      addresses.push_back(value);
      const void* at = reinterpret_cast<void*>(value);
      if (!state().device.reserves(at) && !state().pinned.find(at))
        return refuse(INVALID_VALUE, name + ": argument " + std::to_string(i) + " is no device address");
    }
    return enqueue("cuLaunchKernel", stream, {Work::kernel, [=]() mutable {
      State& s = state();
      if (s.launches++ == s.options.lost_after) {
        s.sticky = refuse(s.options.lost_code, "the device is set to be lost now");
        return;
      }
      s.launched.insert(name);
      std::vector<void*> arguments;
      for (uint64_t& value : values) arguments.push_back(&value);
      arguments.push_back(nullptr);
      int code = LAUNCH_FAILED;
      std::string error = run_kernel(*kernel, {gx, gy, gz}, {bx, by, bz}, shared, arguments.data(), code);
      if (error.empty()) {
        error = overwritten(addresses);
        if (error.empty()) return;
        error = name + ": " + error;
        code = ILLEGAL_ADDRESS;
      }
      s.sticky = refuse(code, error);
    }});
  });
}
DRIVER_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Handle handle, int threads, size_t shared) {
  return in_context("cuOccupancyMaxActiveBlocksPerMultiprocessor", [&]() -> CUresult {
    Function* function = state().functions.find(handle);
    if (!function) return no_function("cuOccupancyMaxActiveBlocksPerMultiprocessor");
    const size_t each = shared + function->static_shared + 1024;
    *blocks = std::min({32, 2048 / std::max(threads, 1), int((most_shared_bytes() + 1024) / each)});
    if (threads < 1 || threads > function->most_threads) *blocks = 0;
    return SUCCESS;
  });
}
