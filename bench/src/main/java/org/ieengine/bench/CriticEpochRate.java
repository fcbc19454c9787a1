package org.ieengine.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Time of full-batch epochs of the published protocol on N pairs of d dimensions. Prints one line of JSON:
 *
 * <ul>
 *   <li>{@code seconds}: by the clock, from all work done to all work done, median over the repetitions;
 *   <li>{@code wall_seconds}: by the clock, a repetition's share of a training that waits only where training itself does;
 *   <li>{@code device_seconds}: the device's own time between two epochs of that training, median; null on the processor;
 *   <li>{@code overhead}: the share of {@code wall_seconds} in which the device was not at work, 1 - device / wall; null likewise;
 *   <li>{@code flops}: of the concatenated form, as its rivals compute it; {@code split_flops}: of the split first layer, with the
 *       products that joint and permuted pairs share;
 *   <li>{@code bytes}: states, projections, hidden layers and their gradients in 16-bit numbers, each written once and read as often
 *       as a layer needs it.
 * </ul>
 *
 * <pre>CriticEpochRate N D THREADS REPEATS [--device cpu|cuda[:I]] [--precision f32|tf32|bf16]</pre>
 */
public final class CriticEpochRate {
    private static final int WARM_UP = 3;
    private static final List<Integer> WIDTHS = CriticSettings.PUBLISHED_WIDTHS;

    private final BenchDevice device;
    private final PairedStates pairs;
    private final int repeats;

    private CriticEpochRate(BenchDevice device, PairedStates pairs, int repeats) {
        this.device = device;
        this.pairs = pairs;
        this.repeats = repeats;
    }

    public static void main(String[] args) {
        int n = Integer.parseInt(args[0]);
        int d = Integer.parseInt(args[1]);
        int threads = Integer.parseInt(args[2]);
        int repeats = Integer.parseInt(args[3]);
        try (BenchDevice device = BenchDevice.open(Arrays.asList(args).subList(4, args.length), threads)) {
            System.out.println(measure(device, n, d, threads, repeats));
        }
    }

    /** One line of JSON. */
    static String measure(BenchDevice device, int n, int d, int threads, int repeats) {
        try (Tensor x = NormalTensors.allocate(device.backend(), n, d, 0);
                Tensor noise = NormalTensors.allocate(device.backend(), n, d, 1);
                Tensor y = device.backend().allocate(n, d)) {
            // y = 0.7 (x + noise)
            Backend backend = device.backend();
            backend.copy(x, y);
            backend.add(noise, y);
            try (Tensor shift = backend.allocate(1, d);
                    Tensor scale = backend.allocate(1, d)) {
                backend.fill(scale, 0.7f);
                backend.standardise(y, shift, scale, y);
            }
            double[] weight = new double[n];
            Arrays.fill(weight, 1);
            PairedStates pairs = new PairedStates(x, y, PairSymbols.oneToOne(new int[0], weight));
            return new CriticEpochRate(device, pairs, repeats).measure(threads);
        }
    }

    private String measure(int threads) {
        double each = secondsWaitingForEach();
        double[] wallAndDevice = secondsWithoutWaiting();
        double wall = wallAndDevice[0];
        double own = wallAndDevice[1];
        boolean gpu = !device.onProcessor();
        int n = Math.toIntExact(pairs.x().rows());
        int d = pairs.x().columns();
        return String.format(
                Locale.ROOT,
                "{\"name\": \"critic-epoch\", \"device\": \"%s\", \"n\": %d, \"d\": %d, \"threads\": %d, \"repeats\": %d,"
                        + " \"seconds\": %.6f, \"wall_seconds\": %.6f, \"device_seconds\": %s, \"overhead\": %s,"
                        + " \"flops\": %.0f, \"tflops\": %.4f, \"split_flops\": %.0f, \"bytes\": %.0f}",
                device.backend().description(),
                n,
                d,
                threads,
                repeats,
                each,
                wall,
                gpu ? StepTimes.json(own, 6) : "null",
                gpu ? StepTimes.json(1 - own / wall, 4) : "null",
                flops(n, d),
                flops(n, d) / each / 1e12,
                splitFlops(n, d),
                bytes(n, d));
    }

    private double secondsWaitingForEach() {
        double[] ends = new double[WARM_UP + repeats];
        train(step -> {
            device.backend().synchronise();
            ends[step - 1] = System.nanoTime() / 1e9;
        });
        double[] seconds = new double[repeats];
        Arrays.setAll(seconds, i -> ends[i + WARM_UP] - ends[i + WARM_UP - 1]);
        return StepTimes.median(seconds);
    }

    /** By the clock, and by the device. */
    private double[] secondsWithoutWaiting() {
        long[] begin = new long[1];
        long[] end = new long[1];
        try (StepTimes times = new StepTimes(device.backend())) {
            train(step -> {
                if (step == WARM_UP) {
                    device.backend().synchronise();
                    begin[0] = System.nanoTime();
                }
                if (step >= WARM_UP) {
                    times.mark();
                }
                if (step == WARM_UP + repeats) {
                    device.backend().synchronise();
                    end[0] = System.nanoTime();
                }
            });
            return new double[] {(end[0] - begin[0]) / 1e9 / repeats, StepTimes.median(times.seconds())};
        }
    }

    private interface AfterStep {
        void step(int step);
    }

    private void train(AfterStep after) {
        CriticSettings settings = CriticSettings.paper().withSteps(WARM_UP + repeats);
        new PaperProtocol(device.backend(), settings)
                .train(pairs, new EstimateContext(0, 0, 0), 0, progress -> after.step(progress.step()));
    }

    /** Multiply-adds of a pair in the layers after the first. */
    private static double later() {
        double later = 0;
        for (int l = 1; l < WIDTHS.size(); l++) {
            later += (double) WIDTHS.get(l - 1) * WIDTHS.get(l);
        }
        return later;
    }

    /** Forward and the gradients of weights, and of inputs but for the first layer's, for N joint and N permuted pairs. */
    private static double flops(int n, int d) {
        return 2d * 2 * n * (2 * 2d * d * WIDTHS.get(0) + 3 * later());
    }

    /** Each state is projected once, and the gradients of the projections meet in it. */
    private static double splitFlops(int n, int d) {
        return 2d * n * (2 * 2d * d * WIDTHS.get(0) + 2 * 3 * later());
    }

    private static double bytes(int n, int d) {
        double hidden = WIDTHS.stream().skip(1).mapToInt(Integer::intValue).sum();
        double states = 2 * 2d * d;
        // Written once, read by joint and permuted pairs; their gradients written and read once.
        double projections = 2 * (1 + 2 + 2) * (double) WIDTHS.get(0);
        // Written, read forward and backward, gradient written and read.
        return Short.BYTES * n * (states + projections + 2 * 5 * hidden);
    }
}
