// Where training stands, in device memory, so that recorded steps need no host.
#pragma once
#include "random.cuh"

/** The current step; before the first, step is -1 and the rest is undefined. */
struct CurrentStep {
  int step;
  /** Keys of this step's permutation. */
  int keys[feistel_rounds];
  /** Learning rate over 1 - beta1^t, and 1 / sqrt(1 - beta2^t), with t = step + 1. */
  float rate, root;
};
