package org.ieengine.cli.verb;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ieengine.cli.Console;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.engine.ie.EstimateKey;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.NextTokenPrediction;
import org.ieengine.engine.ie.Progress;

/** Shows a run as it goes: its table on standard output, where it stands on standard error. */
final class MeasureProgress implements MeasureRun.Watch {
    private static final int BAR = 20;

    private final Console console;
    private final MeasureSettings settings;
    private final StopWatch stop;
    private final StatusLine status;
    private final ResultTable rows;
    private final Map<RowKey, Map<String, IeResult.LayerRow>> pending = new LinkedHashMap<>();
    private boolean quiet;
    private boolean table = true;
    private boolean verbose;
    private Path resumed;
    private double firstFraction = Double.NaN;
    private double firstSeconds;

    private record RowKey(String control, int layer, int position) {}

    MeasureProgress(Console console, MeasureSettings settings, StopWatch stop) {
        this.console = console;
        this.settings = settings;
        this.stop = stop;
        this.status = new StatusLine(console);
        this.rows = new ResultTable(settings);
    }

    /** Whether nothing is said of where it stands. */
    MeasureProgress quiet(boolean value) {
        quiet = value;
        return this;
    }

    /** Whether the table is printed. */
    MeasureProgress table(boolean value) {
        table = value;
        return this;
    }

    /** Whether every finished estimate is named. */
    MeasureProgress verbose(boolean value) {
        verbose = value;
        return this;
    }

    /** The directory whose journal is continued; null for a run that starts anew. */
    MeasureProgress resuming(Path directory) {
        resumed = directory;
        return this;
    }

    @Override
    public void begun(int finished) {
        if (resumed != null && !quiet) {
            console.message(
                    finished == 0
                            ? "nothing finished in " + resumed + " yet: starting anew"
                            : "resuming after " + Figures.count(finished) + " finished estimates");
        }
    }

    @Override
    public void ceiling(String control, IeResult.Ceiling ceiling) {
        print(rows.ceiling(control, ceiling));
    }

    @Override
    public void rowFinished(String control, IeResult.LayerRow row) {
        if (!row.leading()) {
            return;
        }
        RowKey key = new RowKey(control, row.layer(), row.position());
        Map<String, IeResult.LayerRow> leading = pending.computeIfAbsent(key, absent -> new LinkedHashMap<>());
        leading.put(row.estimator(), row);
        if (leading.size() == settings.estimators().size()) {
            pending.remove(key);
            print(rows.row(control, leading));
        }
    }

    private void print(String text) {
        if (table) {
            status.clear();
            console.out().print(text);
            console.out().flush();
        }
    }

    @Override
    public void predictions(Map<String, NextTokenPrediction> byControl) {
        print(PredictionTable.of(byControl));
    }

    @Override
    public void progress(Progress progress) {
        if (Double.isNaN(firstFraction)) {
            firstFraction = progress.fraction();
            firstSeconds = stop.seconds();
        }
        if (!quiet) {
            status.show(() -> line(progress));
        }
    }

    private String line(Progress progress) {
        StringBuilder line = new StringBuilder();
        if (console.interactive()) {
            int done = (int) Math.round(BAR * Math.max(0, Math.min(1, progress.fraction())));
            line.append('[')
                    .append("#".repeat(done))
                    .append(".".repeat(BAR - done))
                    .append("] ");
        }
        line.append(Figures.decimals(100 * progress.fraction(), 0)).append(" %");
        double left = secondsLeft(progress.fraction());
        // What matters most stands first: a narrow terminal cuts the end off.
        line.append(Double.isFinite(left) ? ", " + Figures.seconds(left) + " left" : "");
        line.append(progress.control().isEmpty() ? "" : ", " + progress.control());
        line.append(progress.layer() < 0 ? "" : ", block " + progress.layer() + " of " + progress.layers());
        switch (progress.phase()) {
            case PREPARING -> line.append(", preparing");
            case FORWARD -> line.append(", forward pass");
            default -> estimate(line, progress);
        }
        if (progress.samplesPerSecond() > 0) {
            line.append(", ")
                    .append(Figures.count(Math.round(progress.samplesPerSecond())))
                    .append(" samples/s");
        }
        return line.toString();
    }

    private static void estimate(StringBuilder line, Progress progress) {
        line.append(", ").append(progress.estimate());
        if (progress.seed() >= 0) {
            line.append(", seed ").append(progress.seed()).append(", step ").append(progress.step());
        }
        if (Double.isFinite(progress.bits())) {
            line.append(": ").append(Figures.bits(progress.bits())).append(" bits");
        }
    }

    private double secondsLeft(double fraction) {
        double done = fraction - firstFraction;
        double seconds = stop.seconds() - firstSeconds;
        return done > 0.01 && seconds > 1 ? seconds / done * (1 - fraction) : Double.NaN;
    }

    @Override
    public void estimateFinished(EstimateKey key) {
        if (verbose) {
            status.clear();
            console.message("finished: " + key);
        }
    }

    @Override
    public void warning(String text) {
        status.clear();
        console.warn(text);
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
