// Walks over the elements of strided matrices: four at a time where all addresses allow it, else one at a time.
#pragma once
#include "tensor_core.cuh"

/** Some neighbouring floats of a row. */
template <int N> struct Floats { float of[N]; };

template <int N> __device__ __forceinline__ Floats<N> load(const float* from) {
  Floats<N> values;
  if constexpr (N == 4) {
    const float4 four = *reinterpret_cast<const float4*>(from);
    values.of[0] = four.x;
    values.of[1] = four.y;
    values.of[2] = four.z;
    values.of[3] = four.w;
  } else {
    static_assert(N == 1, "one or four floats");
    values.of[0] = *from;
  }
  return values;
}

template <int N> __device__ __forceinline__ void store(float* to, const Floats<N>& values) {
  if constexpr (N == 4)
    *reinterpret_cast<float4*>(to) = make_float4(values.of[0], values.of[1], values.of[2], values.of[3]);
  else
    *to = values.of[0];
}

/** What an element of a matrix is: the ordinals of Element in the launching Java code. */
enum ElementKind { element_f32, element_bf16 };

/** The float of bf16 bits. */
__device__ __forceinline__ float widened(unsigned bits) { return __uint_as_float(bits << 16); }

/** A matrix that is read: float32 or bf16, which is the same for all threads. */
struct Source {
  const void* matrix;
  int kind, stride;

  template <int N> __device__ __forceinline__ Floats<N> load_at(size_t row, size_t column) const {
    const size_t at = row * stride + column;
    if (kind == element_f32) return load<N>(static_cast<const float*>(matrix) + at);
    const uint16_t* from = static_cast<const uint16_t*>(matrix) + at;
    Floats<N> values;
    if constexpr (N == 4) {
      const uint2 four = *reinterpret_cast<const uint2*>(from);
      values.of[0] = __uint_as_float(four.x << 16);
      values.of[1] = __uint_as_float(four.x & 0xffff0000u);
      values.of[2] = __uint_as_float(four.y << 16);
      values.of[3] = __uint_as_float(four.y & 0xffff0000u);
    } else {
      values.of[0] = widened(*from);
    }
    return values;
  }

  /** Whether every row can be read four at a time from its first column on. */
  __device__ __forceinline__ bool aligned() const {
    return reinterpret_cast<uintptr_t>(matrix) % (kind == element_f32 ? 16 : 8) == 0 && stride % 4 == 0;
  }
};

/** A matrix that is written: float32 or bf16, which is the same for all threads. */
struct Target {
  void* matrix;
  int kind, stride;

  template <int N> __device__ __forceinline__ void store_at(size_t row, size_t column, const Floats<N>& values) const {
    const size_t at = row * stride + column;
    if (kind == element_f32) {
      store(static_cast<float*>(matrix) + at, values);
      return;
    }
    uint16_t* to = static_cast<uint16_t*>(matrix) + at;
    if constexpr (N == 4)
      *reinterpret_cast<uint2*>(to) =
          uint2{bf16_pair(values.of[0], values.of[1]), bf16_pair(values.of[2], values.of[3])};
    else
      *to = uint16_t(bf16_pair(values.of[0], 0.0f));
  }

  /** Whether every row can be written four at a time from its first column on. */
  __device__ __forceinline__ bool aligned() const {
    return reinterpret_cast<uintptr_t>(matrix) % (kind == element_f32 ? 16 : 8) == 0 && stride % 4 == 0;
  }
};

/** Whether every row of a matrix can be read as float4 from its first column on. */
__device__ __forceinline__ bool rows_aligned(const float* matrix, int stride) {
  return reinterpret_cast<uintptr_t>(matrix) % 16 == 0 && stride % 4 == 0;
}

/** How many elements a body is given, as a type. */
template <int N> struct Count { static constexpr int value = N; };

template <int N, typename Body>
__device__ __forceinline__ void each_of(long long rows, long long columns, Body body) {
  const size_t across = columns / N, total = rows * across, step = size_t(gridDim.x) * blockDim.x;
  size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (rows == 1) {
    for (; i < total; i += step) body(Count<N>(), size_t(0), i * N);
  } else if (total <= 0x7fffffff) {
    // A division of 64 bits costs several times one of 32.
    for (; i < total; i += step) {
      const unsigned row = unsigned(i) / unsigned(across);
      body(Count<N>(), size_t(row), size_t(unsigned(i) - row * unsigned(across)) * N);
    }
  } else {
    for (; i < total; i += step) {
      const size_t row = i / across;
      body(Count<N>(), row, (i - row * across) * N);
    }
  }
}

/**
 * Calls body(Count<N>, row, column) once for every N neighbouring elements of a matrix [rows, columns], spread over the
 * whole grid (x only), neighbouring threads on neighbouring elements.
 *
 * @param aligned whether all matrices that the body reaches have aligned rows; N is 4 then, if the columns allow it
 */
template <typename Body>
__device__ __forceinline__ void each_element(bool aligned, long long rows, long long columns, Body body) {
  if (aligned && columns % 4 == 0)
    each_of<4>(rows, columns, body);
  else
    each_of<1>(rows, columns, body);
}
