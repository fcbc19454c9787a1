package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Recording;

/** Operations that are done anew at every replay. */
final class CpuRecording implements Recording {
    private Runnable operations;

    CpuRecording(Runnable operations) {
        this.operations = operations;
    }

    @Override
    public void replay() {
        if (operations == null) {
            throw new IllegalStateException("the recording was used after it had been closed");
        }
        operations.run();
    }

    @Override
    public void close() {
        if (operations == null) {
            throw new IllegalStateException("the recording was closed twice");
        }
        operations = null;
    }
}
