package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuNearestCentroidTest {
    @Test
    void isTheFirstOfTheGreatestOnEveryShapeAndPlace() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : new int[][] {{1, 1}, {3, 7}, {131, 2}, {97, 1024}}) {
                    int n = shape[0];
                    int k = shape[1];
                    float[] products = CpuFixtures.normal(k, n * k);
                    double[] halves = new double[k];
                    for (int c = 0; c < k; c++) {
                        halves[c] = c % 5 * 0.1;
                    }
                    for (int i = 0; i < n * k; i++) {
                        products[i] = Math.round(products[i]); // many are as great
                    }
                    for (Tensor at : new Tensor[] {
                        CpuFixtures.tensor(backend, n, k, products), CpuFixtures.view(backend, n, k, products)
                    }) {
                        int[] nearest = new int[n];
                        double[] scores = new double[n];
                        backend.nearestCentroid(at, halves, nearest, scores);
                        for (int r = 0; r < n; r++) {
                            int first = 0;
                            for (int c = 1; c < k; c++) {
                                first = products[r * k + c] - halves[c] > products[r * k + first] - halves[first]
                                        ? c
                                        : first;
                            }
                            assertThat(nearest[r])
                                    .as("row %d of [%d, %d]", r, n, k)
                                    .isEqualTo(first);
                            assertThat(scores[r]).isEqualTo(products[r * k + first] - halves[first]);
                        }
                    }
                }
            }
        }
    }

    @Test
    void nansAreNeverNearest() {
        try (CpuBackend backend = new CpuBackend(1)) {
            float nan = Float.NaN;
            Tensor products = CpuFixtures.tensor(backend, 2, 3, new float[] {nan, -5, nan, nan, nan, nan});
            int[] nearest = {9, 9};
            double[] scores = new double[2];
            backend.nearestCentroid(products, new double[] {0, 1, 2}, nearest, scores);
            assertThat(nearest).containsExactly(1, 0);
            assertThat(scores).containsExactly(-6, Double.NEGATIVE_INFINITY);
        }
    }

    @Test
    void resultsAndNormsOfOtherLengthsAreRefused() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor products = CpuFixtures.tensor(backend, 2, 3, new float[6]);
            assertThatThrownBy(() -> backend.nearestCentroid(products, new double[2], new int[2], new double[2]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("half norms [2], columns [2] and scores [2] for products [2, 3]");
            assertThatThrownBy(() -> backend.nearestCentroid(products, new double[3], new int[1], new double[2]))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> backend.nearestCentroid(products, new double[3], new int[2], new double[3]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
