package org.ieengine.engine.selftest;

import java.util.List;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;

/** What is tested: a device that can be opened in some precisions. */
public interface SelftestDevice {
    /** The modes of its matrix products, f32 first. */
    List<Precision> precisions();

    /** Opens it in a precision. */
    Session open(Precision precision);

    /** The device, open. */
    interface Session extends AutoCloseable {
        /** Computes on it. */
        Backend backend();

        /** The GPU beneath it; null where the CPU computes. */
        GpuDevice gpu();

        @Override
        void close();
    }
}
