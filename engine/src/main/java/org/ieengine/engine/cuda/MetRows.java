package org.ieengine.engine.cuda;

import java.util.List;

/**
 * What the rows of a product meet before they are written: out[r] = LeakyReLU(x[r] + sums of r) and, with i = takers[r],
 * out[rows + i] = LeakyReLU(x[i] + sums of r).
 *
 * @param x [rows, columns] of bf16
 * @param takers address of as many ints, each row once
 */
record MetRows(CudaTensor x, long takers) {
    /** What a kernel that could is given when there are none. */
    static final List<Object> NONE = List.of(0L, 0L, 0);

    /** What a kernel is given. */
    List<Object> arguments() {
        return List.of(x.address(), takers, x.stride());
    }
}
