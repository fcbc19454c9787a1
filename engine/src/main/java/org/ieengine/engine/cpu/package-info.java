/**
 * The CPU implementation of {@link org.ieengine.engine.tensor.Backend}: float32 off-heap memory, matrix products by OpenBLAS (or
 * plain Java), everything else in loops over arrays that the JIT compiler vectorises. Work is cut into panels whose size does not
 * depend on the number of threads, so that results are the same bits for any number of them.
 */
package org.ieengine.engine.cpu;
