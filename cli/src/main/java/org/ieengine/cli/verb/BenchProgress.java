package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.engine.benchmark.BenchmarkListener;
import org.ieengine.engine.benchmark.BenchmarkRow;
import org.ieengine.engine.benchmark.Ceilings;
import org.ieengine.engine.benchmark.WholePass;
import org.ieengine.engine.ie.RunStoppedException;

/** Keeps what was measured, shows how far it is, and stops it when the user asks for it. */
final class BenchProgress implements BenchmarkListener {
    private final Console console;
    private final boolean quiet;
    private final double budgetSeconds;
    private final StatusLine status;
    private final long begin = System.nanoTime();
    private final List<Ceilings> ceilings = new ArrayList<>();
    private final List<BenchmarkRow> rows = new ArrayList<>();
    private final List<WholePass> passes = new ArrayList<>();

    /** @param minutes for everything; infinite for no bound */
    BenchProgress(Console console, boolean quiet, double minutes) {
        this.console = console;
        this.quiet = quiet;
        this.budgetSeconds = 60 * minutes;
        this.status = new StatusLine(console);
    }

    @Override
    public void measured(Ceilings ofPrecision) {
        ceilings.add(ofPrecision);
    }

    @Override
    public void begins(String title, int done, int all) {
        if (!quiet) {
            status.show(() -> done + " of " + all + ", " + left(done, all) + title);
        }
    }

    private String left(int done, int all) {
        double elapsed = (System.nanoTime() - begin) * 1e-9;
        if (done == 0) {
            return "";
        }
        double seconds = Math.min(elapsed / done * (all - done), Math.max(0, budgetSeconds - elapsed));
        return Figures.seconds(seconds) + " left, ";
    }

    @Override
    public void ended(BenchmarkRow row, int done, int all) {
        rows.add(row);
        requireGoingOn();
    }

    /** A whole pass was measured. */
    void passed(WholePass pass) {
        passes.add(pass);
        if (!quiet) {
            status.show(() -> pass.name() + " measured");
        }
        requireGoingOn();
    }

    private void requireGoingOn() {
        if (console.interruption().requested()) {
            throw new RunStoppedException("interrupted");
        }
    }

    List<Ceilings> ceilings() {
        return ceilings;
    }

    List<BenchmarkRow> rows() {
        return rows;
    }

    List<WholePass> passes() {
        return passes;
    }

    /** Takes the progress off the terminal. */
    void finish() {
        status.clear();
    }
}
