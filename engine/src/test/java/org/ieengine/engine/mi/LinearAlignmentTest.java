package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Aligned states on channels whose best linear prediction is known in closed form, and critics that start from them. */
class LinearAlignmentTest {
    private static final int ROWS = 6000;
    private static final int D = 12;

    /** Standard normal x, and y = correlation x (coordinates turned round) + independent rest, variance 1. */
    private static float[][] channel(double correlation) {
        float[] x = normals(1);
        float[] rest = normals(2);
        float[] y = new float[x.length];
        for (int i = 0; i < ROWS; i++) {
            for (int c = 0; c < D; c++) {
                y[i * D + c] = (float) (correlation * x[i * D + D - 1 - c]
                        + Math.sqrt(1 - correlation * correlation) * rest[i * D + c]);
            }
        }
        return new float[][] {x, y};
    }

    private static float[] normals(int seed) {
        float[] values = new float[ROWS * D];
        new Philox(seed, 0, 0, 0, 0).normals(0, 1, values);
        return values;
    }

    private interface Body {
        void on(Backend backend, Tensor x, Tensor y);
    }

    private static void with(float[][] states, Body body) {
        try (Backend backend = new CpuBackend(2);
                Tensor x = backend.allocate(ROWS, D);
                Tensor y = backend.allocate(ROWS, D)) {
            backend.write(states[0], x, 0);
            backend.write(states[1], y, 0);
            body.on(backend, x, y);
        }
    }

    private static LinearAlignment aligned(Backend backend, Tensor x, Tensor y) {
        return new LinearAlignment(backend, LinearAlignment.fit(backend, x, y), D);
    }

    @Test
    void whatIsLeftOverIsThatOfTheBestLinearPrediction() {
        for (double correlation : new double[] {0.99, 0.8, 0}) {
            with(channel(correlation), (backend, x, y) -> {
                try (LinearAlignment alignment = aligned(backend, x, y)) {
                    // own error 1 - c^2, unrelated difference c^2 + 1: the prediction's variance and that of y
                    double expected = Math.sqrt((1 - correlation * correlation) / (1 + correlation * correlation));
                    assertThat(alignment.leftOver()).isCloseTo(expected, within(0.02));
                }
            });
        }
    }

    @Test
    void differencesOfPairsThatBelongTogetherAreWhiteAndThoseOfOthersHaveMeanSquareTwo() {
        with(channel(0.9), (backend, x, y) -> {
            try (LinearAlignment alignment = aligned(backend, x, y);
                    Tensor alignedX = backend.allocate(ROWS, 2 * D);
                    Tensor alignedY = backend.allocate(ROWS, 2 * D)) {
                alignment.alignX(x, null, alignedX);
                alignment.alignY(y, alignedY);
                float[] a = new float[ROWS * D];
                float[] b = new float[ROWS * D];
                backend.read(alignedX.columnRange(0, D), 0, ROWS, a);
                backend.read(alignedY.columnRange(0, D), 0, ROWS, b);
                float[] sumA = new float[ROWS * D];
                float[] sumB = new float[ROWS * D];
                backend.read(alignedX.columnRange(D, 2 * D), 0, ROWS, sumA);
                backend.read(alignedY.columnRange(D, 2 * D), 0, ROWS, sumB);
                for (int i = 0; i < a.length; i++) {
                    b[i] = -b[i];
                    assertThat(sumA[i]).isCloseTo(0.1f * a[i], within(1e-5f));
                    assertThat(sumB[i]).isCloseTo(0.1f * b[i], within(1e-5f));
                }
                double own = 0.19 / (0.81 + 1) * 2;
                for (int p = 0; p < D; p++) {
                    for (int q = 0; q <= p; q++) {
                        double product = 0;
                        for (int i = 0; i < ROWS; i++) {
                            product += (a[i * D + p] - b[i * D + p]) * (double) (a[i * D + q] - b[i * D + q]);
                        }
                        assertThat(product / ROWS).isCloseTo(p == q ? own : 0, within(0.02));
                    }
                }
                double others = 0;
                for (int i = 0; i < ROWS; i++) {
                    for (int c = 0; c < D; c++) {
                        double difference = a[i * D + c] - b[(i + 1) % ROWS * D + c];
                        others += difference * difference;
                    }
                }
                assertThat(others / ROWS / D).isCloseTo(2, within(0.05));
            }
        });
    }

