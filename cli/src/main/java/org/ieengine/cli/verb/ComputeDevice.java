package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.tensor.Backend;

/**
 * What computes a run.
 *
 * @param backend the device, open
 * @param onGpu whether it computes on a GPU
 * @param precision mode of its matrix products: f32, tf32, bf16
 * @param libraries own or vendor
 * @param warnings what the user should know of the choice, one line each
 */
record ComputeDevice(Backend backend, boolean onGpu, String precision, String libraries, List<String> warnings)
        implements AutoCloseable {
    /** Keeps the order. */
    ComputeDevice {
        warnings = List.copyOf(warnings);
    }

    /** Program and machine with this device. */
    EngineProvenance provenance() {
        return Provenance.engine(backend.description(), precision, libraries);
    }

    @Override
    public void close() {
        backend.close();
    }
}
