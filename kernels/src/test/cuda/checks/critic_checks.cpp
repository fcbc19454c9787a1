// Pairs, the Donsker-Varadhan value, Adam and the fused tail against float64.
#include "pairings.h"

#include <memory>

namespace {

double leaky(double value) { return value > 0 ? value : 0.01f * value; }
double slope(double value) { return value > 0 ? 1.0 : double(0.01f); }

void forward_and_backward(const check::Pairing& pairs, int width, int skipped, long long cut) {
  const std::string what = pairs.name + ", " + std::to_string(pairs.count()) + " pairs of width " + std::to_string(width) +
                           (skipped ? ", odd" : "");
  const int stride = skipped ? width + 1 : width;
  const auto x = check::normal(size_t(pairs.x_rows) * stride), y = check::normal(size_t(pairs.y_rows) * stride);
  const auto given = check::normal(pairs.count() * stride), before_x = check::normal(x.size()), before_y = check::normal(y.size());
  check::DeviceArray<float> device_x(x, skipped), device_y(y, skipped), out(given.size(), skipped), gradient(given, skipped);
  check::DeviceArray<float> grad_x(before_x, skipped), grad_y(before_y, skipped);
  const int chunk = 64, vector = width % 4 == 0 && !skipped;
  const long long stretches = (pairs.count() + chunk - 1) / chunk;
  check::DeviceArray<float> parts(2 * stretches * width);
  const dim3 grid((stretches + 7) / 8, (width + (vector ? 127 : 31)) / (vector ? 128 : 32));
  for (long long first = 0; first < pairs.count(); first += cut) {
    const long long count = std::min(cut, pairs.count() - first);
    float* const piece = out.data() + first * stride;
    float* const towards = gradient.data() + first * stride;
    check::launch("pair_rows", dim3(2), 256, 0, device_x, stride, device_y, stride, pairs.code, pairs.current, pairs.list,
                  pairs.count(), pairs.y_rows, first, piece, stride, count, width);
    if (pairs.code == 0 || pairs.code == 2) {
      check::launch("pair_rows_backward", dim3(2), 256, 0, piece, stride, towards, stride, pairs.code, pairs.current,
                    pairs.count(), first, count, width, grad_x, stride, grad_y, stride);
      continue;
    }
    check::launch("pair_gather_x", grid, 256, 0, pairs.code, pairs.current, pairs.list, pairs.count(), pairs.x_rows,
                  pairs.y_rows, first, count, piece, stride, towards, stride, grad_x, stride, width, parts, chunk, stretches,
                  vector);
    check::launch("pair_join", grid, 256, 0, 0, pairs.code, pairs.list, pairs.count(), pairs.x_rows, pairs.y_rows, grad_x,
                  stride, width, parts, chunk, stretches, vector);
    check::launch("pair_gather_y", grid, 256, 0, pairs.code, pairs.current, pairs.list, pairs.count(), pairs.x_rows,
                  pairs.y_rows, first, count, towards, stride, grad_y, stride, width, parts, chunk, stretches, vector);
    check::launch("pair_join", grid, 256, 0, 1, pairs.code, pairs.list, pairs.count(), pairs.x_rows, pairs.y_rows, grad_y,
                  stride, width, parts, chunk, stretches, vector);
  }
  std::vector<double> sums(before_x.begin(), before_x.end()), sums_y(before_y.begin(), before_y.end());
  for (long long i = 0; i < pairs.count(); i++)
    for (int c = 0; c < width; c++) {
      const double value = leaky(double(x[pairs.x[i] * stride + c]) + y[pairs.y[i] * stride + c]);
      const double is = out[i * stride + c];
      check::that(std::fabs(is - value) <= 1e-6 * (1 + std::fabs(value)), what + ": forward");
      const double term = given[i * stride + c] * slope(is);
      check::that(std::fabs(gradient[i * stride + c] - term) <= 1e-6 * std::fabs(term), what + ": gradient before LeakyReLU");
      sums[pairs.x[i] * stride + c] += term;
      sums_y[pairs.y[i] * stride + c] += term;
    }
  // A row adds up to a few hundred normals in float32.
  check::close(grad_x, sums, {.absolute = 1e-4, .relative = 1e-5}, what + ": x");
  check::close(grad_y, sums_y, {.absolute = 1e-4, .relative = 1e-5}, what + ": y");
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
    for (int width : {1, 3, 8, 132}) {
      if (width == 132 && check::under_sanitizer && n > 67) continue;
      for (int skipped : {0, 1}) {
        forward_and_backward(check::Pairing("identity", 0, n, n, own, own, step, none), width, skipped, n);
        forward_and_backward(check::Pairing("listed", 1, rows + 1, rows + 1, x, y, step, check::places(x, y)), width, skipped, n / 3 + 1);
        forward_and_backward(check::Pairing("permuted", 2, n, n, own, permuted, step, none), width, skipped, n / 2 + 1);
        forward_and_backward(check::Pairing("samples", 3, rows + 1, rows + 1, x, permuted_y, step, check::places(x, y)), width, skipped,
                             n / 2 + 1);
        if (n < 300) forward_and_backward(check::Pairing("all", 4, 3, n, all_x, all_y, step, none), width, skipped, n + 1);
      }
    }
  }
}

