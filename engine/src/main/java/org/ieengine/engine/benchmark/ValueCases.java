package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.Tensor;

/** Values of scores with their gradients: Donsker-Varadhan, logistic, InfoNCE. */
final class ValueCases {
    /** A few roundings of float32. */
    private static final double TOLERANCE = 2e-6;

    private static final float FACTOR = -0.75f;

    /** Pairs of a batch of InfoNCE, by the standard settings. */
    private static final int CONTRASTED = 512;

    private final Extents extents;

    ValueCases(Extents extents) {
        this.extents = extents;
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        int pairs = 2 * extents.samples();
        Extent scores = new Extent(
                pairs, 2, 4L * Float.BYTES, Float.BYTES, some -> String.format(Locale.ROOT, "%,d scores", some));
        for (Exponential exponential : Exponential.values()) {
            cases.add(new BenchmarkCase(
                    "donsker-varadhan " + exponential.name().toLowerCase(Locale.ROOT),
                    "critic: value and gradient",
                    scores,
                    Traits.PLAIN,
                    (bench, some) -> donskerVaradhan(bench, some, exponential)));
        }
        cases.add(new BenchmarkCase(
                "logistic", "critic: value and gradient", scores, Traits.PLAIN, ValueCases::logistic));
        int size = Math.min(CONTRASTED, extents.samples());
        cases.add(new BenchmarkCase(
                "contrast",
                "InfoNCE: value and gradient",
                Extent.whole(2L * size * size, BlockCases.shape(size, size)),
                Traits.PLAIN,
                (bench, unused) -> contrast(bench, size)));
        return cases;
    }

    /** Scores of joint pairs, then of product pairs, with the weights of each. */
    private static final class Scored {
        private final Matrix scores;
        private final Matrix weights;
        private final Tensor gradient;
        private final Tensor value;

        Scored(Workbench bench, int pairs) {
            scores = bench.random(pairs, 1, 2);
            float[] both = new float[2 * pairs];
            for (int i = 0; i < pairs; i++) {
                both[2 * i + (i < pairs / 2 ? 0 : 1)] = 2f / pairs;
            }
            weights = bench.of(both, pairs, 2);
            gradient = bench.output(pairs, 1);
            value = bench.output(1, 1);
        }

        double error(Workbench bench, double expected, Workbench.Reference gradients) {
            double ofValue = Math.abs(bench.first(value) - expected) / (1 + Math.abs(expected));
            // Math.max keeps a NaN.
            return Math.max(ofValue, bench.error(gradient, gradients));
        }

        Cost cost(int pairs, int flop) {
            return new Cost(4.0 * Float.BYTES * pairs, (double) flop * pairs);
        }
    }

    private static Prepared donskerVaradhan(Workbench bench, int pairs, Exponential exponential) {
        Scored scored = new Scored(bench, pairs);
        return Prepared.of(
                scored.cost(pairs, 6),
                () -> bench.backend()
                        .donskerVaradhan(
                                scored.scores.tensor(),
                                scored.weights.tensor(),
                                exponential,
                                FACTOR,
                                scored.gradient,
                                scored.value,
                                null),
                new Check(TOLERANCE, () -> {
                    double joint = 0;
                    double sum = 0;
                    for (int i = 0; i < pairs; i++) {
                        joint += (double) scored.weights.at(i, 0) * scored.scores.at(i, 0);
                        sum += scored.weights.at(i, 1) * Math.exp(scored.scores.at(i, 0));
                    }
                    double total = sum;
                    return scored.error(bench, joint - Math.log(total), (row, unused, at) -> {
                        double share = scored.weights.at(row, 1) * Math.exp(scored.scores.at(row, 0)) / total;
                        double weight = scored.weights.at(row, 0);
                        at.set(FACTOR * (weight - share), 1e-3 / pairs + weight + share);
                    });
                }));
    }

    private static Prepared logistic(Workbench bench, int pairs) {
        Scored scored = new Scored(bench, pairs);
        return Prepared.of(
                scored.cost(pairs, 10),
                () -> bench.backend()
                        .logistic(
                                scored.scores.tensor(),
                                null,
                                scored.weights.tensor(),
                                FACTOR,
                                scored.gradient,
                                scored.value,
                                null),
                new Check(TOLERANCE, () -> {
                    double value = 0;
                    for (int i = 0; i < pairs; i++) {
                        double score = scored.scores.at(i, 0);
                        value -= scored.weights.at(i, 0) * Math.log1p(Math.exp(-score))
                                + scored.weights.at(i, 1) * Math.log1p(Math.exp(score));
                    }
                    return scored.error(bench, value, (row, unused, at) -> {
                        double score = scored.scores.at(row, 0);
                        double joint = scored.weights.at(row, 0) / (1 + Math.exp(score));
                        double product = scored.weights.at(row, 1) / (1 + Math.exp(-score));
                        at.set(FACTOR * (joint - product), 1e-3 / pairs + joint + product);
                    });
                }));
    }

    private static Prepared contrast(Workbench bench, int size) {
        Matrix scores = bench.random(size, size, 3);
        Tensor gradient = bench.output(size, size);
        Tensor value = bench.output(1, 1);
        double elements = (double) size * size;
        return Prepared.of(
                new Cost(2 * Float.BYTES * elements, 6 * elements),
                () -> bench.backend().contrast(scores.tensor(), FACTOR, gradient, value, null),
                new Check(TOLERANCE, () -> {
                    double[] rows = new double[size];
                    double[] columns = new double[size];
                    for (int i = 0; i < size; i++) {
                        for (int j = 0; j < size; j++) {
                            rows[i] += Math.exp(scores.at(i, j));
                            columns[j] += Math.exp(scores.at(i, j));
                        }
                    }
                    double expected = Math.log(size);
                    for (int i = 0; i < size; i++) {
                        expected += (scores.at(i, i) - 0.5 * Math.log(rows[i]) - 0.5 * Math.log(columns[i])) / size;
                    }
                    double share = (double) FACTOR / size;
                    double ofValue = Math.abs(bench.first(value) - expected) / (1 + Math.abs(expected));
                    return Math.max(ofValue, bench.error(gradient, (i, j, at) -> {
                        double weight = 0.5 * Math.exp(scores.at(i, j)) * (1 / rows[i] + 1 / columns[j]);
                        at.set(share * ((i == j ? 1 : 0) - weight), Math.abs(share) * ((i == j ? 1 : 1e-2) + weight));
                    }));
                }));
    }
}
