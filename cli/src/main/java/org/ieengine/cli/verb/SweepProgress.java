package org.ieengine.cli.verb;

import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.engine.ie.RunStoppedException;

/** Shows how far the hidden states have come, and stops them when the user asks for it. */
final class SweepProgress {
    private final Console console;
    private final boolean quiet;
    private final StatusLine status;

    SweepProgress(Console console, boolean quiet) {
        this.console = console;
        this.quiet = quiet;
        this.status = new StatusLine(console);
    }

    /**
     * Says where the sweep stands.
     *
     * @throws RunStoppedException when it is to stop
     */
    void at(int layer, int layers, double fraction) {
        if (console.interruption().requested()) {
            status.clear();
            throw new RunStoppedException("interrupted; an unfinished file is not kept, run it again");
        }
        if (!quiet) {
            status.show(() -> Figures.decimals(100 * fraction, 0) + " %, block " + layer + " of " + layers);
        }
    }

    /** Takes the progress off the terminal. */
    void finish() {
        status.clear();
    }
}
