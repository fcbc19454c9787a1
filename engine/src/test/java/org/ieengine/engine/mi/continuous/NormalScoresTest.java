package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;

class NormalScoresTest {
    @Test
    void scoresAreQuantilesOfMidRanks() {
        float[] scores = NormalScores.of(new float[] {7, -3, 100, 0}, 1);
        float outer = (float) NormalQuantile.of(7 / 8.0);
        float inner = (float) NormalQuantile.of(5 / 8.0);
        assertArrayEquals(new float[] {inner, -outer, outer, -inner}, scores, 0);
    }

    @Test
    void equalValuesShareTheirMeanRank() {
        float[] scores = NormalScores.of(new float[] {5, 1, 5, 5, -0f, 0f}, 1);
        float five = (float) NormalQuantile.of((5 - 0.5) / 6);
        float one = (float) NormalQuantile.of((3 - 0.5) / 6);
        float zero = (float) NormalQuantile.of((1.5 - 0.5) / 6);
        assertArrayEquals(new float[] {five, one, five, five, zero, zero}, scores, 0);
    }

    @Test
    void constantColumnsBecomeZero() {
        assertArrayEquals(new float[] {0, 0, 0}, NormalScores.of(new float[] {1e30f, 1e30f, 1e30f}, 1), 0);
        assertArrayEquals(new float[] {0}, NormalScores.of(new float[] {-4}, 1), 0);
    }

    @Test
    void ordersAsComparisonDoesWhateverSignAndSize() {
        int n = 1009;
        Philox stream = new Philox(7, 1, 0, 0, 0);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) (stream.normal(i) * Math.exp(15 * stream.normal(i + 2L * n)));
        }
        values[3] = Float.MAX_VALUE;
        values[4] = -Float.MAX_VALUE;
        values[5] = Float.MIN_VALUE;
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        float[] scores = NormalScores.of(values, 1);
        for (int i = 0; i < n; i++) {
            int rank = Arrays.binarySearch(sorted, values[i]) + 1;
            assertEquals((float) NormalQuantile.of((rank - 0.5) / n), scores[i], 1e-6f, "row " + i);
        }
    }

    @Test
    void columnsAreScoredEachByItself() {
        int n = 101;
        int columns = 37;
        float[] values = new float[n * columns];
        new Philox(3, 1, 0, 0, 0).normals(0, 2, values);
        float[] together = NormalScores.of(values, columns);
        for (int c = 0; c < columns; c++) {
            float[] column = new float[n];
            float[] scored = new float[n];
            for (int row = 0; row < n; row++) {
                column[row] = values[row * columns + c];
                scored[row] = together[row * columns + c];
            }
            assertArrayEquals(NormalScores.of(column, 1), scored, 0);
        }
    }

    @Test
    void increasingMapsChangeNothing() {
        float[] values = new float[500];
        new Philox(11, 1, 0, 0, 0).normals(0, 1, values);
        float[] mapped = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            mapped[i] = (float) Math.exp(3 * values[i]);
        }
        assertArrayEquals(NormalScores.of(values, 2), NormalScores.of(mapped, 2), 0);
    }
}
