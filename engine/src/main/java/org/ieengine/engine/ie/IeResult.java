package org.ieengine.engine.ie;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of a run, as {@code results.json} holds it. All information in bits; NaN stands for what has no meaning or is not
 * finite and is written as null.
 *
 * @param engine what computed it
 * @param model the model
 * @param source the sequences
 * @param settings every option that can change a number, with its value
 * @param measured the model itself
 * @param controls by name, as far as asked for: {@code untrained}, {@code shuffled}
 * @param curves training curves of the critics
 * @param warnings what a reader should know
 * @param timings when the run ended and what it took
 * @param journal what the journal holds of this run
 */
public record IeResult(
        EngineProvenance engine,
        ModelSummary model,
        DataSummary source,
        Map<String, Object> settings,
        Measured measured,
        Map<String, Measured> controls,
        List<Curve> curves,
        List<String> warnings,
        RunTimings timings,
        JournalSummary journal) {
    /** Keeps the order of lists and maps. */
    public IeResult {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        controls = Collections.unmodifiableMap(new LinkedHashMap<>(controls));
        curves = List.copyOf(curves);
        warnings = List.copyOf(warnings);
    }

    /**
     * The only part of a result that differs between two runs of the same numbers.
     *
     * @param seconds spent, by part
     * @param finished when the last number was there, to the second
     */
    public record RunTimings(Map<String, Double> seconds, Instant finished) {
        /** Keeps the order of the parts. */
        public RunTimings {
            seconds = Collections.unmodifiableMap(new LinkedHashMap<>(seconds));
            finished = finished.truncatedTo(ChronoUnit.SECONDS);
        }
    }

    /**
     * The model.
     *
     * @param origin path, parameters and check sums
     * @param family {@code model_type}
     * @param layers number of blocks L
     * @param width d
     * @param vocabulary V
     */
    public record ModelSummary(ModelProvenance origin, String family, int layers, int width, int vocabulary) {}

    /**
     * The sequences.
     *
     * @param origin path, check sum, counts of what was read and skipped
     * @param used N
     * @param tokens T
     * @param distinct number of distinct sequences
     */
    public record DataSummary(DataProvenance origin, int used, int tokens, int distinct) {}

    /**
     * Everything measured on one model and one set of sequences.
     *
     * @param ceiling exact values at the last position
     * @param layers one row per (layer, position, estimator, noise), the first estimator asked for first
     * @param states the state quantity J by state index
     * @param prediction how well next tokens are predicted; null when that was off or could not be
     */
    public record Measured(
            Ceiling ceiling, List<LayerRow> layers, List<StateRow> states, NextTokenPrediction prediction) {
        /** Keeps the order. */
        public Measured {
            layers = List.copyOf(layers);
            states = List.copyOf(states);
        }
    }

    /**
     * Exact values of whole sequences at the last position, for blocks 1 and later.
     *
     * @param macroBits entropy of the sequences
     * @param microBits [T] entropy of the token at each position
     * @param ieBits macro minus the mean of micro
     */
    public record Ceiling(double macroBits, List<Double> microBits, double ieBits) {
        /** Keeps the list. */
        public Ceiling {
            microBits = List.copyOf(microBits);
        }
    }

    /**
     * Information Emergence of one block at one position by one estimator.
     *
     * @param layer block
     * @param position end of the macro sequence
     * @param estimator its name
     * @param protocol {@code standard} or {@code paper}; null for an estimator that has no critics of a protocol
     * @param noise sigma of resolution; NaN otherwise
     * @param ieBits mean over seeds
     * @param ieSd deviation of the per-seed values; NaN for fewer than two
     * @param macro the term of the whole sequence
     * @param micro the terms of positions 0 to {@code position}
     * @param leading whether it is the estimator's leading row: resolution at the middle noise level, any other estimator's only
     *     one
     */
    public record LayerRow(
            int layer,
            int position,
            String estimator,
            String protocol,
            double noise,
            double ieBits,
            double ieSd,
            MacroTerm macro,
            List<MicroTerm> micro,
            boolean leading) {
        /** Keeps the order. */
        public LayerRow {
            micro = List.copyOf(micro);
        }

        /** Exact IE of this block at this position: ceiling of macro minus mean ceiling of micro. */
        public double exactIeBits() {
            return macro.ceilingBits()
                    - micro.stream()
                            .mapToDouble(MicroTerm::ceilingBits)
                            .average()
                            .orElse(0);
        }

        /** Mean of the micro terms. */
        public double meanMicroBits() {
            return micro.stream().mapToDouble(MicroTerm::bits).average().orElse(0);
        }
    }

    /**
     * The macro term of a row.
     *
     * @param bits mean over seeds
     * @param sd deviation over seeds; NaN for fewer than two
     * @param ceilingBits exact plug-in value
     * @param share bits / ceiling; NaN for a ceiling of 0
     * @param seeds value of each critic; empty for an estimator without training
     * @param rowPasses pairs through the critic forward and backward, all critics together; NaN without training
     * @param aboveCeiling whether bits exceed the ceiling by more than rounding (resolution: by more than three standard errors)
     * @param resolution the parts of the resolution estimator; null for others
     * @param segments values of the slices of dimensions; empty when there is one critic for all of them
     */
    public record MacroTerm(
            double bits,
            double sd,
            double ceilingBits,
            double share,
            List<Double> seeds,
            double rowPasses,
            boolean aboveCeiling,
            ResolutionParts resolution,
            List<SegmentValue> segments) {
        /** Keeps the order. */
        public MacroTerm {
            seeds = List.copyOf(seeds);
            segments = List.copyOf(segments);
        }
    }

    /**
     * What resolution adds to a macro term.
     *
     * @param se standard error of the bits
     * @param lastTokenBits part of the state quantity of the block's input that the last token carries
     * @param contextBits the rest of it: what the sequence before the last token added
     */
    public record ResolutionParts(double se, double lastTokenBits, double contextBits) {}

    /**
     * One slice of dimensions.
     *
     * @param first first dimension
     * @param width number of dimensions
     * @param bits mean over seeds
     * @param sd deviation over seeds; NaN for fewer than two
     */
    public record SegmentValue(int first, int width, double bits, double sd) {}

    /**
     * A micro term of a row.
     *
     * @param position position of the token
     * @param bits mean over seeds
     * @param sd deviation over seeds; NaN for fewer than two
     * @param ceilingBits exact plug-in value: entropy of the token at that position
     * @param distinct number of distinct tokens at that position
     */
    public record MicroTerm(int position, double bits, double sd, double ceilingBits, int distinct) {}

    /**
     * The state quantity J: information on the prefix that a noisy reader of one state has.
     *
     * @param state index of the state: l is the input of block l, L the output of the last
     * @param position end of the macro sequence
     * @param noise sigma
     * @param bits J
     * @param se its standard error
     * @param lastTokenBits part that the last token carries
     * @param contextBits the rest
     */
    public record StateRow(
            int state, int position, double noise, double bits, double se, double lastTokenBits, double contextBits) {}

    /**
     * A training curve.
     *
     * @param control {@code untrained} or {@code shuffled}; empty for the model itself
     * @param layer block
     * @param position end of the macro sequence or of the micro token; -1 for all positions pooled
     * @param term {@code macro} or {@code micro}
     * @param seed which critic
     * @param segment which slice of dimensions; -1 for all of them
     * @param steps [n] steps at which a value was taken
     * @param bits [n] the values
     */
    public record Curve(
            String control, int layer, int position, String term, int seed, int segment, int[] steps, double[] bits) {}

    /**
     * What the journal of a finished run holds: how a later run knows that it is finished.
     *
     * @param settingsSha256 hash of settings, model and sequences
     * @param estimates number of its lines
     */
    public record JournalSummary(String settingsSha256, int estimates) {}
}
