package org.ieengine.kernels;

import java.util.List;

/** A kernel ready to be launched. */
public interface GpuKernel {
    /** Its name, that of the function in the CUDA source. */
    String name();

    /** Bytes of each parameter, in order: 8 for pointers and longs, 4 for ints and floats. */
    List<Integer> parameterBytes();

    /** Registers of a thread, as the driver compiled it. */
    int registers();

    /** Bytes of local memory of a thread, spilled registers included. */
    int localBytes();
}
