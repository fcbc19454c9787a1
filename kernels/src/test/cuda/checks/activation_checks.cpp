#include "matrices.h"

using namespace check;

namespace {

constexpr int shapes[][2] = {{1, 1}, {1, 13}, {3, 8}, {7, 31}, {5, 128}, {2, 4100}};

double reference(int activation, double x) {
  const double inner = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
  switch (activation) {
    case 1: return 0.5 * x * (1 + std::tanh(inner));
    case 2: return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case 3: return x / (1 + std::exp(-1.702 * x));
    case 4: return std::max(x, 0.0);
    case 5: return std::max(x, 0.0) * std::max(x, 0.0);
    case 6: return x / (1 + std::exp(-x));
    case 7: return std::tanh(x);
    case 8: return 1 / (1 + std::exp(-x));
    case 9: return x > 0 ? x : 0.01 * x;
    default: return x;
  }
}

// A few roundings of float32 functions near 1.
constexpr Tolerance rounding = {1e-6, 2e-6};

template <typename Body> void each_layout(Body body) {
  for (auto shape : shapes)
    for (Layout layout : layouts) body(shape[0], shape[1], layout, named(shape[0], shape[1], layout));
}

}  // namespace

CHECK_CASE(activations_of_every_kind_and_shape) {
  int activation = 0;
  each_layout([&](int rows, int columns, Layout at, const std::string& what) {
    activation = (activation + 1) % 10;
    const auto in = uniform(rows * columns, -6, 6);
    Matrix x(rows, columns, in, at.gap, at.skipped), out(rows, columns, 4);
    launch("activate_elements", 3, 256, 0, x.memory, 0, x.stride, activation, out.memory, 0, out.stride, (long long)rows,
           (long long)columns);
    std::vector<double> expected;
    for (float v : in) expected.push_back(reference(activation, v));
    close(out.values(), expected, rounding, what + " activation " + std::to_string(activation));
    out.gaps_untouched(what);
  });
}

CHECK_CASE(gates_write_over_either_operand) {
  each_layout([&](int rows, int columns, Layout at, const std::string& what) {
    const auto g = normal(rows * columns), u = normal(rows * columns);
    std::vector<double> expected;
    for (size_t i = 0; i < g.size(); i++) expected.push_back(reference(6, g[i]) * u[i]);
    for (int into = 0; into < 3; into++) {
      Matrix gate(rows, columns, g, at.gap, at.skipped), up(rows, columns, u, 5), other(rows, columns);
      Matrix& out = into == 0 ? gate : into == 1 ? up : other;
      launch("gate_elements", 2, 256, 0, gate.memory, 0, gate.stride, 6, up.memory, 0, up.stride, out.memory, 0, out.stride,
             (long long)rows, (long long)columns);
      close(out.values(), expected, rounding, what);
      out.gaps_untouched(what);
    }
  });
}

CHECK_CASE(sums_caps_and_gradients_in_place) {
  each_layout([&](int rows, int columns, Layout at, const std::string& what) {
    const auto a = normal(rows * columns), b = normal(rows * columns);
    Matrix x(rows, columns, a, at.gap, at.skipped), into(rows, columns, b, at.gap, at.skipped);
    std::vector<double> sums, capped, scaled;
    for (size_t i = 0; i < a.size(); i++) {
      sums.push_back(double(a[i]) + b[i]);
      capped.push_back(0.7 * std::tanh(sums.back() / 0.7));
      scaled.push_back(capped.back() * (a[i] > 0 ? 1 : 0.01));
    }
    launch("add_elements", 1, 256, 0, x.memory, x.stride, into.memory, into.stride, (long long)rows, (long long)columns);
    close(into.values(), sums, rounding, what + " sums");
    launch("soft_cap_elements", 2, 256, 0, into.memory, into.stride, 0.7f, (long long)rows, (long long)columns);
    close(into.values(), capped, rounding, what + " capped");
    launch("leaky_relu_backward", 3, 256, 0, x.memory, x.stride, into.memory, into.stride, (long long)rows,
           (long long)columns);
    close(into.values(), scaled, rounding, what + " gradients");
    into.gaps_untouched(what);
  });
}

CHECK_CASE(activations_and_gates_of_operands) {
  for (auto shape : shapes)
    for (int kinds = 1; kinds < 8; kinds++) {
      const int rows = shape[0], columns = shape[1], gate_kind = kinds & 1, up_kind = kinds >> 1 & 1, out_kind = kinds >> 2;
      const std::string what = named(rows, columns, {0, 0}) + " kinds " + std::to_string(kinds);
      const auto given = normal(rows * columns), other = normal(rows * columns);
      const auto g = gate_kind ? rounded(given) : given, u = up_kind ? rounded(other) : other;
      KindMatrix gate(gate_kind, rows, columns, g), up(up_kind, rows, columns, u), out(out_kind, rows, columns),
          active(out_kind, rows, columns);
      launch("gate_elements", 2, 256, 0, gate.data(), gate_kind, gate.stride(), 6, up.data(), up_kind, up.stride(), out.data(),
             out_kind, out.stride(), (long long)rows, (long long)columns);
      launch("activate_elements", 2, 256, 0, gate.data(), gate_kind, gate.stride(), 1, active.data(), out_kind, active.stride(),
             (long long)rows, (long long)columns);
      std::vector<double> gated, activated;
      for (size_t i = 0; i < g.size(); i++) {
        gated.push_back(reference(6, g[i]) * u[i]);
        activated.push_back(reference(1, g[i]));
      }
      close(out.values(), gated, of_kind(out_kind, rounding), what + " gated");
      close(active.values(), activated, of_kind(out_kind, rounding), what + " activated");
      out.gaps_untouched(what);
      active.gaps_untouched(what);
    }
}
