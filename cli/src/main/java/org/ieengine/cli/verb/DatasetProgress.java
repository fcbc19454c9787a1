package org.ieengine.cli.verb;

import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.loaders.text.Progress;

/** Shows how far a data set has come, and stops its making when the user asks for it. */
final class DatasetProgress implements Progress {
    private final Console console;
    private final String work;
    private final boolean quiet;
    private final StatusLine status;

    /** @param work what goes on, e.g. {@code reading text.txt} */
    DatasetProgress(Console console, String work, boolean quiet) {
        this.console = console;
        this.work = work;
        this.quiet = quiet;
        this.status = new StatusLine(console);
    }

    /** @throws RunStoppedException when the user interrupted */
    @Override
    public void reached(long items, double fraction) {
        if (console.interruption().requested()) {
            status.clear();
            throw new RunStoppedException("interrupted; nothing is kept, run it again");
        }
        if (!quiet) {
            status.show(() -> work + ": " + Figures.count(items)
                    + (Double.isNaN(fraction) ? "" : " (" + Figures.percent(fraction) + ")"));
        }
        if (fraction >= 1) {
            status.clear();
        }
    }
}