CHECK_CASE(donsker_varadhan_value_and_gradient) {
  for (int n : {1, 2, 257, 3001})
    for (int plain : {0, 1}) {
      const std::string what = std::to_string(n) + (plain ? " plain" : " stable");
      auto scores = check::normal(n), weights = check::uniform(2 * n, 0.1f, 1.0f);
      if (!plain) scores[n / 2] = 300;
      if (n > 2) {  // a term of weight 0 is left out whatever its score
        scores[1] = INFINITY;
        weights[2] = weights[3] = 0;
      }
      const int blocks = (n + 1023) / 1024;
      check::DeviceArray<float> f(scores), w(weights), maxima(256), gradient(n), ring(3);
      check::DeviceArray<double> sums(512);
      check::DeviceArray<int> current(std::vector<int>{4, 0});
      if (!plain) check::launch("donsker_varadhan_maxima", dim3(blocks), 256, 0, f, 1, w, 2, (long long)n, maxima);
      check::launch("donsker_varadhan_sums", dim3(blocks), 256, 0, f, 1, w, 2, (long long)n, maxima, plain, sums);
      check::launch("donsker_varadhan_value", dim3(blocks), 256, 0, f, 1, w, 2, (long long)n, maxima, plain, sums, -0.5f,
                    gradient, 1, ring, 1, 3LL, current);
      double joint = 0, exponentials = 0;
      const double shift = plain ? 0 : 300;
      for (int i = 0; i < n; i++) {
        if (weights[2 * i] != 0) joint += double(weights[2 * i]) * scores[i];
        if (weights[2 * i + 1] != 0) exponentials += weights[2 * i + 1] * std::exp(scores[i] - shift);
      }
      const double value = joint - shift - std::log(exponentials);
      check::that(std::fabs(ring[1] - value) <= 2e-6 * (1 + std::fabs(value)), what + ": value in row 4 mod 3");
      check::that(std::isnan(ring[0]) && std::isnan(ring[2]), what + ": other rows of the ring");
      std::vector<double> expected(n);
      for (int i = 0; i < n; i++) {
        const double share = weights[2 * i + 1] == 0 ? 0 : weights[2 * i + 1] * std::exp(scores[i] - shift) / exponentials;
        expected[i] = -0.5 * (weights[2 * i] - share);
      }
      check::close(gradient, expected, {.absolute = 2e-7, .relative = 1e-6}, what);
    }
}

