package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.selftest.SelftestDevice;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;

/**
 * What computes a run.
 *
 * @param backend the device, open
 * @param gpu the GPU beneath it; null where the CPU computes
 * @param precision mode of its matrix products: f32, tf32, bf16
 * @param libraries own or vendor
 * @param warnings what the user should know of the choice, one line each
 */
record ComputeDevice(Backend backend, GpuDevice gpu, String precision, String libraries, List<String> warnings)
        implements SelftestDevice.Session {
    /** Keeps the order. */
    ComputeDevice {
        warnings = List.copyOf(warnings);
    }

    /** Program and machine with this device. */
    EngineProvenance provenance() {
        return Provenance.engine(backend.description(), precision, libraries);
    }

    /** Whether a GPU computes. */
    boolean onGpu() {
        return gpu != null;
    }

    @Override
    public void close() {
        try {
            backend.close();
        } finally {
            if (gpu != null) {
                gpu.close();
            }
        }
    }
}
