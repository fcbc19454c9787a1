package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.ieengine.engine.benchmark.RepeatedPass.Counted;
import org.ieengine.engine.benchmark.RepeatedPass.Range;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.model.ModelWeights;

/** Whole passes as a run has them: the sweep of sequences through a model, and an epoch of the published critic. */
public final class EndToEnd {
    private static final int GPT2_SMALL_LAYERS = 12;
    private static final int GPT2_POSITIONS = 1024;
    private static final int SMALL_LAYERS = 2;
    private static final int TOKENS = 8;

    /** Sequences of a sweep and pairs of an epoch at most, on a GPU. */
    private static final int MOST_SEQUENCES = 32_768;

    /** Share of the time of a pass that one repetition may take. */
    private static final double REPETITION_SHARE = 0.12;

    private static final double REPETITIONS_SHARE = 0.5;

    private static final int LOOKS = 3;
    private static final double MOST_GROWTH = 32;

    private EndToEnd() {}

    /**
     * What is measured.
     *
     * @param weights the model; null for a GPT-2 small of random weights
     * @param scale how large the critic is, and the model when none is given
     * @param budgetSeconds for everything: sequences and pairs are cut to stay within it; infinite to cut nothing
     * @param seed everything random follows from it
     */
    public record Settings(ModelWeights weights, BenchmarkScale scale, double budgetSeconds, long seed) {}

    /**
     * Measures the passes.
     *
     * @param listener told of each pass when it is measured; may throw to stop
     */
    public static List<WholePass> run(
            BenchmarkDevice.Session session, Settings settings, Consumer<WholePass> listener) {
        List<WholePass> passes = new ArrayList<>();
        for (RepeatedPass pass : List.of(sweep(session, settings), epoch(session, settings))) {
            WholePass measured = measure(session.backend(), settings, pass);
            passes.add(measured);
            listener.accept(measured);
        }
        return passes;
    }

    private static RepeatedPass sweep(BenchmarkDevice.Session session, Settings settings) {
        ModelWeights weights = settings.weights;
        boolean small = settings.scale == BenchmarkScale.SMALL;
        if (weights == null) {
            ModelShape shape = settings.scale.extents().models().get(0);
            weights = new PatternWeights(
                    shape,
                    small ? SMALL_LAYERS : GPT2_SMALL_LAYERS,
                    small ? 2 * TOKENS : GPT2_POSITIONS,
                    settings.seed);
        }
        int fewest = small ? 2 : 8;
        return new SweepPass(weights, TOKENS, new Range(fewest, small ? 6 : MOST_SEQUENCES), settings.seed);
    }

    private static RepeatedPass epoch(BenchmarkDevice.Session session, Settings settings) {
        BenchmarkScale.Extents extents = settings.scale.extents();
        int fewest = settings.scale == BenchmarkScale.SMALL ? 8 : 256;
        int most = extents.samples();
        EpochPass pass = new EpochPass(extents.dimensions(), extents.widths(), new Range(fewest, most), settings.seed);
        while (most > fewest && pass.bytes(session.backend(), most) > session.memoryBytes()) {
            most = Math.max(fewest, most / 2);
        }
        return new EpochPass(extents.dimensions(), extents.widths(), new Range(fewest, most), settings.seed);
    }

    private static WholePass measure(Backend backend, Settings settings, RepeatedPass pass) {
        boolean small = settings.scale == BenchmarkScale.SMALL;
        double seconds = settings.budgetSeconds / 2;
        int size = pass.range().most();
        if (Double.isFinite(seconds)) {
            size = pass.range().fewest();
            double took = pass.run(backend, size, 1, Counted.NOBODY)[0];
            for (int look = 0; look < LOOKS && took < REPETITION_SHARE * seconds / 2; look++) {
                // What a pass costs however few there are counts ever less.
                double wanted = Math.min(MOST_GROWTH, REPETITION_SHARE * seconds / took) * size;
                size = (int) Math.max(size, Math.min(pass.range().most(), wanted));
                took = pass.run(backend, size, 1, Counted.NOBODY)[0];
            }
        }
        double once = pass.run(backend, size, 1, Counted.NOBODY)[0];
        int most = small ? 2 : 20;
        int repetitions = (int) Math.max(small ? 2 : 3, Math.min(most, REPETITIONS_SHARE * seconds / once));
        Timing timing = Timing.of(pass.run(backend, size, repetitions, Counted.NOBODY), 1);
        try (WorkProfile profile = new WorkProfile(backend)) {
            pass.run(profile.watched(), size, 1, profile);
            return new WholePass(pass.name(), pass.shape(size), pass.unit(), pass.units(size), timing, profile.parts());
        }
    }
}