CHECK_CASE(plain_exponentials_overflow_as_published) {
  check::DeviceArray<float> f(std::vector<float>{100, 1}), w(std::vector<float>{1, 0, 0, 1, 0, 0}), gradient(2), ring(1);
  check::DeviceArray<float> g(std::vector<float>{1, 100}), maxima(256);
  check::DeviceArray<double> sums(512);
  check::launch("donsker_varadhan_sums", dim3(1), 256, 0, g, 1, w, 2, 2LL, maxima, 1, sums);
  check::launch("donsker_varadhan_value", dim3(1), 256, 0, g, 1, w, 2, 2LL, maxima, 1, sums, 1.0f, gradient, 1, ring, 1, 1LL,
                static_cast<int*>(nullptr));
  check::that(ring[0] == -INFINITY && std::isnan(gradient[1]), "an exponential beyond float32");
  check::launch("donsker_varadhan_sums", dim3(1), 256, 0, f, 1, w, 2, 2LL, maxima, 1, sums);
  check::launch("donsker_varadhan_value", dim3(1), 256, 0, f, 1, w, 2, 2LL, maxima, 1, sums, 1.0f, gradient, 1, ring, 1, 1LL,
                static_cast<int*>(nullptr));
  check::that(std::fabs(ring[0] - 99) < 1e-4, "the same score where its product weight is 0");
}

namespace {

/** A parameter whose four matrices have these strides, each from so many elements after an aligned address. */
struct AdamCase {
  long long rows, columns, strides[4];
  size_t skipped;
};

/** One launch over all of them, against float64; what lies between the columns stays as it was. */
void adam(const std::vector<AdamCase>& cases) {
  std::vector<std::unique_ptr<check::DeviceArray<float>>> arrays;
  std::vector<std::vector<double>> expected;
  std::vector<long long> firsts, entries;
  long long blocks = 0;
  for (const AdamCase& of : cases) {
    const size_t first = arrays.size();
    for (int which = 0; which < 4; which++) {
      const size_t n = of.rows == 0 ? 0 : (of.rows - 1) * of.strides[which] + of.columns;
      const auto values = which == 3 ? check::uniform(n, 0, 2) : check::normal(n);
      arrays.push_back(std::make_unique<check::DeviceArray<float>>(values, of.skipped));
      expected.emplace_back(values.begin(), values.end());
      entries.push_back(reinterpret_cast<long long>(arrays.back()->data()));
    }
    auto &p = expected[first], &g = expected[first + 1], &m = expected[first + 2], &v = expected[first + 3];
    for (long long r = 0; r < of.rows; r++)
      for (long long c = 0; c < of.columns; c++) {
        const double gradient = g[r * of.strides[1] + c];
        double &mean = m[r * of.strides[2] + c], &square = v[r * of.strides[3] + c];
        mean = 0.9f * mean + 0.1f * gradient;
        square = 0.99f * square + 0.01f * gradient * gradient;
        p[r * of.strides[0] + c] -= 0.25f * mean / (std::sqrt(square) * 1.5f + 1e-8f);
      }
    firsts.push_back(blocks);
    blocks += (of.rows * of.columns + 1023) / 1024;
    entries.insert(entries.end(), {of.rows, of.columns, of.strides[0], of.strides[1], of.strides[2], of.strides[3]});
  }
  firsts.insert(firsts.end(), entries.begin(), entries.end());
  check::DeviceArray<long long> table(firsts);
  check::DeviceArray<int> current(std::vector<int>{2, 0, 0, 0, 0, 0, 0, emu::bits<int>(0.25f), emu::bits<int>(1.5f)});
  check::launch("adam", dim3(blocks), 256, 0, current, 0.9f, 0.1f, 0.99f, 0.01f, 1e-8f, table, int(cases.size()));
  for (size_t i = 0; i < arrays.size(); i++)
    check::close(*arrays[i], expected[i], {.absolute = 1e-6, .relative = 1e-6},
                 std::to_string(cases.size()) + " parameters, array " + std::to_string(i));
}

}  // namespace

