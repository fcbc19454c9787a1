package org.ieengine.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * The standard streams of one run and who may interrupt it. Results go to {@code out}, progress and messages to {@code err}.
 *
 * @param in standard input
 * @param out standard output, UTF-8; flushed by whoever prints
 * @param err standard error, UTF-8
 * @param interactive whether standard error is a terminal, so that a line may be redrawn
 * @param interruption asked between two pieces of work
 */
public record Console(
        InputStream in, PrintStream out, PrintStream err, boolean interactive, Interruption interruption) {
    /** Prints a line on standard error. */
    public void message(String line) {
        err.println(line);
        err.flush();
    }

    /** Prints a warning on standard error. */
    public void warn(String warning) {
        message("warning: " + warning);
    }
}
