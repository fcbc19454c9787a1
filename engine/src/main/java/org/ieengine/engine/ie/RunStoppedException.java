package org.ieengine.engine.ie;

/** A run was asked to stop before it was done; what was finished is in the journal. The command line exits with 130. */
public final class RunStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param reason why it stopped and how to go on, one line
     */
    public RunStoppedException(String reason) {
        super(reason);
    }
}