CHECK_CASE(adam_moves_every_parameter_of_a_table) {
  adam({{1, 1, {1, 1, 1, 1}, 0}});
  std::vector<AdamCase> cases;
  const long long sizes[] = {1, 1024, 0, 1023, 2051, 4, 5, 0, 1025, 3};
  for (int i = 0; i < 100; i++) {
    const long long n = sizes[i % 10];
    cases.push_back({1, n, {n, n, n, n}, size_t(i % 3 == 2)});
  }
  adam(cases);
}

CHECK_CASE(adam_moves_parameters_with_strides) {
  adam({{33, 64, {64, 68, 72, 64}, 0},
        {33, 64, {64, 64, 64, 64}, 1},
        {31, 67, {67, 70, 68, 71}, 0},
        {40, 52, {56, 57, 56, 52}, 0},
        {0, 3, {4, 4, 4, 4}, 0},
        {700, 3, {4, 4, 4, 4}, 0},
        {1300, 1, {3, 1, 2, 5}, 2}});
}

namespace {

int pitch(int columns) { return 4 * ((columns / 4 + 1) | 1); }

/** Layers of a tail on the device, and as float64. */
struct Layers {
  std::vector<int> widths;
  std::vector<std::vector<float>> weights, biases;
  std::vector<std::unique_ptr<check::DeviceArray<float>>> device;
  int n[8] = {}, strides[8] = {};
  float *w[8] = {}, *b[8] = {};
  int weight_floats = 0, value_floats = 0;

