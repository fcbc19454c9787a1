package org.ieengine.engine.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.tensor.Backend;

/**
 * Full-batch epochs of the published critic on N random pairs: N joint and N permuted ones, forward, backward, Adam.
 *
 * @param dimensions of the states
 * @param widths of the critic's layers
 * @param range of N
 * @param seed the states follow from it
 */
record EpochPass(int dimensions, List<Integer> widths, Range range, long seed) implements RepeatedPass {
    /** Most bytes that an epoch on so many pairs takes. */
    long bytes(Backend backend, int size) {
        CriticSettings settings = CriticSettings.paper().withWidths(widths);
        return 2L * Float.BYTES * size * dimensions
                + PaperProtocol.workspaceBytes(backend, settings, size, size, dimensions);
    }

    /** Epochs before the first that counts: the first two record, load kernels and read the value. */
    private static final int WARM_UP = 2;

    /** Small weights and few steps: nothing overflows. */
    private static final double SPREAD = 0.5;

    @Override
    public String name() {
        return "critic epoch";
    }

    @Override
    public String shape(int size) {
        return String.format(
                Locale.ROOT,
                "%,d pairs of %d + %d dimensions, widths %s",
                size,
                dimensions,
                dimensions,
                String.join("-", widths.stream().map(String::valueOf).toList()));
    }

    @Override
    public String unit() {
        return "row passes";
    }

    @Override
    public double units(int size) {
        return 2.0 * size;
    }

    @Override
    public double[] run(Backend backend, int size, int times, Counted counted) {
        double[] ends = new double[times + WARM_UP];
        try (Workbench bench = new Workbench(backend, Precision.F32, seed, name())) {
            Matrix x = bench.random(size, dimensions, SPREAD);
            Matrix y = bench.random(size, dimensions, SPREAD);
            double[] weight = new double[size];
            Arrays.fill(weight, 1);
            PairedStates pairs = new PairedStates(x.tensor(), y.tensor(), PairSymbols.oneToOne(new int[0], weight));
            CriticSettings settings = CriticSettings.paper().withWidths(widths).withSteps(ends.length);
            new PaperProtocol(backend, settings).train(pairs, new EstimateContext(seed, 0, 0), 0, progress -> {
                backend.synchronise();
                ends[progress.step() - 1] = System.nanoTime() * 1e-9;
                if (progress.step() == WARM_UP) {
                    counted.begins();
                } else if (progress.step() == ends.length) {
                    counted.ends();
                }
            });
        }
        if (ends[ends.length - 1] == 0) {
            throw new IllegalStateException("training ended before its last epoch");
        }
        double[] seconds = new double[times];
        Arrays.setAll(seconds, i -> ends[i + WARM_UP] - ends[i + WARM_UP - 1]);
        return seconds;
    }
}
