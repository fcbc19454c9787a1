// Rows of pairs and the way back of their gradients against float64.
#include "either_matrix.h"
#include "pairings.h"

namespace {

using check::EitherMatrix;

double leaky(double value) { return value > 0 ? value : 0.01f * value; }

/** What one rounding to the kind may be off, relative to the value. */
double rounding(int kind) { return kind == 0 ? 1e-6 : 0x1p-8; }

std::string named(const check::Pairing& pairs, int width, int kind, bool odd) {
  return pairs.name + ", " + std::to_string(pairs.count()) + " pairs of width " + std::to_string(width) +
         (kind ? ", bf16" : "") + (odd ? ", odd" : "");
}

void forward(const check::Pairing& pairs, int width, int kind, int out_kind, bool odd, long long cut) {
  const std::string what = named(pairs, width, kind, odd) + (out_kind > kind ? " to bf16" : "");
  const auto x = check::held(kind, check::normal(size_t(pairs.x_rows) * width));
  const auto y = check::held(kind, check::normal(size_t(pairs.y_rows) * width));
  EitherMatrix of_x(kind, pairs.x_rows, width, odd, x), of_y(kind, pairs.y_rows, width, odd, y);
  EitherMatrix out(out_kind, int(pairs.count()), width, odd);
  for (long long first = 0; first < pairs.count(); first += cut)
    check::launch("pair_rows", dim3(2), 256, 0, of_x.data(), of_x.stride, of_y.data(), of_y.stride, kind, pairs.code,
                  pairs.current, pairs.list, pairs.count(), pairs.y_rows, first, out.row(first), out_kind, out.stride,
                  std::min(cut, pairs.count() - first), width);
  const auto is = out.values();
  for (long long i = 0; i < pairs.count(); i++)
    for (int c = 0; c < width; c++) {
      const double value = leaky(double(x[pairs.x[i] * width + c]) + y[pairs.y[i] * width + c]);
      check::that(std::fabs(is[i * width + c] - value) <= rounding(out_kind) * std::fabs(value) + 1e-6, what + ": forward");
    }
  out.gaps_untouched(what);
}

void backward(const check::Pairing& pairs, int width, int kind, bool odd, long long cut) {
  const std::string what = named(pairs, width, kind, odd);
  const auto given = check::held(kind, check::normal(pairs.count() * width));
  const auto before_x = check::normal(size_t(pairs.x_rows) * width), before_y = check::normal(size_t(pairs.y_rows) * width);
  EitherMatrix gradient(kind, int(pairs.count()), width, odd, given);
  const int gap = odd ? 1 : 0;
  check::Matrix grad_x(pairs.x_rows, width, before_x, gap, gap), grad_y(pairs.y_rows, width, before_y, gap, gap);
  const int chunk = 64, at_once = kind == 0 ? 4 : 8, vector = width % at_once == 0 && !odd;
  const long long stretches = (pairs.count() + chunk - 1) / chunk;
  check::DeviceArray<float> parts(2 * stretches * width);
  const auto grid = [&](int columns) {
    return dim3((stretches + 7) / 8, (width + 32 * columns - 1) / (32 * columns));
  };
  const dim3 gathering = grid(vector ? at_once : 1), joining = grid(vector ? 4 : 1);
  for (long long first = 0; first < pairs.count(); first += cut) {
    const long long count = std::min(cut, pairs.count() - first);
    void* const towards = gradient.row(first);
    if (pairs.code == 0 || pairs.code == 2) {
      check::launch("pair_rows_backward", dim3(2), 256, 0, towards, kind, gradient.stride, pairs.code, pairs.current,
                    pairs.count(), first, count, width, grad_x.data(), grad_x.stride, grad_y.data(), grad_y.stride);
      continue;
    }
    check::launch("pair_gather_x", gathering, 256, 0, pairs.code, pairs.current, pairs.list, pairs.count(), pairs.x_rows,
                  pairs.y_rows, first, count, towards, kind, gradient.stride, grad_x.data(), grad_x.stride, width, parts, chunk,
                  stretches, vector);
    check::launch("pair_join", joining, 256, 0, 0, pairs.code, pairs.list, pairs.count(), pairs.x_rows, pairs.y_rows,
                  grad_x.data(), grad_x.stride, width, parts, chunk, stretches, vector);
    check::launch("pair_gather_y", gathering, 256, 0, pairs.code, pairs.current, pairs.list, pairs.count(), pairs.x_rows,
                  pairs.y_rows, first, count, towards, kind, gradient.stride, grad_y.data(), grad_y.stride, width, parts, chunk,
                  stretches, vector);
    check::launch("pair_join", joining, 256, 0, 1, pairs.code, pairs.list, pairs.count(), pairs.x_rows, pairs.y_rows,
                  grad_y.data(), grad_y.stride, width, parts, chunk, stretches, vector);
  }
  std::vector<double> sums_x(before_x.begin(), before_x.end()), sums_y(before_y.begin(), before_y.end());
  for (long long i = 0; i < pairs.count(); i++)
    for (int c = 0; c < width; c++) {
      sums_x[pairs.x[i] * width + c] += given[i * width + c];
      sums_y[pairs.y[i] * width + c] += given[i * width + c];
    }
  check::same(gradient.values(), given, what + ": the gradient itself");
  // A row adds up to a few hundred normals in float32.
  check::close(grad_x.values(), sums_x, {.absolute = 1e-4, .relative = 1e-5}, what + ": x");
  check::close(grad_y.values(), sums_y, {.absolute = 1e-4, .relative = 1e-5}, what + ": y");
  grad_x.gaps_untouched(what);
  grad_y.gaps_untouched(what);
}

void forward_and_backward(const check::Pairing& pairs, int width, int kind, bool odd, long long cut) {
  forward(pairs, width, kind, kind, odd, cut);
  if (kind == 0 && pairs.code == 4) forward(pairs, width, 0, 1, odd, cut);
  backward(pairs, width, kind, odd, cut);
}

}  // namespace

