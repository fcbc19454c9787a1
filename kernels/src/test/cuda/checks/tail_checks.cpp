// The fused tail against float64.
#include "either_matrix.h"

namespace {

double leaky(double value) { return value > 0 ? value : 0.01f * value; }
double slope(double value) { return value > 0 ? 1.0 : double(0.01f); }

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

/** The sums of parts over blocks, for all layers in one launch, against those of the rows. */
void gradients(const Layers& layers, const check::DeviceArray<float>& parts, int blocks, int rows,
               const std::vector<std::vector<double>>& weight_sums, const std::vector<std::vector<double>>& bias_sums,
               const std::string& what) {
  std::vector<std::unique_ptr<check::DeviceArray<float>>> weights, biases;
  float *w[8] = {}, *b[8] = {};
  int blocks_of_all = 0;
  for (size_t l = 0; l < layers.count(); l++) {
    weights.push_back(std::make_unique<check::DeviceArray<float>>(layers.weights[l].size()));
    biases.push_back(std::make_unique<check::DeviceArray<float>>(layers.biases[l].size()));
    w[l] = weights.back()->data();
    b[l] = biases.back()->data();
    blocks_of_all += (layers.widths[l + 1] * (layers.widths[l] + 1) + 31) / 32;
  }
  const auto &n = layers.n, &s = layers.strides;
  for (float beta : {0.0f, 0.5f}) {
    check::launch("tail_gradients", dim3(blocks_of_all), 256, 0, parts, (long long)layers.weight_floats, blocks,
                  layers.widths[0], beta, n[0], w[0], s[0], b[0], n[1], w[1], s[1], b[1], n[2], w[2], s[2], b[2], n[3], w[3],
                  s[3], b[3], n[4], w[4], s[4], b[4], n[5], w[5], s[5], b[5], n[6], w[6], s[6], b[6], n[7], w[7], s[7], b[7]);
    for (size_t l = 0; l < layers.count(); l++) {
      std::vector<double> sums = weight_sums[l], of_biases = bias_sums[l];
      for (double& sum : sums) sum *= 1 + beta;
      for (double& sum : of_biases) sum *= 1 + beta;
      const std::string layer = what + ": layer " + std::to_string(l) + ", beta " + std::to_string(beta);
      check::close(*weights[l], sums, {.absolute = 1e-6 * double(rows) + 2e-5, .relative = 2e-5}, layer);
      check::close(*biases[l], of_biases, {.absolute = 1e-6 * double(rows) + 2e-5, .relative = 2e-5}, layer);
    }
  }
}

void tail(const std::vector<int>& widths, int rows, int blocks, int kind) {
  const std::string what = std::to_string(rows) + " rows, " + std::to_string(widths[0]) + " wide" + (kind ? ", bf16" : "");
  Layers layers(widths);
  const int inputs = widths[0];
  const auto in = check::held(kind, check::normal(rows * inputs)), above = check::normal(rows);
  check::EitherMatrix from(kind, rows, inputs, false, in), towards(kind, rows, inputs, false);
  check::DeviceArray<float> slopes(above), scores(rows);
  check::DeviceArray<float> parts(size_t(blocks) * layers.weight_floats);
  const auto &n = layers.n, &s = layers.strides;
  const auto &w = layers.w, &b = layers.b;
  check::launch("tail_forward", dim3(blocks), 256, 4 * (layers.weight_floats + layers.value_floats), from.data(), kind,
                from.stride, (long long)rows, inputs, scores, 1, n[0], w[0], s[0], b[0], n[1], w[1], s[1], b[1], n[2], w[2],
                s[2], b[2], n[3], w[3], s[3], b[3], n[4], w[4], s[4], b[4], n[5], w[5], s[5], b[5], n[6], w[6], s[6], b[6],
                n[7], w[7], s[7], b[7]);
  check::launch("tail_backward", dim3(blocks), 256, 4 * (2 * layers.weight_floats + layers.value_floats), from.data(), kind,
                from.stride, (long long)rows, inputs, slopes, 1, towards.data(), kind, towards.stride, parts, n[0], w[0], s[0],
                b[0], n[1], w[1], s[1], b[1], n[2], w[2], s[2], b[2], n[3], w[3], s[3], b[3], n[4], w[4], s[4], b[4], n[5],
                w[5], s[5], b[5], n[6], w[6], s[6], b[6], n[7], w[7], s[7], b[7]);
  std::vector<std::vector<double>> weight_sums, bias_sums;
  for (size_t l = 0; l < layers.count(); l++) {
    weight_sums.emplace_back(layers.weights[l].size(), 0.0);
    bias_sums.emplace_back(layers.biases[l].size(), 0.0);
  }
  std::vector<double> expected(rows), expected_towards(rows * inputs);
  for (int row = 0; row < rows; row++) {
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
      for (int i = 0; i < widths[l]; i++) below[i] *= slope(values[l][i]);
      gradient = below;
    }
    for (int i = 0; i < inputs; i++) expected_towards[row * inputs + i] = gradient[i];
  }
  // Float32 sums of up to 96 terms through up to seven layers.
  check::close(scores, expected, {.absolute = 2e-5, .relative = 1e-5}, what + ": scores");
  check::close(towards.values(), expected_towards, {.absolute = 2e-5, .relative = kind ? 0x1.01p-8 : 1e-5},
               what + ": gradient of the input");
  towards.gaps_untouched(what);
  gradients(layers, parts, blocks, rows, weight_sums, bias_sums, what);
}

}  // namespace

CHECK_CASE(tail_of_narrow_layers) {
  for (int kind : {0, 1}) {
    tail({96, 48, 24, 12, 6, 3, 1}, 67, 1, kind);
    if (!check::under_sanitizer && kind == 0) tail({96, 48, 24, 12, 6, 3, 1}, 200, 3, kind);
    tail({1, 1}, 1, 1, kind);
    tail({7, 1}, 65, 2, kind);
    tail({5, 9, 1}, 2, 1, kind);
    tail({32, 16, 1}, 130, 2, kind);
    tail({8, 7, 6, 5, 4, 3, 2, 2, 1}, 64, 1, kind);
  }
}
