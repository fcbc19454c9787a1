package org.ieengine.cli.verb;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.ieengine.engine.ie.Journal;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuException;

/** Adds to a fault of the device in mid-run what was kept and how to go on. */
final class UnfinishedRun {
    private UnfinishedRun() {}

    /**
     * Does the work.
     *
     * @param directory of the run, which holds its journal
     * @param onGpu whether a GPU computes
     */
    static <T> T explained(Path directory, boolean onGpu, Supplier<T> work) {
        String kept = "finished estimates are in " + directory.resolve(Journal.NAME);
        try {
            return work.get();
        } catch (MemoryExhaustedException fault) {
            throw new MemoryExhaustedException(fault.bytes(), fault.getMessage() + smaller(kept, onGpu), fault);
        } catch (GpuException fault) {
            String advice =
                    switch (fault.kind()) {
                        case OUT_OF_MEMORY -> smaller(kept, onGpu);
                        case LOST -> "; " + kept + ", and --resume continues, also with --device cpu";
                        case UNAVAILABLE, DEFECT -> "; " + kept + ", and --resume continues";
                    };
            GpuException explained = new GpuException(fault.kind(), fault.getMessage() + advice, "");
            explained.initCause(fault);
            throw explained;
        }
    }

    private static String smaller(String kept, boolean onGpu) {
        String how =
                onGpu ? "with a smaller --device-memory (smaller batches) or --device cpu" : "with more memory free";
        return "; " + kept + ", and --resume continues, " + how;
    }
}
