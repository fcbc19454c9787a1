package org.ieengine.engine.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.MixtureOperations.MixtureComponents;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSide;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSum;

/** The log-sums of the exact resolution, a piece of draws with a piece of components at five noise levels. */
final class MixtureCases {
    /** Exponents of float32. */
    private static final double TOLERANCE = 2e-5;

    /** Draws and components that a run takes at once. */
    private static final int AT_ONCE = 2048;

    private static final double[] SIGMAS = {0.3, 0.6, 1, 2, 4};
    private static final int KINDS = MixtureSum.values().length;
    private static final int SAMPLED = 4;

    private final int atOnce;

    MixtureCases(Extents extents) {
        this.atOnce = Math.min(AT_ONCE, extents.samples());
    }

    List<BenchmarkCase> cases() {
        Extent extent = Extent.of(
                atOnce,
                4L * atOnce + 3 + 2L * SIGMAS.length * KINDS,
                3L * atOnce,
                some -> String.format(
                        Locale.ROOT, "%,d draws, %,d components, %d sigmas", some, atOnce, SIGMAS.length));
        return List.of(new BenchmarkCase(
                "mixture log-sums", "resolution", extent, Traits.READING, (bench, draws) -> logSums(bench, draws)));
    }

    /** Products of the draws with the components, and norms of the components. */
    private record Side(Matrix states, Matrix noise, Matrix norms) {
        static Side of(Workbench bench, int draws, int components) {
            float[] norms = bench.random(components, 1, 1).values().clone();
            for (int m = 0; m < norms.length; m++) {
                norms[m] += 4;
            }
            return new Side(
                    bench.random(draws, components, 1),
                    bench.random(draws, components, 1),
                    bench.of(norms, components, 1));
        }

        MixtureSide tensors() {
            return new MixtureSide(states.tensor(), noise.tensor(), norms.tensor());
        }

        double exponent(int draw, int component, double sigma) {
            return -(norms.at(component, 0) - 2 * (states.at(draw, component) + sigma * noise.at(draw, component)))
                    / (2 * sigma * sigma);
        }
    }

    /** Every draw's own component is here, and its group is all of them. */
    private Prepared logSums(Workbench bench, int draws) {
        Side x = Side.of(bench, draws, atOnce);
        Side y = Side.of(bench, draws, atOnce);
        float[] logs = new float[atOnce];
        Arrays.fill(logs, (float) -Math.log(atOnce));
        int[] own = bench.drawn(draws, atOnce);
        int[] to = new int[draws];
        Arrays.fill(to, atOnce);
        MixtureComponents components = new MixtureComponents(
                bench.of(logs, atOnce, 1).tensor(),
                bench.indices(own),
                bench.indices(new int[draws]),
                bench.indices(to));
        double[] sums = new double[draws * SIGMAS.length * KINDS];
        Arrays.fill(sums, Double.NaN);
        int[] sampled = Arrays.copyOf(bench.sampledRows(draws), Math.min(draws, SAMPLED));
        double terms = (double) draws * atOnce;
        return Prepared.of(
                new Cost(4 * Float.BYTES * terms, 5.0 * 8 * SIGMAS.length * terms),
                () -> bench.backend().mixtureLogSums(x.tensors(), y.tensors(), components, SIGMAS, sums),
                new Check(TOLERANCE, () -> {
                    double worst = 0;
                    for (int draw : sampled) {
                        for (int s = 0; s < SIGMAS.length; s++) {
                            double[] expected = expected(x, y, draw, own[draw], SIGMAS[s], logs[0]);
                            for (int kind = 0; kind < KINDS; kind++) {
                                double got = sums[(draw * SIGMAS.length + s) * KINDS + kind];
                                // Math.max keeps a NaN.
                                worst = Math.max(
                                        worst, Math.abs(got - expected[kind]) / (1 + Math.abs(expected[kind])));
                            }
                        }
                    }
                    return worst;
                }));
    }

    /** The sums of a draw at a noise level, in the order of {@link MixtureSum}. */
    private double[] expected(Side x, Side y, int draw, int own, double sigma, double logWeight) {
        double ofX = 0;
        double ofY = 0;
        double joint = 0;
        double shiftX = greatest(x, draw, sigma);
        double shiftY = greatest(y, draw, sigma);
        for (int m = 0; m < atOnce; m++) {
            double left = Math.exp(x.exponent(draw, m, sigma) - shiftX);
            double right = Math.exp(y.exponent(draw, m, sigma) - shiftY);
            ofX += left;
            ofY += right;
            joint += left * right;
        }
        double[] expected = new double[KINDS];
        expected[MixtureSum.X.ordinal()] = logWeight + shiftX + Math.log(ofX);
        expected[MixtureSum.Y.ordinal()] = logWeight + shiftY + Math.log(ofY);
        expected[MixtureSum.JOINT.ordinal()] = logWeight + shiftX + shiftY + Math.log(joint);
        expected[MixtureSum.X_GROUP.ordinal()] = expected[MixtureSum.X.ordinal()];
        expected[MixtureSum.Y_GROUP.ordinal()] = expected[MixtureSum.Y.ordinal()];
        expected[MixtureSum.X_OWN.ordinal()] = x.exponent(draw, own, sigma);
        expected[MixtureSum.Y_OWN.ordinal()] = y.exponent(draw, own, sigma);
        return expected;
    }

    private double greatest(Side side, int draw, double sigma) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int m = 0; m < atOnce; m++) {
            greatest = Math.max(greatest, side.exponent(draw, m, sigma));
        }
        return greatest;
    }
}
