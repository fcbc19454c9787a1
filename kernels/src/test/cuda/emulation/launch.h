// Kernels by name, launched with the driver API's array of pointers to arguments.
#pragma once
#include <type_traits>
#include <utility>

namespace emu {

/** Runs a grid; null, or what went wrong. */
const char* launch_grid(const char* kernel, dim3 grid, dim3 dim, size_t shared_bytes, void (*entry)(void*),
                        void* arguments);

template <typename... P, size_t... I>
inline void call(void (*kernel)(P...), void** arguments, std::index_sequence<I...>) {
  kernel(*static_cast<std::remove_reference_t<P>*>(arguments[I])...);
}
template <typename... P>
const char* launch(const char* name, void (*kernel)(P...), dim3 grid, dim3 dim, size_t shared_bytes,
                   void** arguments) {
  struct Call {
    void (*kernel)(P...);
    void** arguments;
  } each{kernel, arguments};
  return launch_grid(
      name, grid, dim, shared_bytes,
      [](void* c) {
        call(static_cast<Call*>(c)->kernel, static_cast<Call*>(c)->arguments, std::index_sequence_for<P...>());
      },
      &each);
}

/** p pointer, i int, l long long, f float; anything else is no parameter of a kernel. */
template <typename T>
constexpr char kind() {
  if constexpr (std::is_pointer_v<T>) return 'p';
  else if constexpr (std::is_same_v<T, float>) return 'f';
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 8) return 'l';
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 4) return 'i';
  else return '?';
}
template <typename... P>
std::vector<char> kinds(void (*)(P...)) {
  static_assert(((kind<P>() != '?') && ...), "kernels take pointers, int, long long and float");
  return {kind<P>()...};
}
/** Bytes of a parameter of that kind. */
constexpr int parameter_bytes(char kind) { return kind == 'p' || kind == 'l' ? 8 : 4; }

struct KernelEntry {
  const char* name;
  const char* (*launch)(dim3, dim3, size_t, void**);
  std::vector<char> parameter_kinds;
  KernelEntry* next;
};
KernelEntry*& kernels();
KernelEntry* find_kernel(const char* name);

struct Registration {
  explicit Registration(KernelEntry* entry) {
    entry->next = kernels();
    kernels() = entry;
  }
};

}  // namespace emu

/** Makes a kernel of this translation unit known by its name. */
#define EMULATED_KERNEL(kernel)                                                                       \
  static emu::KernelEntry kernel##_entry{                                                             \
      #kernel, [](dim3 g, dim3 b, size_t s, void** a) { return emu::launch(#kernel, kernel, g, b, s, a); }, \
      emu::kinds(kernel), nullptr};                                                                   \
  static const emu::Registration kernel##_is_known(&kernel##_entry);
