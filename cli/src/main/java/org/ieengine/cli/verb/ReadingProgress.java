package org.ieengine.cli.verb;

import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.loaders.text.Progress;

/** Says from time to time how far the reading of a file has come. */
final class ReadingProgress implements Progress {
    private final StatusLine status;
    private final String file;

    ReadingProgress(Console console, String file) {
        this.status = new StatusLine(console);
        this.file = file;
    }

    @Override
    public void reached(long items, double fraction) {
        String share = Double.isNaN(fraction) ? "" : " (" + Figures.percent(fraction) + ")";
        status.show("reading " + file + ": " + Figures.count(items) + share);
        if (fraction >= 1) {
            status.clear();
        }
    }
}
