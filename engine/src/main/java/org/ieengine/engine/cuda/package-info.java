/** The backend that computes on an NVIDIA GPU, by launching the kernels of this project. */
package org.ieengine.engine.cuda;
