package org.ieengine.cli;

/** Exit codes: a contract that users script against. */
public enum ExitCode {
    /** Done. */
    DONE(0),
    /** A defect, or a selftest of which a row failed. */
    DEFECT(1),
    /** The command line is wrong. */
    USAGE(2),
    /** An input is missing, unreadable or malformed, or the output cannot be written. */
    FILES(3),
    /** The device asked for cannot be used. */
    DEVICE(4),
    /** The run does not fit in memory. */
    MEMORY(5),
    /** Interrupted, or the time limit was reached; {@code --resume} continues. */
    STOPPED(130);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** What the process ends with. */
    public int number() {
        return number;
    }
}
