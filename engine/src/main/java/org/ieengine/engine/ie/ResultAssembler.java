package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.ie.EstimateKeys.Part;
import org.ieengine.engine.ie.MeasureSettings.Estimator;

/**
 * Puts rows of the result together from the numbers of the journal, and from these alone: a resumed run has the same numbers, so
 * it has the same result.
 */
final class ResultAssembler {
    /** What float32 scores may add to an exact ceiling. */
    static final double ROUNDING_BITS = 1e-3;

    private static final Part ALL = new Part(0, 0);

    private final MeasureSettings settings;
    private final Journal journal;

    ResultAssembler(MeasureSettings settings, Journal journal) {
        this.settings = settings;
        this.journal = journal;
    }

    /** Everything measured on one subject. */
    IeResult.Measured measured(Subject subject) {
        List<IeResult.LayerRow> rows = new ArrayList<>();
        for (int layer : subject.grid().layers()) {
            for (int position : subject.grid().positions()) {
                rows.addAll(rows(subject, layer, position));
            }
        }
        return new IeResult.Measured(
                subject.exact().ceiling(),
                rows,
                states(subject),
                NextTokenNumbers.prediction(settings, subject, journal));
    }

    /** The rows of one block at one position, the first estimator asked for first. */
    List<IeResult.LayerRow> rows(Subject subject, int layer, int position) {
        List<IeResult.LayerRow> rows = new ArrayList<>();
        for (Estimator estimator : settings.estimators()) {
            if (estimator.kind() == EstimatorKind.RESOLUTION) {
                rows.addAll(resolutionRows(subject, layer, position));
            } else {
                rows.add(new Averaging(subject, estimator).row(layer, position));
            }
        }
        return rows;
    }

    private ObjectNode numbers(EstimateKey key) {
        ObjectNode found = journal.numbers(key);
        if (found == null) {
            throw new IllegalStateException("the journal lacks " + key);
        }
        return found;
    }

    /** Rows of an estimator whose values are means over critics and slices of dimensions. */
    private final class Averaging {
        private final Subject subject;
        private final Estimator estimator;
        private final EstimateKeys keys;
        private final String bitsName;
        private final int critics;

        Averaging(Subject subject, Estimator estimator) {
            this.subject = subject;
            this.estimator = estimator;
            this.keys = new EstimateKeys(settings, subject);
            this.bitsName = keys.bitsName(estimator);
            this.critics = keys.critics(estimator);
        }

        IeResult.LayerRow row(int layer, int position) {
            Subject.Grid grid = subject.grid();
            int segments = grid.segments().size();
            double[] macro = new double[critics]; // mean over segments
            double[][] micro = new double[position + 1][critics];
            double[][] ofSegment = new double[segments][critics];
            double rowPasses = 0;
            for (int segment = 0; segment < segments; segment++) {
                for (int seed = 0; seed < critics; seed++) {
                    Part part = new Part(seed, segment);
                    ObjectNode found = numbers(keys.macro(estimator, layer, position, part));
                    ofSegment[segment][seed] = NumberNodes.number(found.path(bitsName));
                    macro[seed] += ofSegment[segment][seed] / segments;
                    rowPasses += NumberNodes.number(found.path("row_passes"));
                    for (int token = 0; token <= position; token++) {
                        micro[token][seed] += microBits(layer, token, part) / segments;
                    }
                }
            }
            double[] emergence = macro.clone();
            for (double[] token : micro) {
                for (int seed = 0; seed < critics; seed++) {
                    emergence[seed] -= token[seed] / (position + 1);
                }
            }
            return new IeResult.LayerRow(
                    layer,
                    position,
                    estimator.label(),
                    estimator.kind() == EstimatorKind.CRITIC
                            ? settings.protocol().label()
                            : null,
                    Double.NaN,
                    mean(emergence),
                    deviation(emergence),
                    macroTerm(subject.exact().macroBits(layer, position), macro, ofSegment, rowPasses),
                    microTerms(micro),
                    true);
        }

        private double microBits(int layer, int token, Part part) {
            JsonNode bits = numbers(keys.micro(estimator, layer, token, part)).path(bitsName);
            return NumberNodes.number(bits.isArray() ? bits.get(token) : bits);
        }

        private IeResult.MacroTerm macroTerm(double ceiling, double[] macro, double[][] ofSegment, double rowPasses) {
            Subject.Grid grid = subject.grid();
            List<IeResult.SegmentValue> slices = new ArrayList<>();
            for (int segment = 0; grid.key(0) >= 0 && segment < ofSegment.length; segment++) {
                Subject.Segment slice = grid.segments().get(segment);
                slices.add(new IeResult.SegmentValue(
                        slice.first(), slice.width(), mean(ofSegment[segment]), deviation(ofSegment[segment])));
            }
            double bits = mean(macro);
            double tolerance = estimator.kind() == EstimatorKind.ROWS
                    ? SampleRows.toleranceBits(
                            estimator, subject.sequences().tokens().sequences())
                    : ROUNDING_BITS;
            boolean trained = estimator.kind() == EstimatorKind.CRITIC || estimator == Estimator.INFONCE;
            return new IeResult.MacroTerm(
                    bits,
                    deviation(macro),
                    ceiling,
                    ceiling > 0 ? bits / ceiling : Double.NaN,
                    trained ? Arrays.stream(macro).boxed().toList() : List.of(),
                    rowPasses,
                    bits > ceiling + tolerance,
                    null,
                    slices);
        }

