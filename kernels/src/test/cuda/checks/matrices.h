// Matrices with gaps between their rows, for checks of kernels that take strides.
#pragma once
#include "check.h"

namespace check {

/** A matrix [rows, columns] in device memory, element (r, c) at data()[r * stride + c]; NaN in the gaps. */
struct Matrix {
  int rows, columns, stride;
  DeviceArray<float> memory;

  /** NaN until written. `gap` columns lie between rows, `skipped` elements before the first. */
  Matrix(int rows, int columns, int gap = 0, int skipped = 0)
      : rows(rows), columns(columns), stride(columns + gap),
        memory(rows ? size_t(rows - 1) * stride + columns : 0, skipped) {}
  Matrix(int rows, int columns, const std::vector<float>& values, int gap = 0, int skipped = 0)
      : Matrix(rows, columns, gap, skipped) {
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++) data()[size_t(r) * stride + c] = values[size_t(r) * columns + c];
  }

  float* data() const { return memory.data(); }
  std::vector<float> values() const {
    std::vector<float> packed;
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++) packed.push_back(data()[size_t(r) * stride + c]);
    return packed;
  }
  /** Fails when a kernel wrote between the rows. */
  void gaps_untouched(const std::string& what) const {
    for (int r = 0; r + 1 < rows; r++)
      for (int c = columns; c < stride; c++)
        that(std::isnan(data()[size_t(r) * stride + c]), what + ": written behind row " + std::to_string(r));
  }
};

/** The nearest bf16 number, ties to even, as a float; and its bits. */
inline uint16_t bf16_bits(float value) { return __float2bfloat16_rn(value).x; }
inline float bf16_value(uint16_t bits) {
  const uint32_t wide = uint32_t(bits) << 16;
  float value;
  memcpy(&value, &wide, 4);
  return value;
}

/** A matrix [rows, columns] of bf16 in device memory, rows at multiples of eight elements and `gap` more; NaN in the gaps. */
struct RoundedMatrix {
  int rows, columns, stride;
  DeviceArray<uint16_t> memory;

  RoundedMatrix(int rows, int columns, int gap = 0)
      : rows(rows), columns(columns), stride((columns + 7) / 8 * 8 + gap), memory(size_t(rows) * stride) {}
  RoundedMatrix(int rows, int columns, const std::vector<float>& values, int gap = 0) : RoundedMatrix(rows, columns, gap) {
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++) memory[size_t(r) * stride + c] = bf16_bits(values[size_t(r) * columns + c]);
  }

  std::vector<float> values() const {
    std::vector<float> packed;
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++) packed.push_back(bf16_value(memory[size_t(r) * stride + c]));
    return packed;
  }
  /** Fails when a kernel wrote between the rows. */
  void gaps_untouched(const std::string& what) const {
    for (int r = 0; r < rows; r++)
      for (int c = columns; c < stride; c++)
        that(memory[size_t(r) * stride + c] == 0xffff, what + ": written behind row " + std::to_string(r));
  }
};

/** Values rounded to bf16. */
inline std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = bf16_value(bf16_bits(value));
  return values;
}

/** A matrix of float32 (kind 0) or bf16 (kind 1), for kernels that take either. */
struct KindMatrix {
  int kind;
  Matrix floats;
  RoundedMatrix bits;

  KindMatrix(int kind, int rows, int columns, int gap = 0, int skipped = 0)
      : kind(kind), floats(kind ? 0 : rows, columns, gap, skipped), bits(kind ? rows : 0, columns, kind ? 8 * gap : 0) {}
  KindMatrix(int kind, int rows, int columns, const std::vector<float>& values, int gap = 0, int skipped = 0)
      : KindMatrix(kind, rows, columns, gap, skipped) {
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < columns; c++)
        if (kind)
          bits.memory[size_t(r) * bits.stride + c] = bf16_bits(values[size_t(r) * columns + c]);
        else
          floats.data()[size_t(r) * floats.stride + c] = values[size_t(r) * columns + c];
  }

  void* data() const { return kind ? static_cast<void*>(bits.memory.data()) : static_cast<void*>(floats.data()); }
  int stride() const { return kind ? bits.stride : floats.stride; }
  std::vector<float> values() const { return kind ? bits.values() : floats.values(); }
  void gaps_untouched(const std::string& what) const { kind ? bits.gaps_untouched(what) : floats.gaps_untouched(what); }
};

/** The tolerance of a result of that kind: bf16 rounds once more, half a unit of 2^-7 at most. */
inline Tolerance of_kind(int kind, Tolerance tolerance) {
  return kind ? Tolerance{tolerance.absolute, tolerance.relative + 1.0 / 256} : tolerance;
}

/** Gaps and offsets under which rows are aligned to 16 bytes, or are not. */
struct Layout {
  int gap, skipped;
};
constexpr Layout layouts[] = {{0, 0}, {4, 0}, {3, 1}};

inline std::string named(int rows, int columns, Layout layout) {
  return "[" + std::to_string(rows) + ", " + std::to_string(columns) + "] gap " + std::to_string(layout.gap);
}

}  // namespace check
