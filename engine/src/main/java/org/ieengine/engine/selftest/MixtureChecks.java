package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.MixtureOperations.MixtureComponents;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSide;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSum;
import org.ieengine.engine.tensor.Tensor;

/** Statistics of columns and log-sums over Gaussian mixtures. */
final class MixtureChecks {
    private static final int KINDS = MixtureSum.values().length;

    private final SelftestScale scale;

    MixtureChecks(SelftestScale scale) {
        this.scale = scale;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (int columns : scale.widths()) {
            int rows = Math.max(5, scale.rows() / columns);
            String shape = "[" + rows + ", " + columns + "]";
            checks.add(new Check("column moments", shape, 1e-10, trial -> columnMoments(trial, rows, columns)));
            checks.add(new Check("standardise", shape, 1e-6, trial -> standardise(trial, rows, columns)));
            checks.add(new Check("squared norms", shape, 1e-6, trial -> squaredNorms(trial, rows, columns)));
        }
        for (int points : scale.widths()) {
            int rows = Math.max(5, scale.rows() / points);
            String shape = "[" + rows + ", " + points + "]";
            checks.add(new Check("nearest centroid", shape, 0, trial -> nearest(trial, rows, points, 1)));
            checks.add(new Check("nearest centroid, ties", shape, 0, trial -> nearest(trial, rows, points, 0)));
        }
        for (int components : new int[] {1, 2, 67, 257, scale == SelftestScale.FULL ? 5003 : 300}) {
            int draws = Math.max(3, Math.min(257, 60_000 / components));
            String shape = draws + " draws, " + components + " components";
            checks.add(new Check("mixture log-sums", shape, 2e-5, trial -> logSums(trial, draws, components)));
        }
        return checks;
    }