  explicit Layers(std::vector<int> of) : widths(std::move(of)) {
    for (size_t l = 0; l + 1 < widths.size(); l++) {
      weights.push_back(check::normal(widths[l] * widths[l + 1]));
      for (float& weight : weights.back()) weight /= std::sqrt(float(widths[l]));
      biases.push_back(check::normal(widths[l + 1]));
      device.push_back(std::make_unique<check::DeviceArray<float>>(weights.back()));
      w[l] = device.back()->data();
      device.push_back(std::make_unique<check::DeviceArray<float>>(biases.back()));
      b[l] = device.back()->data();
      n[l] = widths[l + 1];
      strides[l] = widths[l];
      weight_floats += (widths[l + 1] + 3) / 4 * 4 * pitch(widths[l]);
    }
    for (int width : widths) value_floats += 64 * pitch(width);
  }
  size_t count() const { return weights.size(); }
};

void tail(const std::vector<int>& widths, long long rows, int blocks) {
  const std::string what = std::to_string(rows) + " rows, " + std::to_string(widths[0]) + " wide";
  Layers layers(widths);
  const int inputs = widths[0];
  const auto in = check::normal(rows * inputs), above = check::normal(rows);
  check::DeviceArray<float> from(in), slopes(above), scores(rows), towards(rows * inputs);
  check::DeviceArray<float> parts(size_t(blocks) * layers.weight_floats);
  const auto &n = layers.n, &s = layers.strides;
  const auto &w = layers.w, &b = layers.b;
  check::launch("tail_forward", dim3(blocks), 256, 4 * (layers.weight_floats + layers.value_floats), from, inputs, rows, inputs,
                scores, 1, n[0], w[0], s[0], b[0], n[1], w[1], s[1], b[1], n[2], w[2], s[2], b[2], n[3], w[3], s[3], b[3],
                n[4], w[4], s[4], b[4], n[5], w[5], s[5], b[5], n[6], w[6], s[6], b[6], n[7], w[7], s[7], b[7]);
  check::launch("tail_backward", dim3(blocks), 256, 4 * (2 * layers.weight_floats + layers.value_floats), from, inputs, rows,
                inputs, slopes, 1, towards, inputs, parts, n[0], w[0], s[0], b[0], n[1], w[1], s[1], b[1], n[2], w[2], s[2],
                b[2], n[3], w[3], s[3], b[3], n[4], w[4], s[4], b[4], n[5], w[5], s[5], b[5], n[6], w[6], s[6], b[6], n[7],
                w[7], s[7], b[7]);
  std::vector<std::vector<double>> weight_sums, bias_sums;
  for (size_t l = 0; l < layers.count(); l++) {
    weight_sums.emplace_back(layers.weights[l].size(), 0.0);
    bias_sums.emplace_back(layers.biases[l].size(), 0.0);
  }
  std::vector<double> expected(rows), expected_towards(rows * inputs);
  for (long long row = 0; row < rows; row++) {
    std::vector<std::vector<double>> values = {{in.begin() + row * inputs, in.begin() + (row + 1) * inputs}};
    for (size_t l = 0; l < layers.count(); l++) {
      values.emplace_back(widths[l + 1]);
      for (int o = 0; o < widths[l + 1]; o++) {
        double sum = layers.biases[l][o];
        for (int i = 0; i < widths[l]; i++) sum += layers.weights[l][o * widths[l] + i] * values[l][i];
        values[l + 1][o] = l + 1 == layers.count() ? sum : leaky(sum);
      }
    }
    expected[row] = values.back()[0];
    std::vector<double> gradient = {above[row]};
    for (size_t l = layers.count(); l-- > 0;) {
      std::vector<double> below(widths[l], 0.0);
      for (int o = 0; o < widths[l + 1]; o++) {
        bias_sums[l][o] += gradient[o];
        for (int i = 0; i < widths[l]; i++) {
          weight_sums[l][o * widths[l] + i] += gradient[o] * values[l][i];
          below[i] += gradient[o] * layers.weights[l][o * widths[l] + i];
        }
      }
      for (int i = 0; l > 0 && i < widths[l]; i++) below[i] *= slope(values[l][i]);
      gradient = below;
    }
    for (int i = 0; i < inputs; i++) expected_towards[row * inputs + i] = gradient[i];
  }
  // Float32 sums of up to 96 terms through up to seven layers.
  check::close(scores, expected, {.absolute = 2e-5, .relative = 1e-5}, what + ": scores");
  check::close(towards, expected_towards, {.absolute = 2e-5, .relative = 1e-5}, what + ": gradient of the input");
  int at = 0;
  for (size_t l = 0; l < layers.count(); l++) {
    const int count = widths[l + 1] * (widths[l] + 1);
    check::DeviceArray<float> gradient(std::vector<float>(layers.weights[l].size(), 2.0f)), bias(layers.biases[l].size());
    for (float beta : {0.0f, 0.5f}) {
      check::launch("tail_gradients", dim3((count + 31) / 32), 256, 0, parts.data() + at, (long long)layers.weight_floats, blocks,
                    widths[l], widths[l + 1], beta, gradient, widths[l], bias);
      std::vector<double> sums = weight_sums[l], biases = bias_sums[l];
      for (double& sum : sums) sum *= 1 + beta;
      for (double& sum : biases) sum *= 1 + beta;
      const std::string layer = what + ": layer " + std::to_string(l) + ", beta " + std::to_string(beta);
      check::close(gradient, sums, {.absolute = 1e-6 * double(rows) + 2e-5, .relative = 2e-5}, layer);
      check::close(bias, biases, {.absolute = 1e-6 * double(rows) + 2e-5, .relative = 2e-5}, layer);
    }
    at += (widths[l + 1] + 3) / 4 * 4 * pitch(widths[l]);
  }
}

}  // namespace

CHECK_CASE(tail_of_narrow_layers) {
  tail({96, 48, 24, 12, 6, 3, 1}, 67, 1);
  if (!check::under_sanitizer) tail({96, 48, 24, 12, 6, 3, 1}, 200, 3);
  tail({1, 1}, 1, 1);
  tail({7, 1}, 65, 2);
  tail({5, 9, 1}, 2, 1);
  tail({32, 16, 1}, 130, 2);
  tail({8, 7, 6, 5, 4, 3, 2, 2, 1}, 64, 1);
}
