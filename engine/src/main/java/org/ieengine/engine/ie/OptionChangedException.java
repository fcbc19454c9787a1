package org.ieengine.engine.ie;

/** A run is to be resumed with an option that changes its numbers. The command line exits with 2. */
public final class OptionChangedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String option;

    /**
     * @param option its name on the command line, without dashes
     * @param before its value in the journal
     * @param now its value now
     */
    public OptionChangedException(String option, String before, String now) {
        super("--" + option + " was " + before + " when the journal was begun and is " + now
                + " now; resume with the same options, or start anew without --resume");
        this.option = option;
    }

    /** The option, without dashes. */
    public String option() {
        return option;
    }
}
