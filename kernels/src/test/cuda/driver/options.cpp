// What tests ask of the emulated driver besides the driver API.
#include <cstdlib>

#include "driver.h"

namespace driver {

void reset();

namespace {

bool set(const std::string& name, const std::string& value) {
  Options& o = state().options;
  const long number = strtol(value.c_str(), nullptr, 10);
  if (name == "ORDER") {
    if (value != "forward" && value != "reverse" && value != "random") return false;
    emu::options().order = value == "forward" ? emu::Order::forward
                         : value == "reverse" ? emu::Order::reverse : emu::Order::random;
  } else if (name == "COPIES" || name == "STREAMS") {
    if (value != "late" && value != "early") return false;
    if (name == "COPIES") emu::options().copies = value == "late" ? emu::Copies::late : emu::Copies::early;
    else o.late = value == "late";
  } else if (name == "SEED") {
    emu::options().seed = unsigned(number);
  } else if (name == "DRIVER") {
    o.driver = int(number);
  } else if (name == "CAPABILITY") {
    o.capability = int(number);
  } else if (name == "MEMORY") {
    o.memory = size_t(strtoull(value.c_str(), nullptr, 10));
  } else if (name == "FAULT") {
    o.no_device = false;
    o.initialisation = 0;
    o.lost_after = o.refused_allocation = o.refused_pinned = o.full_after = -1;
    o.lost_code = ECC_UNCORRECTABLE;
    const size_t colon = value.find(':');
    const std::string kind = value.substr(0, colon);
    const char* rest = colon == std::string::npos ? "" : value.c_str() + colon + 1;
    char* end;
    const long count = strtol(rest, &end, 10);
    if (kind == "none") return true;
    if (kind == "no-device") o.no_device = true;
    else if (kind == "init") o.initialisation = int(count);
    else if (kind == "oom") o.refused_allocation = state().allocations + count;
    else if (kind == "full") o.full_after = state().launches + count;
    else if (kind == "pinned") o.refused_pinned = state().pinned_allocations + count;
    else if (kind == "lost") {
      o.lost_after = state().launches + count;
      if (*end == ':') o.lost_code = atoi(end + 1);
    } else return false;
  } else {
    return false;
  }
  return true;
}

const char* const names[] = {"ORDER", "COPIES", "STREAMS", "SEED", "DRIVER", "CAPABILITY", "MEMORY", "FAULT"};

// As the environment says; the defaults where it says nothing.
void set_from_environment() {
  state().options = Options();
  emu::options() = emu::Options();
  for (const char* name : names) {
    const char* value = getenv((std::string("EMULATED_CUDA_") + name).c_str());
    if (value && !set(name, value)) {
      fprintf(stderr, "EMULATED_CUDA_%s=%s is not known\n", name, value);
      exit(2);
    }
  }
}

const bool is_set = (set_from_environment(), true);

}  // namespace
}  // namespace driver

using namespace driver;

/** Sets an option of the list above; 0 when there is no such option or value. */
DRIVER_API int emu_set(const char* name, const char* value) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  return set(name, value);
}
/** As if the process had just begun: faults, handles, memory, counts and options. */
DRIVER_API void emu_reset() {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  driver::reset();
  set_from_environment();
}
/** Why the last refused call was refused, or the fault that every call answers with. */
DRIVER_API const char* emu_last_error() { return state().last_error.c_str(); }
/** Names of the kernels that ran since the reset, one a line. */
DRIVER_API const char* emu_launched() {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  static std::string text;
  text.clear();
  for (const std::string& name : state().launched) text += name + "\n";
  return text.c_str();
}
/** Names of all kernels that were compiled in, one a line. */
DRIVER_API const char* emu_kernels() {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  static std::string text;
  text.clear();
  for (emu::KernelEntry* k = emu::kernels(); k; k = k->next) text += std::string(k->name) + "\n";
  return text.c_str();
}
/** What had not been destroyed when the primary context was last released; empty when nothing. */
DRIVER_API const char* emu_left_behind() { return state().left_behind.c_str(); }
/** Kernels run since the reset. */
DRIVER_API long long emu_launches() { return state().launches; }
/** Allocations of device memory that live now. */
DRIVER_API long long emu_live_allocations() { return static_cast<long long>(state().device.count()); }
