package org.ieengine.kernels;

/** The driver refused a call. Carries the call, its answer and the remedy; the message is one line of all three. */
public final class GpuException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What it means for the user. */
    public enum Kind {
        /** The device, or what was asked of it, cannot be had: no driver, too old a driver, no such GPU. */
        UNAVAILABLE,
        /** Device memory, or page-locked host memory, is used up. */
        OUT_OF_MEMORY,
        /** The device stopped answering or a kernel faulted: nothing on it can be used any more in this process. */
        LOST,
        /** A call was wrong: a defect of this program. */
        DEFECT
    }

    private final Kind kind;
    private final String reason;
    private final String remedy;

    /**
     * @param kind what it means
     * @param reason what was asked and what the driver answered, e.g. {@code cuMemAlloc of 80.0 GiB: out of memory (2)}
     * @param remedy what to do, a clause; empty when there is nothing
     */
    public GpuException(Kind kind, String reason, String remedy) {
        super(remedy.isEmpty() ? reason : reason + "; " + remedy);
        this.kind = kind;
        this.reason = reason;
        this.remedy = remedy;
    }

    /** What it means. */
    public Kind kind() {
        return kind;
    }

    /** What was asked and what the driver answered. */
    public String reason() {
        return reason;
    }

    /** What to do about it; empty when there is nothing. */
    public String remedy() {
        return remedy;
    }
}
