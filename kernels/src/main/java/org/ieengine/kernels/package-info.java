/** The device that runs CUDA kernels, and the kernels. */
package org.ieengine.kernels;
