package org.ieengine.cli.verb;

import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.engine.mi.TrainingListener;

/** Shows how far {@code mi} has come, and stops it when it is interrupted. */
final class PairProgress {
    private final Console console;
    private final boolean quiet;
    private final StatusLine status;

    PairProgress(Console console, boolean quiet) {
        this.console = console;
        this.quiet = quiet;
        this.status = new StatusLine(console);
    }

    /**
     * Listens to a piece of work.
     *
     * @param work what is at work, e.g. the estimator's name
     */
    TrainingListener of(String work) {
        return progress -> {
            stopWhenInterrupted();
            if (!quiet) {
                status.show(() -> work + ": step " + Figures.count(progress.step()) + " of at most "
                        + Figures.count(progress.steps())
                        + (Double.isFinite(progress.bits()) ? ", " + Figures.bits(progress.bits()) + " bits" : ""));
            }
        };
    }

    /**
     * Asked between two pieces of work.
     *
     * @throws RunStoppedException when the user interrupted
     */
    void stopWhenInterrupted() {
        if (console.interruption().requested()) {
            status.clear();
            throw new RunStoppedException("interrupted; nothing is kept, run it again");
        }
    }

    /** Takes the line off the terminal. */
    void clear() {
        status.clear();
    }
}
