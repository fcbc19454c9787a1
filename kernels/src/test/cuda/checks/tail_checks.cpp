// The fused tail against float64.
#include "either_matrix.h"

namespace {

double leaky(double value) { return value > 0 ? value : 0.01f * value; }
double slope(double value) { return value > 0 ? 1.0 : double(0.01f); }

int pitch(int columns) { return 4 * ((columns / 4 + 1) | 1); }
int whole_16(int count) { return (count + 15) / 16 * 16; }

/** Layers of a tail on the device, and as float64. */
struct Layers {
  std::vector<int> widths;
  std::vector<std::vector<float>> weights, biases;
  std::vector<std::unique_ptr<check::DeviceArray<float>>> device;
  int n[8] = {}, strides[8] = {};
  float *w[8] = {}, *b[8] = {};
  int weight_floats = 0, value_floats = 0;
  int halved_bytes = 0;  // shared memory of the kernels for bf16

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
      halved_bytes += 4 * whole_16(widths[l + 1]) * (whole_16(widths[l]) + 8) + 4 * widths[l + 1];
    }
    for (int width : widths) value_floats += 64 * pitch(width);
    for (int width : widths) halved_bytes += 4 * 64 * (whole_16(width) + 8);
    halved_bytes -= 2 * 64 * (whole_16(widths[0]) + 8);
  }
  size_t count() const { return weights.size(); }

  /** What a row gives layer by layer, itself first. */
  std::vector<std::vector<double>> forward(const float* row) const {
    std::vector<std::vector<double>> values = {{row, row + widths[0]}};
    for (size_t l = 0; l < count(); l++) {
      values.emplace_back(widths[l + 1]);
      for (int o = 0; o < widths[l + 1]; o++) {
        double sum = biases[l][o];
        for (int i = 0; i < widths[l]; i++) sum += weights[l][o * widths[l] + i] * values[l][i];
        values[l + 1][o] = l + 1 == count() ? sum : leaky(sum);
      }
    }
    return values;
  }

  /** Rows that a kernel may take; none with a unit so near 0 that rounding may give it the other slope. */
  std::vector<float> clear_rows(int kind, int rows) const {
    std::vector<float> all;
    while (int(all.size()) < rows * widths[0]) {
      const auto row = check::held(kind, check::normal(widths[0]));
      const auto values = forward(row.data());
      double nearest = 1;
      for (size_t l = 1; l < count(); l++)
        for (double value : values[l]) nearest = std::min(nearest, value > 0 ? value : -100 * value);
      if (nearest > 2e-4) all.insert(all.end(), row.begin(), row.end());
    }
    return all;
  }
};

/** The sums of parts over blocks, for all layers in one launch, against those of the rows. */
void gradients(const Layers& layers, const check::DeviceArray<float>& parts, int blocks,
               const std::vector<std::vector<double>>& weight_sums, const std::vector<std::vector<double>>& bias_sums,
               check::Tolerance tolerance, const std::string& what) {
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
      check::close(*weights[l], sums, tolerance, layer);
      check::close(*biases[l], of_biases, tolerance, layer);
    }
  }
}

/** What all rows of a tail give in float64. */
struct Expected {
  std::vector<double> scores, towards;
  std::vector<std::vector<double>> weight_sums, bias_sums;

  Expected(const Layers& layers, const std::vector<float>& in, const std::vector<float>& above) {
    const auto& widths = layers.widths;
    for (size_t l = 0; l < layers.count(); l++) {
      weight_sums.emplace_back(layers.weights[l].size(), 0.0);
      bias_sums.emplace_back(layers.biases[l].size(), 0.0);
    }
    for (size_t row = 0; row < above.size(); row++) {
      const auto values = layers.forward(in.data() + row * widths[0]);
      scores.push_back(values.back()[0]);
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
      towards.insert(towards.end(), gradient.begin(), gradient.end());
    }
  }
};

/** kind: of the input and its gradient; halved: by the kernels that take bf16 alone. */
void tail(const std::vector<int>& widths, int rows, int blocks, int kind, bool halved = false) {
  const std::string what = std::to_string(rows) + " rows, " + std::to_string(widths[0]) + " wide" + (kind ? ", bf16" : "") +
                           (halved ? ", tensor cores" : "");
  Layers layers(widths);
  const int inputs = widths[0];
  const auto in = layers.clear_rows(kind, rows), above = check::normal(rows);
  check::EitherMatrix from(kind, rows, inputs, false, in), towards(kind, rows, inputs, false);
  check::DeviceArray<float> slopes(above), scores(rows);
  check::DeviceArray<float> parts(size_t(blocks) * layers.weight_floats);
  const auto &n = layers.n, &s = layers.strides;
  const auto &w = layers.w, &b = layers.b;
  const auto layered = [&](const char* kernel, int threads, int bytes, auto... arguments) {
    check::launch(kernel, dim3(blocks), threads, bytes, arguments..., n[0], w[0], s[0], b[0], n[1], w[1], s[1], b[1], n[2],
                  w[2], s[2], b[2], n[3], w[3], s[3], b[3], n[4], w[4], s[4], b[4], n[5], w[5], s[5], b[5], n[6], w[6], s[6],
                  b[6], n[7], w[7], s[7], b[7]);
  };
  if (halved) {
    auto* bits = static_cast<uint16_t*>(from.data());
    layered("tail_forward_bf16", 128, layers.halved_bytes, bits, from.stride, (long long)rows, inputs, scores.data(), 1);
    layered("tail_backward_bf16", 128, layers.halved_bytes, bits, from.stride, (long long)rows, inputs, slopes.data(), 1,
            static_cast<uint16_t*>(towards.data()), towards.stride, parts.data());
  } else {
    layered("tail_forward", 256, 4 * (layers.weight_floats + layers.value_floats), from.data(), kind, from.stride,
            (long long)rows, inputs, scores.data(), 1);
    layered("tail_backward", 256, 4 * (2 * layers.weight_floats + layers.value_floats), from.data(), kind, from.stride,
            (long long)rows, inputs, slopes.data(), 1, towards.data(), kind, towards.stride, parts.data());
  }
  const Expected expected(layers, in, above);
  // Float32 sums of up to 96 terms through up to seven layers; halves have 16 bits.
  const double coarse = halved ? 4 : 1;
  check::close(scores, expected.scores, {.absolute = 2e-5 * coarse, .relative = 1e-5 * coarse}, what + ": scores");
  check::close(towards.values(), expected.towards,
               {.absolute = 2e-5 * coarse, .relative = (kind ? 0x1.01p-8 : 1e-5) + (halved ? 1e-5 : 0)},
               what + ": gradient of the input");
  towards.gaps_untouched(what);
  gradients(layers, parts, blocks, expected.weight_sums, expected.bias_sums,
            {.absolute = (1e-6 * double(rows) + 2e-5) * coarse, .relative = 2e-5 * coarse}, what);
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

CHECK_CASE(tail_on_tensor_cores) {
  tail({96, 48, 24, 12, 6, 3, 1}, 67, 1, 1, true);
  tail({96, 48, 24, 12, 6, 3, 1}, 200, 3, 1, true);
  tail({1, 1}, 1, 1, 1, true);
  tail({7, 1}, 65, 2, 1, true);
  tail({16, 15, 1}, 66, 1, 1, true);
  tail({50, 17, 16, 1}, 130, 2, 1, true);
  tail({8, 7, 6, 5, 4, 3, 2, 2, 1}, 64, 1, 1, true);
}
