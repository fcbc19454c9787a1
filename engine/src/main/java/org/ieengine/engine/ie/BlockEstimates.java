package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.mi.CurvePoint;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** Makes single estimates of one block from copies of the states before and after it; gives their numbers for the journal. */
final class BlockEstimates {
    private final Estimators estimators;
    private final long seed;
    private final Backend backend;
    private final Subject subject;
    private final PairSource pairs;
    private final BlockStates states;
    private final RowEstimates rows;
    private Place lastPlace;
    private PairedStates lastPairs;

    /**
     * @param run estimators, seed and backend
     */
    BlockEstimates(Means run, Subject subject, BlockStates states) {
        this.estimators = run.estimators;
        this.seed = run.seed;
        this.backend = run.backend;
        this.subject = subject;
        this.pairs = subject.pairs();
        this.states = states;
        this.rows = new RowEstimates(run, subject, states);
    }

    /**
     * With what estimates are made.
     *
     * @param estimators the estimators
     * @param seed the run's seed
     * @param backend where the states lie
     */
    record Means(Estimators estimators, long seed, Backend backend) {}

    /** The numbers of one estimate. */
    ObjectNode make(EstimateKey key, TrainingListener listener) {
        if (key.term().equals("merged")) {
            return merged(key.layer());
        }
        if (key.is(EstimatorKind.ROWS)) {
            return rows.make(key, listener);
        }
        boolean critic = key.is(EstimatorKind.CRITIC);
        if (key.term().equals("macro")) {
            return critic ? macroCritic(key, listener) : macroResolution(key, listener);
        }
        return critic ? microCritic(key, listener) : microResolution(key, listener);
    }

    private ObjectNode merged(int layer) {
        ObjectNode numbers = NumberNodes.object();
        ArrayNode before = numbers.putArray("before");
        ArrayNode after = numbers.putArray("after");
        for (int position : subject.grid().positions()) {
            PairSymbols symbols = pairs.macro(layer, position, false).symbols();
            before.add(MergedStates.count(backend, states.before(position), symbols.x()));
            after.add(MergedStates.count(backend, states.after(position), symbols.y()));
        }
        int[] tokens = new int[pairs.microTokens()];
        Arrays.setAll(tokens, i -> i);
        numbers.put("micro_before", MergedStates.count(backend, states.microBefore(), tokens));
        numbers.put("micro_after", MergedStates.count(backend, states.microAfter(), tokens));
        return numbers;
    }

    private ObjectNode macroCritic(EstimateKey key, TrainingListener listener) {
        PairedStates slice = ofAllCritics(key, () -> {
            // No group where it says nothing: at block 0 the symbol is the token itself, at position 0 there is no
            // context.
            boolean grouped = key.layer() > 0 && key.position() > 0;
            PairSymbols symbols =
                    pairs.macro(key.layer(), key.position(), grouped).symbols();
            return slice(states.before(key.position()), states.after(key.position()), symbols, key.segment());
        });
        EstimateContext context = new EstimateContext(seed, key.layer(), key.position());
        return numbers(key, estimators.critic(slice, context, critic(key, listener)));
    }

    private static Estimators.Critic critic(EstimateKey key, TrainingListener listener) {
        return new Estimators.Critic(key.seed(), key.all(), listener);
    }

    /** What critics that differ in their seed alone are trained on: one and the same object, by which they know what they share. */
    private PairedStates ofAllCritics(EstimateKey key, Supplier<PairedStates> made) {
        Place place = new Place(key.term(), key.position(), key.segment());
        if (!place.equals(lastPlace)) {
            lastPairs = made.get();
            lastPlace = place;
        }
        return lastPairs;
    }

    private record Place(String term, int position, int segment) {}

    private ObjectNode microCritic(EstimateKey key, TrainingListener listener) {
        if (key.position() >= 0) {
            return microCriticAt(key, listener);
        }
        int positions = subject.grid().lastPosition() + 1;
        List<Estimator> readings = key.all();
        double[][] bits = new double[readings.size()][positions];
        ObjectNode numbers = NumberNodes.object();
        if (positions > 1 || !pairs.isBeginning(0)) {
            PairedStates slice = ofAllCritics(
                    key, () -> slice(states.microBefore(), states.microAfter(), pairs.pooledMicro(), key.segment()));
            EstimateContext context = new EstimateContext(seed, key.layer(), EstimateContext.POOLED);
            List<double[]> weights = new ArrayList<>();
            for (int position = 0; position < positions; position++) {
                if (!pairs.isBeginning(position)) {
                    weights.add(pairs.microWeights(position));
                }
            }
            List<List<SeedEstimate>> pooled = estimators.pooledCritic(slice, weights, context, critic(key, listener));
            numbers = numbers(key, pooled.get(0));
            int first = positions - weights.size();
            for (int position = first; position < positions; position++) {
                for (int e = 0; e < readings.size(); e++) {
                    bits[e][position] = pooled.get(position - first).get(e).bits();
                }
            }
        }
        for (int e = 0; e < readings.size(); e++) {
            NumberNodes.put(numbers, EstimateKeys.bitsName(readings.get(e), readings), bits[e]);
        }
        return numbers;
    }

    private ObjectNode microCriticAt(EstimateKey key, TrainingListener listener) {
        if (pairs.isBeginning(key.position())) {
            return zero("bits");
        }
        try (TokenPairs at = tokenPairs(key.position())) {
            PairedStates slice = slice(at.before, at.after, at.symbols, key.segment());
            EstimateContext context = new EstimateContext(seed, key.layer(), key.position());
            return numbers(key, estimators.critic(slice, context, critic(key, listener)));
        }
    }

