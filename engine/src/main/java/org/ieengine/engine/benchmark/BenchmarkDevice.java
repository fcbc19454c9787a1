package org.ieengine.engine.benchmark;

import java.util.List;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;

/** What is measured: a device that can be opened in some precisions. */
public interface BenchmarkDevice {
    /** The modes of its matrix products. */
    List<Precision> precisions();

    /** Opens it in a precision, with own kernels. */
    Session open(Precision precision);

    /** The device, open. */
    interface Session extends AutoCloseable {
        /** Computes on it. */
        Backend backend();

        /** The GPU beneath it; null where the processor computes. */
        GpuDevice gpu();

        /** Most bytes of tensors that may be held at once. */
        long memoryBytes();

        @Override
        void close();
    }
}
