package org.ieengine.kernels;

import java.util.Map;

/** Device work recorded once, to be replayed with one call. */
public interface GpuGraph extends AutoCloseable {
    /** What a node does. */
    enum Node {
        /** Runs a kernel. */
        KERNEL,
        /** Copies within device memory. */
        COPY,
        /** Sets device memory. */
        FILL,
        /** Anything else; copies between host and device and calls of the host among them. */
        OTHER
    }

    /** Number of nodes of each kind, kinds that do not occur left out. */
    Map<Node, Integer> nodes();

    @Override
    void close();
}
