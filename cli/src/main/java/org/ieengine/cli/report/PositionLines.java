package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** IE by position at the last block that was measured, with the exact value and the controls behind it. */
record PositionLines(RunDocument run, Predicate<LayerEntry.Source> source) {
    /** What can be read at the last block; -1 when nothing was measured. */
    private int block() {
        return run.measured().layers().stream().mapToInt(l -> l).max().orElse(-1);
    }

    /** Adds the figure where there are at least two positions. */
    void add(Figures figures, String heading, String label) {
        Measurement measured = run.measured();
        int block = block();
        if (measured.byPosition(block, source).size() < 2) {
            return;
        }
        List<LinePlot.Line> lines = new ArrayList<>();
        List<LinePlot.Point> exact = new ArrayList<>();
        measured.byPosition(block, source).forEach((position, row) -> {
            double bits = row.exactIe();
            exact.add(LinePlot.Point.of(
                    position, bits, "position " + position + ", exact IE: " + NumberText.exactBits(bits) + " bits"));
        });
        lines.add(new LinePlot.Line("exact IE", Stroke.CEILING, exact));
        for (Measurement control : run.controls()) {
            lines.add(LayerLines.byPosition(
                    control.name(), RunDocument.stroke(control), control.byPosition(block, source)));
        }
        lines.add(LayerLines.byPosition(label, Stroke.MODEL, measured.byPosition(block, source)));
        figures.add(
                new LinePlot(new PlotArea.Frame(heading + ", block " + block, "position", "bits", false), true, lines),
                heading,
                "Sequences that end at each position, through block " + block
                        + ". What the exact value does with position is a property of the sequences"
                        + (run.controls().isEmpty() ? "." : "; shuffled sequences have their own."));
    }
}
