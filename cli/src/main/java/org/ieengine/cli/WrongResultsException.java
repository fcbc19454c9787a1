package org.ieengine.cli;

/** What a benchmark was to time gave wrong results: exit code 1, one line, no trace, since the table has said all of it. */
public final class WrongResultsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param wrong rows whose result was wrong
     * @param rows all of them
     */
    public WrongResultsException(long wrong, long rows) {
        super("bench: " + wrong + " of " + rows
                + " rows gave a wrong result or none and were not timed; they say WRONG and why");
    }
}
