// Moves and looks at rows: fill, copy, gather, the first row that is not finite, hashes of rows, widening of stored weights.
//
// Bytes an element: fill 4, copy and gather 8, the two that only look 4, widening 6.
#include "elements.cuh"

namespace {

constexpr int hash_rows = 32;

/** The bits of a float as Java's floatToRawIntBits(value + 0f) gives them: -0 is 0, NaNs are quiet. */
__device__ __forceinline__ uint32_t hashed_bits(float value) {
  const uint32_t bits = __float_as_uint(value);
  if (bits == 0x80000000u) return 0;
  return (bits & 0x7fffffffu) > 0x7f800000u ? bits | 0x00400000u : bits;
}

}  // namespace

/** Sets every element of a matrix [rows, columns] with gaps between its rows. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
fill_elements(float* out, int out_stride, float value, long long rows, long long columns) {
  each_element(rows_aligned(out, out_stride), rows, columns, [&](auto count, size_t row, size_t column) {
    Floats<count.value> values;
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] = value;
    store(out + row * out_stride + column, values);
  });
}

/** As fill_elements for a matrix of bf16, the value rounded to it. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
fill_bf16_elements(unsigned short* out, int out_stride, float value, long long rows, long long columns) {
  const Target target = {out, element_bf16, out_stride};
  each_operand(taken_at_once(target), rows, columns, [&](auto count, size_t row, size_t column) {
    Floats<count.value> values;
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] = value;
    target.store_at(row, column, values);
  });
}

/** Copies a matrix [rows, columns]. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
copy_elements(const float* from, int from_stride, float* to, int to_stride, long long rows, long long columns) {
  const bool aligned = rows_aligned(from, from_stride) && rows_aligned(to, to_stride);
  each_element(aligned, rows, columns, [&](auto count, size_t row, size_t column) {
    store(to + row * to_stride + column, load<count.value>(from + row * from_stride + column));
  });
}

/** Copies a matrix [rows, columns], widening or rounding from kind to kind. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
convert_elements(const void* from, int from_kind, int from_stride, void* to, int to_kind, int to_stride, long long rows,
              long long columns) {
  const Source source = {from, from_kind, from_stride};
  const Target target = {to, to_kind, to_stride};
  each_operand(taken_at_once(source, target), rows, columns, [&](auto count, size_t row, size_t column) {
    target.store_at(row, column, source.load_at<count.value>(row, column));
  });
}

/** to[i] = from[ids[i]], widening or rounding from kind to kind; ids [rows], to [rows, columns]. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
gather_rows(const void* from, int from_kind, int from_stride, const int* ids, void* to, int to_kind, int to_stride,
            long long rows, int columns) {
  const Source source = {from, from_kind, from_stride};
  const Target target = {to, to_kind, to_stride};
  each_operand(taken_at_once(source, target), rows, columns, [&](auto count, size_t row, size_t column) {
    target.store_at(row, column, source.load_at<count.value>(size_t(ids[row]), column));
  });
}

/**
 * found[b]: the first row among those that block b looked at which holds a NaN or an infinity, else 2^63 - 1; the least of
 * all is the answer. x [rows, columns], found [blocks]. Blocks of 256 threads, any grid in x.
 */
extern "C" __global__ void __launch_bounds__(256)
first_non_finite_rows(const float* x, int x_stride, long long* found, long long rows, int columns) {
  __shared__ long long firsts[256];
  long long first = 0x7fffffffffffffffLL;
  each_element(rows_aligned(x, x_stride), rows, columns, [&](auto count, size_t row, size_t column) {
    const auto values = load<count.value>(x + row * x_stride + column);
    bool finite = true;
#pragma unroll
    for (int i = 0; i < count.value; i++) finite = finite && (__float_as_uint(values.of[i]) & 0x7f800000u) != 0x7f800000u;
    if (!finite && (long long)row < first) first = row;
  });
  firsts[threadIdx.x] = first;
  for (unsigned half = 128; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) firsts[threadIdx.x] = min(firsts[threadIdx.x], firsts[threadIdx.x + half]);
  }
  if (threadIdx.x == 0) found[blockIdx.x] = firsts[0];
}

/**
 * A 64-bit hash of the bits of each row, equal to the processor backend's: multiply and fold per element, with the constants of
 * Steele, Lea and Flood's SplitMix64. x [rows, columns], hashes [rows]. A warp takes 32 rows, a lane each, through a tile in
 * shared memory, since elements of one row cannot be folded side by side. Blocks of 32 threads, any grid in x.
 */
extern "C" __global__ void __launch_bounds__(32)
row_hashes(const float* x, int x_stride, long long* hashes, long long rows, int columns) {
  __shared__ float tile[hash_rows][hash_rows + 1];
  for (long long begin = (long long)blockIdx.x * hash_rows; begin < rows; begin += (long long)gridDim.x * hash_rows) {
    const long long row = begin + threadIdx.x;
    const int height = int(rows - begin < hash_rows ? rows - begin : hash_rows);
    uint64_t hash = 0x9E3779B97F4A7C15ull * uint64_t(columns);
    for (int from = 0; from < columns; from += hash_rows) {
      const int width = columns - from < hash_rows ? columns - from : hash_rows;
      __syncwarp();  // the tile before has been folded
      for (int r = 0; r < height; r++)
        if (int(threadIdx.x) < width) tile[r][threadIdx.x] = x[size_t(begin + r) * x_stride + from + threadIdx.x];
      __syncwarp();
      if (int(threadIdx.x) < height)
        for (int c = 0; c < width; c++) {
          // Java widens an int by its sign.
          const uint64_t bits = uint64_t((long long)int(hashed_bits(tile[threadIdx.x][c])));
          hash = (hash ^ bits) * 0xBF58476D1CE4E5B9ull;
          hash ^= hash >> 32;
        }
    }
    hash = (hash ^ (hash >> 30)) * 0x94D049BB133111EBull;
    if (row < rows) hashes[row] = (long long)(hash ^ (hash >> 31));
  }
}

/** out = half-precision bits widened to float32; both [count]. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256) widen_f16(const unsigned short* bits, float* out, long long count) {
  const long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += step)
    out[i] = __half2float(reinterpret_cast<const __half*>(bits)[i]);
}

/** out = bfloat16 bits widened to float32; both [count]. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256) widen_bf16(const unsigned short* bits, float* out, long long count) {
  const long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += step)
    out[i] = __uint_as_float(unsigned(bits[i]) << 16);
}

/** out = half-precision bits rounded to bf16; bits [rows, columns], out the same with gaps. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
round_f16(const unsigned short* bits, unsigned short* out, int out_stride, long long rows, int columns) {
  const Target target = {out, element_bf16, out_stride};
  each_element(false, rows, columns, [&](auto count, size_t row, size_t column) {
    const __half half = reinterpret_cast<const __half*>(bits)[row * columns + column];
    target.store_at(row, column, Floats<count.value>{__half2float(half)});
  });
}
