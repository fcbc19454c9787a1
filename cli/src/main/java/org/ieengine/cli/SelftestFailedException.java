package org.ieengine.cli;

/** Rows of a selftest failed: exit code 1, one line, no trace, since the table has said all of it. */
public final class SelftestFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param failed rows that failed
     * @param rows all of them
     */
    public SelftestFailedException(long failed, long rows) {
        super("selftest: " + failed + " of " + rows
                + " checks failed; compute with --device cpu, and report the rows that say FAIL");
    }
}
