package org.ieengine.engine.cpu;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * What of the native libraries could be loaded. Loading them unpacks files into a cache directory, so it fails where neither the
 * home nor the temporary directory can be written, and on other processors than the jar was built for.
 *
 * @param memory whether native memory can be had
 * @param openBlas whether matrix products by OpenBLAS can
 * @param fault why not, one line; empty when both can
 */
record NativeLibraries(boolean memory, boolean openBlas, String fault) {
    /** None, because nobody asked for them. */
    static final NativeLibraries UNUSED = new NativeLibraries(false, false, "");

    /**
     * Loads what can be loaded. Sets the limits of JavaCPP aside first: tensors are freed by their owner and counted by
     * {@link MemoryLedger}, neither bound by the Java heap nor collected.
     */
    static NativeLibraries load() {
        System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
        System.setProperty("org.bytedeco.javacpp.maxbytes", "0");
        System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
        try {
            Loader.load(Pointer.class);
            Pointer.free(Pointer.malloc(1));
        } catch (LinkageError | RuntimeException fault) {
            return new NativeLibraries(false, false, firstLine(fault));
        }
        try {
            Loader.load(openblas_nolapack.class);
            // Parallel over panels of our own: one OpenBLAS thread per call, or the results would depend on their
            // number.
            openblas_nolapack.blas_set_num_threads(1);
            return new NativeLibraries(true, true, "");
        } catch (LinkageError | RuntimeException fault) {
            return new NativeLibraries(true, false, firstLine(fault));
        }
    }

    private static String firstLine(Throwable fault) {
        Throwable root = fault;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = String.valueOf(root.getMessage());
        return root.getClass().getSimpleName() + ": "
                + message.lines().findFirst().orElse("");
    }
}
