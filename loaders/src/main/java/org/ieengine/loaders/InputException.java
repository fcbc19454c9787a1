package org.ieengine.loaders;

/**
 * The one error for a reader's input: a file that is missing, unreadable, malformed or at odds with another. Carries what a
 * person needs to mend it; the command line prints {@link #getMessage()} on one line and exits with 3.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final String place;

    /**
     * @param file the file as the user named it
     * @param place where in it (a line, a tensor, a byte offset, a key); empty when the whole file is meant
     * @param finding what was found, what was expected and what to do, one sentence without a final full stop
     */
    public InputException(String file, String place, String finding) {
        this(file, place, finding, null);
    }

    /** As {@link #InputException(String, String, String)}, with the fault that revealed it. */
    public InputException(String file, String place, String finding, Throwable cause) {
        super(file + (place.isEmpty() ? "" : ": " + place) + ": " + finding, cause);
        this.file = file;
        this.place = place;
    }

    /** The file as the user named it. */
    public String file() {
        return file;
    }

    /** Where in the file: a line, a tensor, a byte offset, a key; empty when the whole file is meant. */
    public String place() {
        return place;
    }
}
