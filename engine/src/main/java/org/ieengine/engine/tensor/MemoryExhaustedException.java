package org.ieengine.engine.tensor;

/** The memory of a backend cannot hold what was asked for. Carries the bytes; the command line exits with 5. */
public final class MemoryExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long bytes;

    /**
     * @param bytes what was asked for
     * @param message what could not be held and which option would help, one line
     */
    public MemoryExhaustedException(long bytes, String message, Throwable cause) {
        super(message, cause);
        this.bytes = bytes;
    }

    /** Bytes that were asked for. */
    public long bytes() {
        return bytes;
    }
}
