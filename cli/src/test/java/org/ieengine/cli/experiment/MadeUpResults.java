package org.ieengine.cli.experiment;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.engine.ie.NextTokenPrediction;

/** Results of experiments that nobody ran: two blocks, two positions, an untrained twin that reads a bit more. */
public final class MadeUpResults {
    private MadeUpResults() {}

    /** A point whose values at the last position of block 1 are these; block 0 and position 0 are 0. With x above 0 it is on a curve. */
    public static PointResult point(String text, double x, double exact, double seen) {
        List<PointRow> rows = new ArrayList<>();
        for (String control : List.of("", "untrained")) {
            for (int layer = 0; layer < 2; layer++) {
                for (int position = 0; position < 2; position++) {
                    double there = layer * position;
                    rows.add(new PointRow(
                            new PointRow.Place(control, layer, position),
                            PointRow.RESOLUTION,
                            3,
                            true,
                            there * (control.isEmpty() ? seen : seen + 1),
                            Double.NaN,
                            there * exact,
                            new PointRow.Terms(seen + 1, 0.01, exact + 1, 0.5, false, 1, seen / 2)));
                }
            }
        }
        IeResult.DataSummary data =
                new IeResult.DataSummary(new DataProvenance("text.txt", "0", 100, Map.of(), Map.of()), 100, 2, 90);
        PointResult.Run run = new PointResult.Run(
                0,
                2,
                data,
                new IeResult.Ceiling(exact + 1, List.of(1.0, 1.0), exact),
                new Demonstrations(List.of(1), 4));
        Map<String, NextTokenPrediction> predictions = new LinkedHashMap<>();
        predictions.put(
                "",
                new NextTokenPrediction(
                        50,
                        50,
                        5,
                        0.1,
                        32,
                        0.25,
                        0.01,
                        List.of(new NextTokenPrediction.AtPosition(0, 5, 0.25)),
                        List.of(new NextTokenPrediction.OfBlock(1, 0, 0.75, 0.01, 5, 5.75)),
                        List.of(new NextTokenPrediction.OfBlock(1, -1, 0.75, 0.01, 5, 5.75))));
        return new PointResult(
                new PointLabel(
                        PointLabel.directoryName(text).toLowerCase(Locale.ROOT), x > 0 ? "shuffle" : "", x, text),
                run,
                rows,
                predictions);
    }

    /** An experiment with these points, on one model. */
    public static ExperimentResult experiment(ExperimentKind kind, List<PointResult> points, List<String> warnings) {
        IeResult.ModelSummary model =
                new IeResult.ModelSummary(new ModelProvenance("models/tiny", 1_000_000, "0", "0"), "gpt2", 2, 8, 100);
        EngineProvenance engine = new EngineProvenance("0", "0", "17", "none", "none", "f32", "own");
        return new ExperimentResult(
                kind,
                new ExperimentResult.Origin(engine, Map.of("name", kind.label()), List.of(model), warnings),
                points,
                Findings.of(kind, points),
                new ExperimentResult.Timing(1, Instant.EPOCH));
    }
}
