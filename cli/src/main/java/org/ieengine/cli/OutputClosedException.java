package org.ieengine.cli;

import java.io.IOException;

/** Nobody reads standard output any more, as after {@code | head}: the program ends quietly with 0. */
final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputClosedException(IOException cause) {
        super(cause);
    }
}
