// Runs the cases that were linked in: check [NAME...] runs those whose names contain one of NAME.
#include "check.h"

#include <algorithm>
#include <functional>
#include <pthread.h>
#include <signal.h>

namespace check {
namespace {

struct Case {
  std::string name;
  void (*body)();
};
std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// A kernel that leaves its arrays becomes an error of the launch. The sanitizers report a fault better, with its line.
void on_fault(int, siginfo_t* info, void*) {
  if (emu::running() && device().reserves(info->si_addr))
    emu::fail("the kernel reaches " + device().describe(info->si_addr));
  signal(SIGSEGV, SIG_DFL);
}
void watch_faults() {
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;  // left by switching to another fiber, never by returning
  sigaction(SIGSEGV, &action, nullptr);
}
#else
void watch_faults() {}
#endif

const char* word(emu::Order order) {
  return order == emu::Order::forward ? "forward" : order == emu::Order::reverse ? "reverse" : "random";
}

}  // namespace

bool add(const char* name, void (*body)()) {
  cases().push_back({name, body});
  return true;
}

std::mt19937_64& random_engine() {
  static std::mt19937_64 engine;
  return engine;
}

void launch_with(const std::string& name, dim3 grid, dim3 block, size_t shared_bytes, const std::vector<char>& kinds,
                 void** arguments) {
  const emu::KernelEntry* kernel = emu::find_kernel(name.c_str());
  if (!kernel) fail("no kernel is named " + name);
  if (kernel->parameter_kinds != kinds)
    fail(name + " takes (" + std::string(kernel->parameter_kinds.begin(), kernel->parameter_kinds.end()) +
         "), given (" + std::string(kinds.begin(), kinds.end()) + "): p pointer, i int, l long long, f float");
  const char* error = kernel->launch(grid, block, shared_bytes, arguments);
  if (error) fail(error);
  if (under_sanitizer) return;
  for (size_t i = 0; i < kinds.size(); i++) {
    auto* allocation = kinds[i] == 'p' ? device().find(*static_cast<void**>(arguments[i])) : nullptr;
    const std::string reason = allocation ? device().overwritten(*allocation) : "";
    if (!reason.empty()) fail(name + ": " + reason);
  }
}

}  // namespace check

int main(int count, char** names) {
  using namespace check;
  setvbuf(stdout, nullptr, _IOLBF, 0);
  watch_faults();
  std::vector<Case> chosen;
  for (const Case& each : cases()) {
    bool wanted = count == 1;
    for (int i = 1; i < count; i++) wanted |= each.name.find(names[i]) != std::string::npos;
    if (wanted) chosen.push_back(each);
  }
  std::sort(chosen.begin(), chosen.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
  if (chosen.empty()) {
    printf("no case has such a name\n");
    return 2;
  }
  int failures = 0;
  for (const Case& each : chosen)
    for (emu::Order order : {emu::Order::forward, emu::Order::reverse, emu::Order::random})
      for (emu::Copies copies : {emu::Copies::late, emu::Copies::early}) {
        emu::options() = {order, copies, 1};
        random_engine().seed(std::hash<std::string>()(each.name));
        std::string reason;
        try {
          each.body();
        } catch (const std::exception& failure) {
          reason = failure.what();
        }
        if (reason.empty()) continue;
        failures++;
        printf("FAILED %s (threads %s, copies %s): %s\n", each.name.c_str(), word(order),
               copies == emu::Copies::late ? "late" : "early", reason.c_str());
      }
  printf("%zu cases in 6 modes, %d failures\n", chosen.size(), failures);
  return failures != 0;
}