    private ObjectNode macroResolution(EstimateKey key, TrainingListener listener) {
        PairSymbols symbols = pairs.macro(key.layer(), key.position(), true).symbols();
        PairedStates all = new PairedStates(states.before(key.position()), states.after(key.position()), symbols);
        ResolutionEstimate estimate = estimators.resolution(all, listener);
        ObjectNode numbers = levels(estimate);
        putState(numbers.putObject("before"), estimate, ResolutionEstimate.Level::x);
        putState(numbers.putObject("after"), estimate, ResolutionEstimate.Level::y);
        return numbers;
    }

    private ObjectNode microResolution(EstimateKey key, TrainingListener listener) {
        if (pairs.isBeginning(key.position())) {
            ObjectNode numbers = NumberNodes.object();
            double[] noise = subject.grid().noise();
            NumberNodes.put(numbers, "noise", noise);
            NumberNodes.put(numbers, "bits", new double[noise.length]);
            NumberNodes.put(numbers, "se", new double[noise.length]);
            return numbers;
        }
        try (TokenPairs at = tokenPairs(key.position())) {
            return levels(estimators.resolution(new PairedStates(at.before, at.after, at.symbols), listener));
        }
    }

    private static ObjectNode zero(String name) {
        ObjectNode numbers = NumberNodes.object();
        NumberNodes.put(numbers, name, 0);
        return numbers;
    }

    /** Copies of the states of the tokens at one position. */
    private record TokenPairs(Tensor before, Tensor after, PairSymbols symbols) implements AutoCloseable {
        @Override
        public void close() {
            before.close();
            after.close();
        }
    }

    private TokenPairs tokenPairs(int position) {
        PairSource.Micro micro = pairs.micro(position);
        int d = states.microBefore().columns();
        Tensor before = backend.allocate(micro.rows().length, d);
        try (Indices rows = backend.indices(micro.rows())) {
            backend.gatherRows(states.microBefore(), rows, before);
            Tensor after = backend.allocate(micro.rows().length, d);
            backend.gatherRows(states.microAfter(), rows, after);
            return new TokenPairs(before, after, micro.symbols());
        } catch (RuntimeException e) {
            before.close();
            throw e;
        }
    }

    private PairedStates slice(Tensor before, Tensor after, PairSymbols symbols, int segment) {
        Subject.Segment slice = subject.grid().segments().get(Math.max(segment, 0));
        int end = slice.first() + slice.width();
        return new PairedStates(before.columnRange(slice.first(), end), after.columnRange(slice.first(), end), symbols);
    }

    /** Of one training; the bits by each name that it was read by. */
    private static ObjectNode numbers(EstimateKey key, List<SeedEstimate> readings) {
        SeedEstimate estimate = readings.get(0);
        ObjectNode numbers = NumberNodes.object();
        for (int e = 0; e < readings.size(); e++) {
            String name = EstimateKeys.bitsName(key.all().get(e), key.all());
            NumberNodes.put(numbers, name, readings.get(e).bits());
        }
        NumberNodes.put(numbers, "held_out_bits", estimate.heldOutBits());
        numbers.put("steps", estimate.steps());
        numbers.put("row_passes", estimate.rowPasses());
        NumberNodes.put(numbers, "seconds", estimate.seconds());
        List<CurvePoint> curve = estimate.curve();
        NumberNodes.put(
                numbers,
                "curve_steps",
                curve.stream().mapToInt(CurvePoint::step).toArray());
        NumberNodes.put(
                numbers,
                "curve_bits",
                curve.stream().mapToDouble(CurvePoint::bits).toArray());
        ArrayNode warnings = numbers.putArray("warnings");
        estimate.warnings().forEach(warnings::add);
        return numbers;
    }

    private static ObjectNode levels(ResolutionEstimate estimate) {
        ObjectNode numbers = NumberNodes.object();
        List<ResolutionEstimate.Level> levels = estimate.levels();
        NumberNodes.put(
                numbers,
                "noise",
                levels.stream().mapToDouble(ResolutionEstimate.Level::sigma).toArray());
        NumberNodes.put(
                numbers,
                "bits",
                levels.stream().mapToDouble(level -> level.block().bits()).toArray());
        NumberNodes.put(
                numbers,
                "se",
                levels.stream().mapToDouble(level -> level.block().se()).toArray());
        NumberNodes.put(numbers, "seconds", estimate.seconds());
        return numbers;
    }

    private interface StateOfLevel {
        ResolutionEstimate.StateInformation of(ResolutionEstimate.Level level);
    }

    private static void putState(ObjectNode target, ResolutionEstimate estimate, StateOfLevel state) {
        List<ResolutionEstimate.StateInformation> levels =
                estimate.levels().stream().map(state::of).toList();
        NumberNodes.put(
                target,
                "bits",
                levels.stream().mapToDouble(j -> j.total().bits()).toArray());
        NumberNodes.put(
                target, "se", levels.stream().mapToDouble(j -> j.total().se()).toArray());
        NumberNodes.put(
                target,
                "last_token_bits",
                levels.stream()
                        .mapToDouble(ResolutionEstimate.StateInformation::lastTokenBits)
                        .toArray());
        NumberNodes.put(
                target,
                "context_bits",
                levels.stream()
                        .mapToDouble(ResolutionEstimate.StateInformation::contextBits)
                        .toArray());
    }
}
