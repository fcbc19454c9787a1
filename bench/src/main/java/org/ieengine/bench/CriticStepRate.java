package org.ieengine.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.ieengine.engine.cpu.BareProduct.Shape;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * How fast a step of the standard protocol is beside the bare matrix products in it: loading and aligning a batch, the critic forward and
 * backward, Adam, and the draw of the next step. After each step {@code cblas_sgemm} is called with the shapes of the same
 * products, OpenBLAS given the same number of threads. Prints one line of JSON; seconds are medians over the steps by the clock (steps
 * on which the value is read are beyond the median), {@code ratio_cpu_time} is the median ratio of the CPU time of the process,
 * which tells more while other programs compete for the cores.
 *
 * <pre>CriticStepRate N D THREADS STEPS</pre>
 *
 * States are x and x + 0.1 e, normal: x predicts y, so that they are aligned, as those of a block are.
 */
public final class CriticStepRate {
    private static final int WARM_UP = 10;

    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final CpuBackend backend;
    private final int d;
    private final int batch;
    private final List<double[]> times = new ArrayList<>();
    private BareProducts products;
    private long wall;
    private long cpu;

    private CriticStepRate(CpuBackend backend, int d, int batch) {
        this.backend = backend;
        this.d = d;
        this.batch = batch;
    }

    public static void main(String[] args) {
        int n = Integer.parseInt(args[0]);
        int d = Integer.parseInt(args[1]);
        int threads = Integer.parseInt(args[2]);
        CriticSettings settings = CriticSettings.standard()
                .withCritics(1)
                .withSteps(Integer.parseInt(args[3]) + WARM_UP)
                .withStopShare(Double.POSITIVE_INFINITY);
        try (CpuBackend backend = new CpuBackend(threads);
                Tensor x = backend.allocate(n, d);
                Tensor y = backend.allocate(n, d)) {
            float[] before = new float[n * d];
            float[] after = new float[n * d];
            new Philox(0, 0, 0, 0, 0).normals(0, 1, before);
            new Philox(0, 1, 0, 0, 0).normals(0, 0.1, after);
            for (int i = 0; i < after.length; i++) {
                after[i] += before[i];
            }
            backend.write(before, x, 0);
            backend.write(after, y, 0);
            double[] weight = new double[n];
            Arrays.fill(weight, 1);
            PairedStates pairs = new PairedStates(x, y, PairSymbols.oneToOne(new int[0], weight));
            CriticStepRate rate = new CriticStepRate(backend, d, StandardProtocol.batch(settings, n));
            try (StandardProtocol protocol = new StandardProtocol(backend, settings)) {
                protocol.train(
                        pairs,
                        new EstimateContext(0, 0, 0),
                        0,
                        progress -> rate.stepped(Math.toIntExact(progress.rows() / progress.step())));
            }
            System.out.println(rate.report(threads, n));
            rate.products.close();
        }
    }

    /** A step has ended: its time is taken, then that of the bare products. */
    private void stepped(int pairsOfStep) {
        long wallOfStep = System.nanoTime() - wall;
        long cpuOfStep = system.getProcessCpuTime() - cpu;
        if (products == null) {
            products = new BareProducts(backend, productsOfStep(pairsOfStep));
        }
        times.add(products.timed(run -> {
            long wallBefore = System.nanoTime();
            long cpuBefore = system.getProcessCpuTime();
            run.run();
            return new double[] {
                wallOfStep, cpuOfStep, System.nanoTime() - wallBefore, system.getProcessCpuTime() - cpuBefore
            };
        }));
        wall = System.nanoTime();
        cpu = system.getProcessCpuTime();
    }

    /** Alignment and first layer on the batch, later layers on its pairs, forward and backward. */
    private List<Shape> productsOfStep(int pairs) {
        List<Integer> widths = CriticSettings.PUBLISHED_WIDTHS;
        int first = widths.get(0);
        List<Shape> shapes = new ArrayList<>();
        for (int side = 0; side < 2; side++) {
            shapes.add(new Shape(batch, d, d, false, true));
            shapes.add(new Shape(batch, d, d, false, true));
            shapes.add(new Shape(batch, first, 2 * d, false, true));
        }
        for (int layer = 1; layer < widths.size(); layer++) {
            shapes.add(new Shape(pairs, widths.get(layer), widths.get(layer - 1), false, true));
        }
        for (int layer = widths.size() - 1; layer >= 1; layer--) {
            shapes.add(new Shape(widths.get(layer), widths.get(layer - 1), pairs, true, false));
            shapes.add(new Shape(pairs, widths.get(layer - 1), widths.get(layer), false, false));
        }
        for (int side = 0; side < 2; side++) {
            shapes.add(new Shape(first, 2 * d, batch, true, false));
        }
        return shapes;
    }

    private String report(int threads, int n) {
        List<double[]> counted = times.subList(WARM_UP, times.size());
        double seconds = median(counted, t -> t[0]) / 1e9;
        double bare = median(counted, t -> t[2]) / 1e9;
        return String.format(
                Locale.ROOT,
                "{\"name\": \"critic-step\", \"backend\": \"%s\", \"n\": %d, \"d\": %d, \"batch\": %d, \"threads\": %d, \"gflop\": %.3f,"
                        + " \"seconds\": %.5f, \"gflops\": %.2f, \"bare_seconds\": %.5f, \"bare_gflops\": %.2f,"
                        + " \"ratio\": %.4f, \"ratio_cpu_time\": %.4f}",
                backend.description(),
                n,
                d,
                batch,
                threads,
                products.flop() / 1e9,
                seconds,
                products.flop() / seconds / 1e9,
                bare,
                products.flop() / bare / 1e9,
                median(counted, t -> t[2] / t[0]),
                median(counted, t -> t[3] / t[1]));
    }

    private static double median(List<double[]> times, ToDoubleFunction<double[]> of) {
        double[] sorted = times.stream().mapToDouble(of).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
