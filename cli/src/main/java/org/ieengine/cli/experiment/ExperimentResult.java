package org.ieengine.cli.experiment;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.ie.IeResult;

/**
 * The result of an experiment, as {@code experiment.json} holds it.
 *
 * @param kind which experiment
 * @param origin what was run, on what, with which options
 * @param points in the order in which they were measured
 * @param findings what is seen in the numbers
 * @param timing when it ended and how long it took
 */
public record ExperimentResult(
        ExperimentKind kind, Origin origin, List<PointResult> points, List<Finding> findings, Timing timing) {
    /** Keeps the order. */
    public ExperimentResult {
        points = List.copyOf(points);
        findings = List.copyOf(findings);
    }

    /**
     * What was run.
     *
     * @param engine what computed it
     * @param settings every option that can change a number, by name
     * @param models the models, in the order of the command line
     * @param warnings what a reader should know, one sentence each
     */
    public record Origin(
            EngineProvenance engine,
            Map<String, Object> settings,
            List<IeResult.ModelSummary> models,
            List<String> warnings) {
        /** Keeps the order. */
        public Origin {
            settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
            models = List.copyOf(models);
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * The only part that differs between two runs of the same numbers.
     *
     * @param seconds spent by this call
     * @param finished when the last number was there, to the second
     */
    public record Timing(double seconds, Instant finished) {
        /** Cuts fractions of seconds off. */
        public Timing {
            finished = finished.truncatedTo(ChronoUnit.SECONDS);
        }
    }

    /** The model of a point. */
    public IeResult.ModelSummary model(PointResult point) {
        return origin.models().get(point.run().model());
    }

    /** The point of that name; null where there is none. */
    public PointResult point(String name) {
        return points.stream()
                .filter(point -> point.label().name().equals(name))
                .findFirst()
                .orElse(null);
    }
}
