package org.ieengine.cli.verb;

import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionTable;

/** One verb of the command line. */
public interface Verb {
    /** The word that calls it. */
    String name();

    /** What follows the word in the usage, e.g. {@code --weights DIR --data FILE [options]}. */
    String synopsis();

    /** What it does, one sentence. */
    String summary();

    /** Its options. */
    OptionTable options();

    /** Does it; returns when done. Every fault is an exception, which the command line turns into a message and an exit code. */
    void run(Arguments arguments, Console console);
}
