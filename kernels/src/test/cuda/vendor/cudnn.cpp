// A libcudnn.so.8 with the few functions that the product calls, on memory of the emulated device, which is the host's. Work is
// done when it is queued, so the emulated streams must work at once too.
#include <algorithm>
#include <cmath>
#include <cstdint>

extern "C" {
struct Handle { void* stream; };
struct Tensor { int n, c, stride; };
struct Activation { int mode; };
static int living, calls;

/** Handles and descriptors that were made and not destroyed. */
int fake_living_objects() { return living; }
/** Activations and softmaxes so far. */
int fake_calls() { return calls; }

int cudnnCreate(Handle** handle) {
  *handle = new Handle{nullptr};
  living++;
  return 0;
}
int cudnnDestroy(Handle* handle) {
  delete handle;
  living--;
  return 0;
}
int cudnnSetStream(Handle* handle, void* stream) {
  handle->stream = stream;
  return 0;
}
int cudnnCreateTensorDescriptor(Tensor** tensor) {
  *tensor = new Tensor{};
  living++;
  return 0;
}
int cudnnDestroyTensorDescriptor(Tensor* tensor) {
  delete tensor;
  living--;
  return 0;
}
/** float32 [n, c, 1, 1] alone. */
int cudnnSetTensor4dDescriptorEx(Tensor* tensor, int type, int n, int c, int h, int w, int stride_n, int stride_c, int, int) {
  if (type != 0 || h != 1 || w != 1 || stride_c != 1) return 9;
  if (n < 1 || c < 1 || stride_n < c) return 3;
  *tensor = {n, c, stride_n};
  return 0;
}
int cudnnCreateActivationDescriptor(Activation** activation) {
  *activation = new Activation{-1};
  living++;
  return 0;
}
int cudnnDestroyActivationDescriptor(Activation* activation) {
  delete activation;
  living--;
  return 0;
}
int cudnnSetActivationDescriptor(Activation* activation, int mode, int nan, double) {
  if (nan != 1) return 9;
  activation->mode = mode;
  return 0;
}
static bool refused(Handle* handle, const float* alpha, const Tensor* x, const float* from, const float* beta,
                    const Tensor* y, const float* to) {
  return !handle->stream || *alpha != 1 || *beta != 0 || x->n != y->n || x->c != y->c || (from == to && x->stride != y->stride);
}
/** cuDNN API, cudnnActivationForward: sigmoid 0, ReLU 1, tanh 2. */
int cudnnActivationForward(Handle* handle, Activation* activation, const float* alpha, const Tensor* x, const float* from,
                           const float* beta, const Tensor* y, float* to) {
  if (refused(handle, alpha, x, from, beta, y, to)) return 3;
  calls++;
  for (int row = 0; row < x->n; row++)
    for (int column = 0; column < x->c; column++) {
      const double value = from[int64_t(row) * x->stride + column];
      double result = 0;
      switch (activation->mode) {
        case 0: result = 1 / (1 + std::exp(-value)); break;
        case 1: result = value > 0 ? value : value != value ? value : 0; break;
        case 2: result = std::tanh(value); break;
        default: return 9;
      }
      to[int64_t(row) * y->stride + column] = float(result);
    }
  return 0;
}
/** cuDNN API, cudnnSoftmaxForward: accurate 1, over all of an image 0. */
int cudnnSoftmaxForward(Handle* handle, int algorithm, int mode, const float* alpha, const Tensor* x, const float* from,
                        const float* beta, const Tensor* y, float* to) {
  if (refused(handle, alpha, x, from, beta, y, to) || algorithm != 1 || mode != 0) return 3;
  calls++;
  for (int row = 0; row < x->n; row++) {
    const float* in = from + int64_t(row) * x->stride;
    const double most = *std::max_element(in, in + x->c);
    double sum = 0;
    for (int column = 0; column < x->c; column++) sum += std::exp(in[column] - most);
    for (int column = 0; column < x->c; column++)
      to[int64_t(row) * y->stride + column] = float(std::exp(in[column] - most) / sum);
  }
  return 0;
}
}
