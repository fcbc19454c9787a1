package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.engine.ie.EstimateKey;
import org.ieengine.engine.ie.Progress;

/** Shows where an experiment stands: one line on standard error over all of its measurements. */
final class ExperimentProgress implements MeasureRun.Watch {
    private final Console console;
    private final StopWatch stop;
    private final StatusLine status;
    private final boolean quiet;
    private final boolean verbose;
    private final double seconds;
    private final List<String> warnings = new ArrayList<>();
    private String name = "";
    private double before;
    private double own;
    private double firstFraction = Double.NaN;
    private double firstSeconds;

    /**
     * @param how whether nothing is said, whether every finished estimate is named
     * @param seconds planned for all measurements together
     */
    ExperimentProgress(Console console, StopWatch stop, Talk how, double seconds) {
        this.console = console;
        this.stop = stop;
        this.status = new StatusLine(console);
        this.quiet = how.quiet;
        this.verbose = how.verbose;
        this.seconds = seconds;
    }

    /** How much is said. */
    record Talk(boolean quiet, boolean verbose) {}

    /** The next measurement begins; {@code planned} seconds are its share of all. */
    void next(String measurement, double planned) {
        before += own;
        own = planned;
        name = measurement;
    }

    /** Warnings of all measurements, each with its measurement's name. */
    List<String> warnings() {
        return warnings;
    }

    @Override
    public void begun(int finished) {
        if (finished > 0 && !quiet) {
            console.message(name + ": resuming after " + Figures.count(finished) + " finished estimates");
        }
    }

    @Override
    public void progress(Progress progress) {
        double fraction = seconds > 0 ? (before + own * progress.fraction()) / seconds : progress.fraction();
        if (Double.isNaN(firstFraction)) {
            firstFraction = fraction;
            firstSeconds = stop.seconds();
        }
        if (!quiet) {
            status.show(() -> line(progress, fraction));
        }
    }

    private String line(Progress progress, double fraction) {
        double done = fraction - firstFraction;
        double spent = stop.seconds() - firstSeconds;
        String left = done > 0.01 && spent > 1 ? ", " + Figures.seconds(spent / done * (1 - fraction)) + " left" : "";
        return Figures.decimals(100 * fraction, 0) + " %" + left + ", " + name
                + (progress.control().isEmpty() ? "" : ", " + progress.control())
                + (progress.layer() < 0 ? "" : ", block " + progress.layer() + " of " + progress.layers())
                + (progress.estimate().isEmpty() ? "" : ", " + progress.estimate());
    }

    @Override
    public void estimateFinished(EstimateKey key) {
        if (verbose) {
            status.clear();
            console.message(name + " finished: " + key);
        }
    }

    @Override
    public void warning(String text) {
        status.clear();
        String warning = name + ": " + text;
        warnings.add(warning);
        console.warn(warning);
    }

    @Override
    public String stopReason() {
        return stop.reason();
    }

    @Override
    public void finish() {
        status.clear();
    }
}