CHECK_CASE(pairs_meet_and_their_gradients_return) {
  for (int n : {1, 2, 67, 300}) {
    std::vector<int> step = check::integers(16, -1000000000, 1000000000), own(n), permuted = check::images(step, n);
    for (int i = 0; i < n; i++) own[i] = i;
    // Rows of which one takes most pairs, so that it spans several stretches, and some take none.
    const int rows = std::max(1, n / 20);
    auto x = check::integers(n, 0, rows), y = check::integers(n, 0, rows);
    for (int i = 0; i < n; i += 2) x[i] = 0;
    for (int i = 0; i < n; i += 3) y[i] = rows;
    std::vector<int> permuted_y(n), all_x, all_y;
    for (int i = 0; i < n; i++) permuted_y[i] = y[permuted[i]];
    for (int i = 0; i < 3 * n; i++) {
      all_x.push_back(i / n);
      all_y.push_back(i % n);
    }
    const std::vector<int> none(4, -1);
    for (int width : {1, 3, 8, 132, 272}) {
      if (width > 8 && (n == 2 || (check::under_sanitizer && n > 67))) continue;
      for (int kind : {0, 1})
        for (bool odd : {false, true}) {
          if (width == 272 && (odd || kind == 0)) continue;
          forward_and_backward(check::Pairing("identity", 0, n, n, own, own, step, none), width, kind, odd, n);
          forward_and_backward(check::Pairing("listed", 1, rows + 1, rows + 1, x, y, step, check::places(x, y)), width, kind, odd,
                               n / 3 + 1);
          forward_and_backward(check::Pairing("permuted", 2, n, n, own, permuted, step, none), width, kind, odd, n / 2 + 1);
          forward_and_backward(check::Pairing("samples", 3, rows + 1, rows + 1, x, permuted_y, step, check::places(x, y)), width,
                               kind, odd, n / 2 + 1);
          if (n < 300)
            forward_and_backward(check::Pairing("all", 4, 3, n, all_x, all_y, step, none), width, kind, odd, n + 1);
        }
    }
  }
}

CHECK_CASE(gradients_of_own_and_permuted_pairs_return_at_once) {
  for (int n : {1, 2, 67, 300})
    for (int width : {1, 3, 8, 132})
      for (int kind : {0, 1})
        for (bool odd : {false, true}) {
          const std::string what = std::to_string(n) + " rows of " + std::to_string(width) + (kind ? ", bf16" : "") + (odd ? ", odd" : "");
          const auto step = check::integers(16, -1000000000, 1000000000), images = check::images(step, n);
          const auto own = check::held(kind, check::normal(n * width)), permuted = check::held(kind, check::normal(n * width));
          EitherMatrix of_own(kind, n, width, odd, own), of_permuted(kind, n, width, odd, permuted);
          EitherMatrix grad_x(kind, n, width, odd), grad_y(kind, n, width, odd);
          check::launch("pair_rows_both_backward", dim3(2), 256, 0, of_own.data(), of_permuted.data(), kind, of_own.stride,
                        check::DeviceArray<int>(step), (long long)n, width, grad_x.data(), grad_x.stride, grad_y.data(),
                        grad_y.stride);
          std::vector<double> towards_x(n * width), towards_y(n * width);
          for (int i = 0; i < n; i++)
            for (int c = 0; c < width; c++) {
              towards_x[i * width + c] += double(own[i * width + c]) + permuted[i * width + c];
              towards_y[i * width + c] += own[i * width + c];
              towards_y[images[i] * width + c] += permuted[i * width + c];
            }
          check::close(grad_x.values(), towards_x, {.absolute = 1e-6, .relative = rounding(kind)}, what + ": x");
          check::close(grad_y.values(), towards_y, {.absolute = 1e-6, .relative = rounding(kind)}, what + ": y");
          grad_x.gaps_untouched(what);
          grad_y.gaps_untouched(what);
        }
}
