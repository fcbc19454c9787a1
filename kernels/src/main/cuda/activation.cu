// What networks do element by element: activations, gates, sums, soft caps, the gradient of LeakyReLU.
//
// Matrices are [rows, columns]; where none has gaps between its rows, a launch may give one row of rows * columns. Bytes an
// element: activate, soft_cap 8; gate, add, leaky_relu_backward 12. At GPT-2 XL's shape (d_ff = 6400) activate moves 51.2 kB a
// row: as the epilogue of the matrix product before it, it costs nothing, and only gates and caps are launched here.
#include "activation.cuh"
#include "elements.cuh"

/** out = activation(x), each of either kind; out may be x. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
activate_elements(const void* x, int x_kind, int x_stride, int activation, void* out, int out_kind, int out_stride,
                  long long rows, long long columns) {
  const Source from = {x, x_kind, x_stride};
  const Target to = {out, out_kind, out_stride};
  each_operand(taken_at_once(from, to), rows, columns, [&](auto count, size_t row, size_t column) {
    auto values = from.load_at<count.value>(row, column);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] = activate(activation, values.of[i]);
    to.store_at(row, column, values);
  });
}

/** out = activation(gate) * up, each of either kind; out may be either operand. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
gate_elements(const void* gate, int gate_kind, int gate_stride, int activation, const void* up, int up_kind, int up_stride,
              void* out, int out_kind, int out_stride, long long rows, long long columns) {
  const Source gates = {gate, gate_kind, gate_stride}, ups = {up, up_kind, up_stride};
  const Target to = {out, out_kind, out_stride};
  each_operand(taken_at_once(gates, ups, to), rows, columns, [&](auto count, size_t row, size_t column) {
    auto values = gates.load_at<count.value>(row, column);
    const auto factors = ups.load_at<count.value>(row, column);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] = activate(activation, values.of[i]) * factors.of[i];
    to.store_at(row, column, values);
  });
}

/** into += x; x may be into. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
add_elements(const float* x, int x_stride, float* into, int into_stride, long long rows, long long columns) {
  const bool aligned = rows_aligned(x, x_stride) && rows_aligned(into, into_stride);
  each_element(aligned, rows, columns, [&](auto count, size_t row, size_t column) {
    const auto added = load<count.value>(x + row * x_stride + column);
    float* const to = into + row * into_stride + column;
    auto values = load<count.value>(to);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] += added.of[i];
    store(to, values);
  });
}

/** x = cap tanh(x / cap). Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
soft_cap_elements(float* x, int x_stride, float cap, long long rows, long long columns) {
  const float inverse = 1.0f / cap;
  each_element(rows_aligned(x, x_stride), rows, columns, [&](auto count, size_t row, size_t column) {
    float* const to = x + row * x_stride + column;
    auto values = load<count.value>(to);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] = cap * tanhf(inverse * values.of[i]);
    store(to, values);
  });
}

/** gradient *= 1 where out > 0, 0.01 elsewhere. Any grid in x. */
extern "C" __global__ void __launch_bounds__(256)
leaky_relu_backward(const float* out, int out_stride, float* gradient, int gradient_stride, long long rows,
                    long long columns) {
  const bool aligned = rows_aligned(out, out_stride) && rows_aligned(gradient, gradient_stride);
  each_element(aligned, rows, columns, [&](auto count, size_t row, size_t column) {
    const auto signs = load<count.value>(out + row * out_stride + column);
    float* const to = gradient + row * gradient_stride + column;
    auto values = load<count.value>(to);
#pragma unroll
    for (int i = 0; i < count.value; i++) values.of[i] *= signs.of[i] > 0.0f ? 1.0f : 0.01f;
    store(to, values);
  });
}
