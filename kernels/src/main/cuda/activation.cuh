// The element-wise functions of networks, the same ones wherever a kernel applies them.
#pragma once
#include "tensor_core.cuh"

/** Which function; the numbers are those of the enum Activation on the Java side. */
enum ActivationCode {
  activation_identity = 0,
  activation_gelu_tanh = 1,
  activation_gelu_erf = 2,
  activation_gelu_quick = 3,
  activation_relu = 4,
  activation_relu_squared = 5,
  activation_silu = 6,
  activation_tanh = 7,
  activation_sigmoid = 8,
  activation_leaky_relu = 9
};

/**
 * x / (1 + e^-z), x times the sigmoid of z: no cancellation where the sigmoid is small, unlike 1 + tanh. Below -1e4 every gated
 * function here is 0; the bound keeps infinity over infinity out. NaN stays NaN.
 */
__device__ __forceinline__ float sigmoid_gate(float x, float z) {
  return (x < -1e4f ? -1e4f : x) / (1.0f + expf(-z));
}

/** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) = x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)). */
__device__ __forceinline__ float gelu_tanh(float x) {
  return sigmoid_gate(x, 1.5957691216057308f * x * (1.0f + 0.044715f * x * x));
}

/** 0.5 x (1 + erf(x / sqrt 2)) = 0.5 x erfc(-x / sqrt 2). */
__device__ __forceinline__ float gelu_erf(float x) {
  return 0.5f * (x < -1e4f ? -1e4f : x) * erfcf(-0.7071067811865476f * x);
}

/** x for x > 0, 0.01 x otherwise. */
__device__ __forceinline__ float leaky_relu(float x) { return x > 0.0f ? x : 0.01f * x; }

/** The function of that code at x; infinities go to their limits, NaN stays NaN. */
__device__ __forceinline__ float activate(int activation, float x) {
  switch (activation) {
    case activation_gelu_tanh: return gelu_tanh(x);
    case activation_gelu_erf: return gelu_erf(x);
    case activation_gelu_quick: return sigmoid_gate(x, 1.702f * x);
    case activation_relu: return x <= 0.0f ? 0.0f : x;
    case activation_relu_squared: return x <= 0.0f ? 0.0f : x * x;
    case activation_silu: return sigmoid_gate(x, x);
    case activation_tanh: return tanhf(x);
    case activation_sigmoid: return 1.0f / (1.0f + expf(-x));
    case activation_leaky_relu: return leaky_relu(x);
    default: return x;
  }
}
