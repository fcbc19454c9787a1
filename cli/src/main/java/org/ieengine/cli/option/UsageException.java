package org.ieengine.cli.option;

/** The command line is wrong. Names the option at fault; the command line prints it on one line, then the usage, and exits with 2. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param option the option as it is written, e.g. {@code --tokens}, or the word at fault
     * @param finding what is wrong with it and what is expected, without a final full stop
     */
    public UsageException(String option, String finding) {
        super(option + ": " + finding);
    }

    /** As {@link #UsageException(String, String)}, with the fault that revealed it. */
    public UsageException(String option, String finding, Throwable cause) {
        super(option + ": " + finding, cause);
    }
}