    private static double columnMoments(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns);
        double[] weights = new double[rows];
        double total = 0;
        for (int r = 0; r < rows; r++) {
            x[r * columns] += 1000;
            weights[r] = 1 + trial.below(5);
            total += weights[r];
        }
        double[] mean = new double[columns];
        double[] variance = new double[columns];
        trial.backend().columnMoments(trial.input(x, columns), weights, mean, variance);
        double worst = 0;
        for (int c = 0; c < columns; c++) {
            double expectedMean = 0;
            for (int r = 0; r < rows; r++) {
                expectedMean += weights[r] * x[r * columns + c] / total;
            }
            double expectedVariance = 0;
            for (int r = 0; r < rows; r++) {
                expectedVariance += weights[r] * Math.pow(x[r * columns + c] - expectedMean, 2) / total;
            }
            double error = Math.max(
                    Math.abs(mean[c] - expectedMean) / (1 + Math.abs(expectedMean)),
                    Math.abs(variance[c] - expectedVariance) / (1 + expectedVariance));
            worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
        }
        return worst;
    }

    private static double standardise(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns);
        float[] shift = trial.values(columns);
        float[] factor = trial.values(columns);
        Trial.Placed out = trial.placed(x, columns);
        trial.backend().standardise(out.view(), trial.dense(shift, columns), trial.dense(factor, columns), out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                values[c] = ((double) x[row * columns + c] - shift[c]) * factor[c];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double squaredNorms(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns);
        Trial.Placed out = trial.output(rows, 1);
        trial.backend().squaredNorms(trial.input(x, columns), out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                values[0] += (double) x[row * columns + c] * x[row * columns + c];
            }
            scales[0] = 1 + values[0];
        });
    }

    /** The first of the greatest, to the bit; with size 0 all products are equal, and half norms of so few values that there are ties. */
    private static double nearest(Trial trial, int rows, int points, double size) {
        float[] products = trial.values((long) rows * points, size);
        double[] halfNorms = new double[points];
        for (int c = 0; c < points; c++) {
            // What float32 could not tell apart.
            halfNorms[c] = 1 + (size == 0 ? 1e-12 * trial.below(3) : 1e-12 * c);
        }
        int[] nearest = new int[rows];
        double[] scores = new double[rows];
        java.util.Arrays.fill(nearest, -1);
        java.util.Arrays.fill(scores, Double.NaN);
        trial.backend().nearestCentroid(trial.input(products, points), halfNorms, nearest, scores);
        for (int r = 0; r < rows; r++) {
            int first = 0;
            for (int c = 1; c < points; c++) {
                first = products[r * points + c] - halfNorms[c] > products[r * points + first] - halfNorms[first]
                        ? c
                        : first;
            }
            double score = products[r * points + first] - halfNorms[first];
            if (nearest[r] != first || scores[r] != score) {
                throw new SelftestFault("row " + r + " is nearest to " + nearest[r] + " with a score of " + scores[r]
                        + ", not to " + first + " with " + score);
            }
        }
        return 0;
    }

    /** One side: products of the draws with the components, and norms of the components. */
    private record Side(float[] states, float[] noise, float[] norms) {
        static Side draw(Trial trial, int draws, int components) {
            float[] norms = trial.values(components);
            for (int m = 0; m < components; m++) {
                norms[m] = 4 + norms[m];
            }
            return new Side(trial.values((long) draws * components), trial.values((long) draws * components), norms);
        }

        MixtureSide on(Trial trial) {
            Tensor products = trial.input(states, norms.length);
            return new MixtureSide(products, trial.input(noise, norms.length), trial.dense(norms, 1));
        }

        double exponent(int draw, int component, double sigma) {
            int at = draw * norms.length + component;
            return -(norms[component] - 2 * (states[at] + sigma * noise[at])) / (2 * sigma * sigma);
        }
    }

    private static double logSums(Trial trial, int draws, int components) {
        double[] sigmas = {0.3, 1, 4};
        Side x = Side.draw(trial, draws, components);
        Side y = Side.draw(trial, draws, components);
        float[] logWeights = new float[components];
        for (int m = 0; m < components; m++) {
            logWeights[m] = (float) Math.log((1 + trial.below(9)) / (5d * components));
        }
        int[] own = new int[draws];
        int[] from = new int[draws];
        int[] to = new int[draws];
        for (int r = 0; r < draws; r++) {
            own[r] = trial.below(components + 1) - 1;
            from[r] = trial.below(components + 1);
            to[r] = from[r] + trial.below(components - from[r] + 1);
        }
        double[] sums = new double[draws * sigmas.length * KINDS];
        java.util.Arrays.fill(sums, Double.NaN);
        trial.backend()
                .mixtureLogSums(
                        x.on(trial),
                        y.on(trial),
                        new MixtureComponents(
                                trial.dense(logWeights, 1), trial.indices(own), trial.indices(from), trial.indices(to)),
                        sigmas,
                        sums);
        double worst = 0;
        double[] terms = new double[components];
        for (int r = 0; r < draws; r++) {
            for (int s = 0; s < sigmas.length; s++) {
                for (MixtureSum kind : MixtureSum.values()) {
                    boolean group = kind == MixtureSum.X_GROUP || kind == MixtureSum.Y_GROUP;
                    int first = group ? from[r] : 0;
                    int end = group ? to[r] : components;
                    double expected;
                    if (kind == MixtureSum.X_OWN || kind == MixtureSum.Y_OWN) {
                        Side side = kind == MixtureSum.X_OWN ? x : y;
                        expected = own[r] < 0 ? Double.NaN : side.exponent(r, own[r], sigmas[s]);
                    } else {
                        for (int m = first; m < end; m++) {
                            boolean useX = kind != MixtureSum.Y && kind != MixtureSum.Y_GROUP;
                            boolean useY = kind != MixtureSum.X && kind != MixtureSum.X_GROUP;
                            terms[m] = logWeights[m]
                                    + (useX ? x.exponent(r, m, sigmas[s]) : 0)
                                    + (useY ? y.exponent(r, m, sigmas[s]) : 0);
                        }
                        expected = logSum(terms, first, end);
                    }
                    double got = sums[(r * sigmas.length + s) * KINDS + kind.ordinal()];
                    worst = Math.max(worst, difference(got, expected));
                }
            }
        }
        return worst;
    }

    private static double logSum(double[] terms, int from, int to) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int m = from; m < to; m++) {
            greatest = Math.max(greatest, terms[m]);
        }
        double sum = 0;
        for (int m = from; m < to; m++) {
            sum += Math.exp(terms[m] - greatest);
        }
        return from == to ? Double.NEGATIVE_INFINITY : greatest + Math.log(sum);
    }

    /** Divided by 1 + |expected|; NaN and minus infinity must be met exactly. */
    private static double difference(double got, double expected) {
        if (Double.isNaN(expected) || Double.isInfinite(expected)) {
            return Double.compare(got, expected) == 0 ? 0 : Double.POSITIVE_INFINITY;
        }
        double error = Math.abs(got - expected) / (1 + Math.abs(expected));
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }
}