    @Test
    void constantDimensionsAndFewRowsAreAligned() {
        float[][] states = channel(0.9);
        for (int i = 0; i < ROWS; i++) {
            states[0][i * D + 3] = 0;
            states[1][i * D + 5] = 0;
        }
        with(states, (backend, x, y) -> {
            for (int rows : new int[] {2, 3, D, ROWS}) {
                try (LinearAlignment alignment = aligned(backend, x.rowRange(0, rows), y.rowRange(0, rows))) {
                    assertThat(alignment.leftOver()).isBetween(0d, 1d);
                }
            }
        });
    }

    @Test
    void anAlignedCriticTellsPairsApartBeforeItIsTrained() {
        with(channel(0.99), (backend, x, y) -> {
            int n = 500;
            try (LinearAlignment alignment = aligned(backend, x, y);
                    Critic critic = Critic.ofAligned(backend, CriticSettings.PUBLISHED_WIDTHS, D);
                    CriticPass pass = new CriticPass(backend, critic, n, 2 * n);
                    Tensor alignedX = backend.allocate(n, 2 * D);
                    Tensor alignedY = backend.allocate(n, 2 * D);
                    Tensor scores = backend.allocate(2 * n, 1);
                    Tensor weights = backend.allocate(2 * n, 2);
                    Tensor value = backend.allocate(1, 1)) {
                critic.initialiseAligned(new Philox(7, 0, 0, 0, 0));
                critic.fallFrom(0, 100);
                alignment.alignX(x.rowRange(0, n), null, alignedX);
                alignment.alignY(y.rowRange(0, n), alignedY);
                pass.project(alignedX, alignedY);
                int[] shifted = new int[n];
                for (int i = 0; i < n; i++) {
                    shifted[i] = (i + 1) % n;
                }
                int[] own = new int[n];
                for (int i = 0; i < n; i++) {
                    own[i] = i;
                }
                PairList others = backend.pairList(n, n, n);
                backend.write(own, shifted, others);
                pass.scores(List.of(new Pairing.Identity(n), new Pairing.Listed(others)), scores);
                float[] terms = new float[4 * n];
                for (int i = 0; i < n; i++) {
                    terms[2 * i] = 1f / n;
                    terms[2 * (n + i) + 1] = 1f / n;
                }
                backend.write(terms, weights, 0);
                backend.donskerVaradhan(scores, weights, Exponential.STABLE, 1f, null, value, null);
                float[] nats = new float[1];
                backend.read(value, 0, 1, nats);
                assertThat(nats[0] / Math.log(2)).isGreaterThan(4);
            }
        });
    }

    @Test
    void whatAClusterAddsIsPartOfThePrediction() {
        float[][] states = channel(0.99);
        int[] label = new int[ROWS];
        float[] shifts = normals(5);
        for (int i = 0; i < ROWS; i++) {
            label[i] = i % 30;
            for (int c = 0; c < D; c++) {
                states[1][i * D + c] += shifts[label[i] * D + c];
            }
        }
        with(states, (backend, x, y) -> {
            double without = LinearAlignment.fit(backend, x, y).leftOver();
            AlignmentFit fit = new AlignmentFit(backend, D, new StateClusters(label, 30));
            int[] rows = IntStream.range(0, ROWS).toArray();
            fit.addToMeans(rows, x, y);
            fit.add(rows, x, y);
            LinearAlignment.Maps maps = fit.maps();
            assertThat(without).isGreaterThan(0.4);
            // own error 0.0199; unrelated: the variances of y, 1 and that of the shifts, and of the prediction
            assertThat(maps.leftOver()).isCloseTo(Math.sqrt(0.0199 / 4), within(0.02));
            backend.write(states[0], x, 0);
            backend.write(states[1], y, 0);
            try (LinearAlignment alignment = new LinearAlignment(backend, maps, D);
                    Indices clusters = backend.indices(label);
                    Tensor alignedX = backend.allocate(ROWS, 2 * D);
                    Tensor alignedY = backend.allocate(ROWS, 2 * D)) {
                assertThat(alignment.clustered()).isTrue();
                alignment.alignX(x, clusters, alignedX);
                alignment.alignY(y, alignedY);
                float[] a = new float[ROWS * D];
                float[] b = new float[ROWS * D];
                backend.read(alignedX.columnRange(0, D), 0, ROWS, a);
                backend.read(alignedY.columnRange(0, D), 0, ROWS, b);
                double own = 0;
                for (int i = 0; i < a.length; i++) {
                    own += (a[i] + b[i]) * (double) (a[i] + b[i]) / a.length;
                }
                assertThat(Math.sqrt(own / 2)).isCloseTo(maps.leftOver(), within(0.1 * maps.leftOver()));
            }
        });
    }
}
