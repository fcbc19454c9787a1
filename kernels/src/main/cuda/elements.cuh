// Walks over the elements of strided matrices: four at a time where all addresses allow it, else one at a time.
#pragma once
#include "tensor_core.cuh"

/** Some neighbouring floats of a row. */
template <int N> struct Floats { float of[N]; };

template <int N> __device__ __forceinline__ Floats<N> load(const float* from) {
  static_assert(N == 1 || N % 4 == 0, "one float or whole float4");
  Floats<N> values;
  if constexpr (N == 1) {
    values.of[0] = *from;
  } else {
#pragma unroll
    for (int i = 0; i < N; i += 4) {
      const float4 four = *reinterpret_cast<const float4*>(from + i);
      values.of[i] = four.x;
      values.of[i + 1] = four.y;
      values.of[i + 2] = four.z;
      values.of[i + 3] = four.w;
    }
  }
  return values;
}

template <int N> __device__ __forceinline__ void store(float* to, const Floats<N>& values) {
  if constexpr (N == 1) {
    *to = values.of[0];
  } else {
#pragma unroll
    for (int i = 0; i < N; i += 4)
      *reinterpret_cast<float4*>(to + i) =
          make_float4(values.of[i], values.of[i + 1], values.of[i + 2], values.of[i + 3]);
  }
}

/** The bits of a bf16 number: what an operand consists of. */
using Bf16 = uint16_t;

/** The float of bf16 bits. */
__device__ __forceinline__ float widened(unsigned bits) { return __uint_as_float(bits << 16); }

/** The two floats of a pair of bf16, the first in the low half. */
__device__ __forceinline__ void widen_pair(unsigned pair, float* to) {
  to[0] = __uint_as_float(pair << 16);
  to[1] = __uint_as_float(pair & 0xffff0000u);
}

template <int N> __device__ __forceinline__ Floats<N> load(const Bf16* from) {
  static_assert(N == 1 || N == 4 || N == 8, "one bf16, 8 bytes or 16");
  Floats<N> values;
  if constexpr (N == 1) {
    values.of[0] = widened(*from);
  } else if constexpr (N == 4) {
    const uint2 four = *reinterpret_cast<const uint2*>(from);
    widen_pair(four.x, values.of);
    widen_pair(four.y, values.of + 2);
  } else {
    const uint4 eight = *reinterpret_cast<const uint4*>(from);
    widen_pair(eight.x, values.of);
    widen_pair(eight.y, values.of + 2);
    widen_pair(eight.z, values.of + 4);
    widen_pair(eight.w, values.of + 6);
  }
  return values;
}

template <int N> __device__ __forceinline__ void store(Bf16* to, const Floats<N>& values) {
  const float* const of = values.of;
  if constexpr (N == 1)
    *to = Bf16(bf16_pair(of[0], 0.0f));
  else if constexpr (N == 4)
    *reinterpret_cast<uint2*>(to) = uint2{bf16_pair(of[0], of[1]), bf16_pair(of[2], of[3])};
  else
    *reinterpret_cast<uint4*>(to) =
        uint4{bf16_pair(of[0], of[1]), bf16_pair(of[2], of[3]), bf16_pair(of[4], of[5]), bf16_pair(of[6], of[7])};
}

/** What an element of a matrix is: the ordinals of Element in the launching Java code. */
enum ElementKind { element_f32, element_bf16 };

/** Whether rows from `matrix` on can be taken N elements at a time, at most 16 bytes at once, from their first columns on. */
template <int N> __device__ __forceinline__ bool rows_aligned(const void* matrix, int kind, int stride) {
  const int unit = kind == element_f32 && N > 4 ? 4 : N;
  return reinterpret_cast<uintptr_t>(matrix) % (unit * (kind == element_f32 ? 4 : 2)) == 0 && stride % unit == 0;
}

/** A matrix that is read: float32 or bf16, which is the same for all threads. */
struct Source {
  const void* matrix;
  int kind, stride;

  template <int N> __device__ __forceinline__ Floats<N> load_at(size_t row, size_t column) const {
    const size_t at = row * stride + column;
    return kind == element_f32 ? load<N>(static_cast<const float*>(matrix) + at)
                               : load<N>(static_cast<const Bf16*>(matrix) + at);
  }

  /** Whether every row can be read N at a time from its first column on. */
  template <int N = 4> __device__ __forceinline__ bool aligned() const { return rows_aligned<N>(matrix, kind, stride); }
};

/** A matrix that is written: float32 or bf16, which is the same for all threads. */
struct Target {
  void* matrix;
  int kind, stride;

  template <int N> __device__ __forceinline__ void store_at(size_t row, size_t column, const Floats<N>& values) const {
    const size_t at = row * stride + column;
    if (kind == element_f32)
      store(static_cast<float*>(matrix) + at, values);
    else
      store(static_cast<Bf16*>(matrix) + at, values);
  }

  /** Whether every row can be written N at a time from its first column on. */
  template <int N = 4> __device__ __forceinline__ bool aligned() const { return rows_aligned<N>(matrix, kind, stride); }
};

/**
 * How many elements a thread should take at a time: 8 where one matrix at least is of bf16, so that every access is of 16 bytes;
 * 4, or 1, where addresses do not allow that.
 */
template <typename... Matrices> __device__ __forceinline__ int taken_at_once(const Matrices&... matrices) {
  if ((... || (matrices.kind != element_f32)) && (... && matrices.template aligned<8>())) return 8;
  return (... && matrices.template aligned<4>()) ? 4 : 1;
}

/** Whether every row of a matrix can be read as float4 from its first column on. */
__device__ __forceinline__ bool rows_aligned(const float* matrix, int stride) {
  return reinterpret_cast<uintptr_t>(matrix) % 16 == 0 && stride % 4 == 0;
}

/** Whether every row of a matrix of bf16 can be read eight at a time from its first column on. */
__device__ __forceinline__ bool rows_aligned(const uint16_t* matrix, int stride) {
  return reinterpret_cast<uintptr_t>(matrix) % 16 == 0 && stride % 8 == 0;
}

/** Elements of 16 bytes. */
template <typename T> constexpr int vector_of = 16 / int(sizeof(T));

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

/** As each_element, where a thread may take 8, 4 or 1 at a time, see taken_at_once; as the columns allow. */
template <typename Body>
__device__ __forceinline__ void each_operand(int at_once, long long rows, long long columns, Body body) {
  if (at_once == 8 && columns % 8 == 0)
    each_of<8>(rows, columns, body);
  else
    each_element(at_once >= 4, rows, columns, body);
}
