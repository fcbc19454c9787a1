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

/** x for x > 0, 0.01 x otherwise: the greater of the two, which takes an instruction less than to compare and choose. */
__device__ __forceinline__ float leaky_relu(float x) { return fmaxf(x, 0.01f * x); }

/**
 * The function of that code at x; infinities go to their limits, NaN stays NaN. The gated functions are x times the sigmoid of
 * some z, 1 / (1 + e^-z), also GELU by tanh, as (1 + tanh u) / 2 is the sigmoid of 2 u: that does not cancel where the result is
 * small. Below -1e4 they are 0; the bound keeps infinity times 0 out.
 */
__device__ __forceinline__ float activate(int activation, float x) {
  const float bounded = x < -1e4f ? -1e4f : x;
  float z;
  switch (activation) {
    case activation_gelu_erf: return 0.5f * bounded * erfcf(-0.7071067811865476f * x);
    case activation_relu: return x <= 0.0f ? 0.0f : x;
    case activation_relu_squared: return x <= 0.0f ? 0.0f : x * x;
    case activation_tanh: return tanhf(x);
    case activation_leaky_relu: return leaky_relu(x);
    case activation_gelu_tanh: z = 1.5957691216057308f * x * (1.0f + 0.044715f * x * x); break;
    case activation_gelu_quick: z = 1.702f * x; break;
    case activation_silu:
    case activation_sigmoid: z = x; break;
    default: return x;
  }
  const float gate = 1.0f / (1.0f + expf(-z));
  return activation == activation_sigmoid ? gate : bounded * gate;
}