        private List<IeResult.MicroTerm> microTerms(double[][] micro) {
            List<IeResult.MicroTerm> terms = new ArrayList<>();
            for (int token = 0; token < micro.length; token++) {
                terms.add(new IeResult.MicroTerm(
                        token,
                        mean(micro[token]),
                        deviation(micro[token]),
                        subject.exact().microBits(token),
                        subject.exact().distinctTokens(token)));
            }
            return terms;
        }
    }

    private List<IeResult.LayerRow> resolutionRows(Subject subject, int layer, int position) {
        EstimateKeys keys = new EstimateKeys(settings, subject);
        ObjectNode macro = numbers(keys.macro(Estimator.RESOLUTION, layer, position, ALL));
        JsonNode output = macro.path("after");
        double ceiling = subject.exact().macroBits(layer, position);
        List<IeResult.LayerRow> rows = new ArrayList<>();
        double[] noise = subject.grid().noise();
        for (int level = 0; level < noise.length; level++) {
            double bits = number(macro, "bits", level);
            double se = number(macro, "se", level);
            List<IeResult.MicroTerm> micro = new ArrayList<>();
            double emergence = bits;
            for (int token = 0; token <= position; token++) {
                double value = number(numbers(keys.micro(Estimator.RESOLUTION, layer, token, ALL)), "bits", level);
                emergence -= value / (position + 1);
                micro.add(new IeResult.MicroTerm(
                        token,
                        value,
                        Double.NaN,
                        subject.exact().microBits(token),
                        subject.exact().distinctTokens(token)));
            }
            IeResult.MacroTerm term = new IeResult.MacroTerm(
                    bits,
                    Double.NaN,
                    ceiling,
                    ceiling > 0 ? bits / ceiling : Double.NaN,
                    List.of(),
                    Double.NaN,
                    bits > ceiling + 3 * (Double.isFinite(se) ? se : 0) + ROUNDING_BITS,
                    new IeResult.ResolutionParts(
                            se, number(output, "last_token_bits", level), number(output, "context_bits", level)),
                    List.of());
            rows.add(new IeResult.LayerRow(
                    layer,
                    position,
                    Estimator.RESOLUTION.label(),
                    null,
                    noise[level],
                    emergence,
                    Double.NaN,
                    term,
                    micro,
                    noise[level] == subject.grid().leadingNoise()));
        }
        return rows;
    }

    private List<IeResult.StateRow> states(Subject subject) {
        List<IeResult.StateRow> rows = new ArrayList<>();
        if (!settings.estimators().contains(Estimator.RESOLUTION)) {
            return rows;
        }
        double[] noise = subject.grid().noise();
        for (int index : subject.grid().states()) {
            for (int position : subject.grid().positions()) {
                JsonNode found = stateNumbers(subject, index, position);
                for (int level = 0; level < noise.length; level++) {
                    rows.add(new IeResult.StateRow(
                            index,
                            position,
                            noise[level],
                            number(found, "bits", level),
                            number(found, "se", level),
                            number(found, "last_token_bits", level),
                            number(found, "context_bits", level)));
                }
            }
        }
        return rows;
    }

    /** The state quantity comes with the block quantity of the block after the state, or of the one before where that is not wanted. */
    private JsonNode stateNumbers(Subject subject, int index, int position) {
        EstimateKeys keys = new EstimateKeys(settings, subject);
        return subject.grid().layers().contains(index)
                ? numbers(keys.macro(Estimator.RESOLUTION, index, position, ALL))
                        .path("before")
                : numbers(keys.macro(Estimator.RESOLUTION, index - 1, position, ALL))
                        .path("after");
    }

    private static double number(JsonNode node, String name, int level) {
        JsonNode values = node.path(name);
        return NumberNodes.number(values.path(level));
    }

    /** Mean of the values that are finite; NaN when none is. */
    static double mean(double[] values) {
        double sum = 0;
        int count = 0;
        for (double value : values) {
            sum += Double.isFinite(value) ? value : 0;
            count += Double.isFinite(value) ? 1 : 0;
        }
        return sum / count;
    }

    /** Sample deviation of the values that are finite; NaN for fewer than two. */
    static double deviation(double[] values) {
        double mean = mean(values);
        double sum = 0;
        int count = 0;
        for (double value : values) {
            if (Double.isFinite(value)) {
                sum += (value - mean) * (value - mean);
                count++;
            }
        }
        return count < 2 ? Double.NaN : Math.sqrt(sum / (count - 1));
    }
}
