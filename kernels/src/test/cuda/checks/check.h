// A harness for checks of single kernels against float64, without Java: kernels/checks.sh builds and runs them, plainly
// or under a sanitizer.
//
//   CHECK_CASE(row_sums_of_awkward_widths) {
//     for (int width : {1, 31, 257}) {
//       auto in = check::normal(3 * width);                       // the same numbers in each run
//       check::DeviceArray<float> x(in), sums(3);                 // sums: NaN until written; both end at a guard page
//       check::launch("row_sums", dim3(3), 256, 0, sums, x, 3, width);
//       std::vector<double> expected = ...;
//       check::close(sums, expected, {.absolute = 1e-6, .relative = 1e-6}, "width " + std::to_string(width));
//     }
//   }
//
// Every case runs in each scheduling order (forward, reverse, random) and both timings of asynchronous copies.
#pragma once
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "cuda_emulation.h"
#include "guarded_memory.h"

namespace check {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/** Whether a sanitizer watches: everything is about ten times slower, so large shapes may be left out. */
constexpr bool under_sanitizer = true;
#else
constexpr bool under_sanitizer = false;
#endif

inline emu::GuardedMemory& device() {
  static emu::GuardedMemory memory;
  return memory;
}

/** Ends a case at once; the harness prints the reason. */
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] inline void fail(const std::string& reason) { throw Failure(reason); }

/** The same numbers in each run of a case: a stream of its own for each case, begun again in each mode. */
std::mt19937_64& random_engine();

/** Normally distributed numbers of mean zero and variance one. */
inline std::vector<float> normal(size_t count) {
  std::normal_distribution<float> distribution;
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random_engine());
  return values;
}
inline std::vector<float> uniform(size_t count, float from, float to) {
  std::uniform_real_distribution<float> distribution(from, to);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random_engine());
  return values;
}
/** Whole numbers from `from` to `to`, both included. */
inline std::vector<int> integers(size_t count, int from, int to) {
  std::uniform_int_distribution<int> distribution(from, to);
  std::vector<int> values(count);
  for (int& value : values) value = distribution(random_engine());
  return values;
}

/**
 * Device memory for `size` elements behind `skipped` unused ones. All bytes are 0xFF (NaN) until written, inaccessible
 * memory follows within 16 bytes, and precedes within a page. `skipped` makes addresses that are no multiple of 16.
 */
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t size, size_t skipped = 0) : size_(size) {
    memory_ = static_cast<T*>(device().allocate((size + skipped) * sizeof(T), 16));
    if (!memory_) fail("out of emulated device memory");
    start_ = memory_ + skipped;
  }
  explicit DeviceArray(const std::vector<T>& values, size_t skipped = 0) : DeviceArray(values.size(), skipped) {
    for (size_t i = 0; i < size_; i++) start_[i] = values[i];
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { device().free(memory_); }

  size_t size() const { return size_; }
  T* data() const { return start_; }
  T& operator[](size_t i) const { return start_[i]; }
  std::vector<T> values() const { return std::vector<T>(start_, start_ + size_); }

 private:
  size_t size_;
  T* memory_;
  T* start_;
};

// What of an argument reaches the kernel.
template <typename T> T* as_parameter(const DeviceArray<T>& array) { return array.data(); }
template <typename T> T as_parameter(T value) {
  static_assert(std::is_pointer_v<T> || std::is_arithmetic_v<T>, "kernels take pointers and numbers");
  return value;
}

/** Checks count, sizes and kinds of arguments against the kernel's parameters and runs it. */
void launch_with(const std::string& kernel, dim3 grid, dim3 block, size_t shared_bytes,
                 const std::vector<char>& kinds, void** arguments);

/**
 * Runs a kernel; the case fails when the emulator finds a mistake. Arguments: DeviceArrays, pointers, int, long long and
 * float, exactly as the kernel declares them (float: 1.0f, long long: 1LL; size_t counts as long long).
 */
template <typename... A>
void launch(const std::string& kernel, dim3 grid, dim3 block, size_t shared_bytes, const A&... arguments) {
  std::tuple<decltype(as_parameter(arguments))...> values(as_parameter(arguments)...);
  std::apply(
      [&](auto&... each) {
        void* pointers[] = {static_cast<void*>(&each)..., nullptr};
        launch_with(kernel, grid, block, shared_bytes, {emu::kind<std::decay_t<decltype(each)>>()...}, pointers);
      },
      values);
}

/** How far a float32 result may be from its float64 reference: absolute + relative * |reference|. */
struct Tolerance {
  double absolute = 0, relative = 0;
};

/** Every element within the tolerance; NaN only where NaN is expected. `what` says which shape it was. */
template <typename Actual>
void close(const Actual& actual, const std::vector<double>& expected, Tolerance tolerance, const std::string& what) {
  if (actual.size() != expected.size())
    fail(what + ": " + std::to_string(actual.size()) + " elements, expected " + std::to_string(expected.size()));
  size_t wrong = 0, worst = 0;
  double worst_excess = -1;
  for (size_t i = 0; i < expected.size(); i++) {
    const double is = double(actual[i]), should = expected[i];
    if (is == should || (std::isnan(is) && std::isnan(should))) continue;
    const double error = std::fabs(is - should), allowed = tolerance.absolute + tolerance.relative * std::fabs(should);
    if (error <= allowed) continue;
    wrong++;
    const double excess = std::isnan(error) ? INFINITY : error - allowed;
    if (excess > worst_excess) {
      worst_excess = excess;
      worst = i;
    }
  }
  if (!wrong) return;
  char text[200];
  snprintf(text, sizeof text, ": %zu of %zu elements wrong, worst [%zu] = %.9g, expected %.9g (absolute %g, relative %g)",
           wrong, expected.size(), worst, double(actual[worst]), expected[worst], tolerance.absolute,
           tolerance.relative);
  fail(what + text);
}

/** Every element equal to the bit: integers, copies, results that must not depend on something. */
template <typename Actual, typename Expected>
void same(const Actual& actual, const Expected& expected, const std::string& what) {
  if (actual.size() != expected.size())
    fail(what + ": " + std::to_string(actual.size()) + " elements, expected " + std::to_string(expected.size()));
  for (size_t i = 0; i < actual.size(); i++) {
    const auto is = actual[i];
    const std::decay_t<decltype(is)> should = expected[i];
    if (memcmp(&is, &should, sizeof is) != 0)
      fail(what + ": [" + std::to_string(i) + "] differs, " + std::to_string(double(is)) + " instead of " +
           std::to_string(double(should)));
  }
}

inline void that(bool holds, const std::string& what) {
  if (!holds) fail(what);
}

/** Adds a case to those that main() runs; made by CHECK_CASE. */
bool add(const char* name, void (*body)());

}  // namespace check

#define CHECK_CASE(name)                                           \
  static void name();                                              \
  static const bool name##_is_added = check::add(#name, name);     \
  static void name()
