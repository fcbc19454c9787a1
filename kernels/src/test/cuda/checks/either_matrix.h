// A matrix of float32 or bf16, for checks of kernels that take both.
#pragma once
#include <memory>

#include "matrices.h"

namespace check {

/** A matrix [rows, columns] of an ElementKind: 0 float32, 1 bf16, with rows that can be read 16 bytes at a time or, odd, cannot. */
struct EitherMatrix {
  int kind, stride;
  std::unique_ptr<Matrix> wide;
  std::unique_ptr<RoundedMatrix> narrow;

  EitherMatrix(int of_kind, int rows, int columns, bool odd) : kind(of_kind) {
    if (kind == 0)
      wide = std::make_unique<Matrix>(rows, columns, odd, odd);
    else
      narrow = std::make_unique<RoundedMatrix>(rows, columns, odd);
    stride = kind == 0 ? wide->stride : narrow->stride;
  }
  EitherMatrix(int of_kind, int rows, int columns, bool odd, const std::vector<float>& values)
      : EitherMatrix(of_kind, rows, columns, odd) {
    if (kind == 0)
      wide = std::make_unique<Matrix>(rows, columns, values, odd, odd);
    else
      narrow = std::make_unique<RoundedMatrix>(rows, columns, values, odd);
  }

  void* row(long long first) const {
    if (kind == 0) return wide->data() + first * stride;
    return narrow->memory.data() + first * stride;
  }
  void* data() const { return row(0); }
  std::vector<float> values() const { return kind == 0 ? wide->values() : narrow->values(); }
  void gaps_untouched(const std::string& what) const {
    if (kind == 0)
      wide->gaps_untouched(what);
    else
      narrow->gaps_untouched(what);
  }
};

/** Values as a matrix of that kind holds them. */
inline std::vector<float> held(int kind, const std::vector<float>& values) { return kind == 0 ? values : rounded(values); }

}  // namespace check
