package org.ieengine.engine.cuda;

import java.util.function.Supplier;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuException;

/** Says for the whole program what the driver says when it has no memory left for something beside tensors. */
final class OutOfMemory {
    private OutOfMemory() {}

    /**
     * What the call gives.
     *
     * @param what what it needs memory for, a noun
     * @param bytes how much, 0 when that is not known
     * @throws MemoryExhaustedException when there is not so much
     */
    static <T> T named(String what, long bytes, Supplier<T> call) {
        try {
            return call.get();
        } catch (GpuException fault) {
            if (fault.kind() == GpuException.Kind.OUT_OF_MEMORY) {
                throw new MemoryExhaustedException(
                        bytes,
                        "no memory is left for " + what + " (" + fault.reason()
                                + "); leave more of the device's memory free (a smaller --device-memory), or end what"
                                + " else uses it",
                        fault);
            }
            throw fault;
        }
    }
}
