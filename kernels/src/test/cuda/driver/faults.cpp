// Kernels that reach outside device memory become errors with the line of their source.
#include <cstdio>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "driver.h"

namespace driver {
namespace {

struct sigaction previous;
pthread_t launching;
volatile bool in_launch = false;
bool faulted = false;
uintptr_t fault_place = 0;

void on_fault(int signal, siginfo_t* info, void* context) {
  if (in_launch && emu::running() && pthread_equal(pthread_self(), launching)) {
    faulted = true;
#if defined(__x86_64__)
    fault_place = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    fault_place = static_cast<ucontext_t*>(context)->uc_mcontext.pc;
#endif
    char address[40];
    snprintf(address, sizeof address, "address %p, ", info->si_addr);
    emu::fail("the kernel reaches " + std::string(address) + state().device.describe(info->si_addr));
  }
  // Anybody else's fault is the business of whoever was here before: the JVM's own handler.
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else {
    sigaction(SIGSEGV, &previous, nullptr);
    raise(signal);
  }
}

// "file:line" of an instruction, empty when it cannot be found.
std::string source_line(uintptr_t place) {
  Dl_info library;
  if (!dladdr(reinterpret_cast<void*>(place), &library)) return "";
  char command[1200];
  snprintf(command, sizeof command, "addr2line -s -e '%s' 0x%lx 2>/dev/null", library.dli_fname,
           static_cast<unsigned long>(place - reinterpret_cast<uintptr_t>(library.dli_fbase)));
  FILE* pipe = popen(command, "r");
  if (!pipe) return "";
  char line[256] = "";
  if (!fgets(line, sizeof line, pipe)) line[0] = 0;
  pclose(pipe);
  std::string text = line;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.empty() || text[0] == '?' ? "" : " at " + text;
}

}  // namespace

void watch_faults() {
  static bool watching = false;
  if (watching) return;
  watching = true;
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  // Left by switching to another fiber, never by returning: the signal must not stay blocked.
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &previous);
}

std::string run_kernel(const emu::KernelEntry& kernel, dim3 grid, dim3 block, size_t shared, void** arguments,
                       int& code) {
  launching = pthread_self();
  faulted = false;
  in_launch = true;
  const char* error = kernel.launch(grid, block, shared, arguments);
  in_launch = false;
  if (!error) return "";
  std::string text = error;
  if (faulted) text += source_line(fault_place);
  code = faulted ? ILLEGAL_ADDRESS : text.find("misaligned") != std::string::npos ? MISALIGNED_ADDRESS : LAUNCH_FAILED;
  return text;
}

}  // namespace driver
