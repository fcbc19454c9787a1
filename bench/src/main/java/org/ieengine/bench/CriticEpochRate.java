package org.ieengine.bench;

import java.util.Arrays;
import java.util.Locale;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * Seconds of one full-batch epoch of the published protocol on N pairs of d dimensions, by the clock, from all work done to all
 * work done: median over the repetitions after a warm-up. Prints one line of JSON; {@code flops} counts the concatenated form, as
 * its rivals compute it.
 *
 * <pre>CriticEpochRate N D THREADS REPEATS [--device cpu|cuda[:I]] [--precision f32|tf32|bf16]</pre>
 */
public final class CriticEpochRate {
    private static final int WARM_UP = 3;

    private CriticEpochRate() {}

    public static void main(String[] args) {
        int n = Integer.parseInt(args[0]);
        int d = Integer.parseInt(args[1]);
        int threads = Integer.parseInt(args[2]);
        int reps = Integer.parseInt(args[3]);
        double[] ends = new double[reps + WARM_UP];
        try (BenchDevice device = BenchDevice.open(Arrays.asList(args).subList(4, args.length), threads);
                Tensor x = device.backend().allocate(n, d);
                Tensor y = device.backend().allocate(n, d)) {
            Backend backend = device.backend();
            float[] before = new float[n * d];
            float[] after = new float[n * d];
            new Philox(0, 0, 0, 0, 0).normals(0, 1, before);
            new Philox(0, 1, 0, 0, 0).normals(0, 0.7, after);
            for (int i = 0; i < after.length; i++) {
                after[i] += 0.7f * before[i];
            }
            backend.write(before, x, 0);
            backend.write(after, y, 0);
            double[] weight = new double[n];
            Arrays.fill(weight, 1);
            PairedStates pairs = new PairedStates(x, y, PairSymbols.oneToOne(new int[0], weight));
            CriticSettings settings = CriticSettings.paper().withSteps(ends.length);
            new PaperProtocol(backend, settings).train(pairs, new EstimateContext(0, 0, 0), 0, progress -> {
                backend.synchronise();
                ends[progress.step() - 1] = System.nanoTime() / 1e9;
            });
            double[] seconds = new double[reps];
            Arrays.setAll(seconds, i -> ends[i + WARM_UP] - ends[i + WARM_UP - 1]);
            Arrays.sort(seconds);
            double median = seconds[reps / 2];
            System.out.printf(
                    Locale.ROOT,
                    "{\"name\": \"critic-epoch\", \"device\": \"%s\", \"n\": %d, \"d\": %d, \"threads\": %d, \"seconds\": %.6f,"
                            + " \"flops\": %.0f, \"tflops\": %.4f}%n",
                    backend.description(),
                    n,
                    d,
                    threads,
                    median,
                    flops(n, d),
                    flops(n, d) / median / 1e12);
        }
    }

    private static double flops(int n, int d) {
        double later = 0;
        for (int l = 1; l < CriticSettings.PUBLISHED_WIDTHS.size(); l++) {
            later += (double) CriticSettings.PUBLISHED_WIDTHS.get(l - 1) * CriticSettings.PUBLISHED_WIDTHS.get(l);
        }
        double first = 2d * d * CriticSettings.PUBLISHED_WIDTHS.get(0);
        return 2d * 2 * n * (2 * first + 3 * later);
    }
}
