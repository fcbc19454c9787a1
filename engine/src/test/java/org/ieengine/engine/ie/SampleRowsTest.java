package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class SampleRowsTest {
    private static double[] weights(int pairs) {
        Random random = new Random(4);
        double[] weights = new double[pairs];
        Arrays.setAll(weights, i -> random.nextInt(4));
        return weights;
    }

    @Test
    void everyPairIsRepeatedAsOftenAsItOccurs() {
        double[] weights = {2, 0, 1, 3};

        int[] counts = SampleRows.counts(weights, 6, SampleRows.draw(1, true, 0));

        assertThat(counts).containsExactly(2, 0, 1, 3);
    }

    @Test
    void ofTooManySoManyAreDrawnAndFewerAreAmongMore() {
        double[] weights = weights(5000);
        int samples = (int) Arrays.stream(weights).sum();
        int[] few = SampleRows.counts(weights, samples / 10, SampleRows.draw(1, true, 2));
        int[] more = SampleRows.counts(weights, samples / 2, SampleRows.draw(1, true, 2));
        int[] others = SampleRows.counts(weights, samples / 10, SampleRows.draw(1, false, 2));

        assertThat(Arrays.stream(few).sum()).isEqualTo(samples / 10);
        assertThat(Arrays.stream(more).sum()).isEqualTo(samples / 2);
        assertThat(others).isNotEqualTo(few);
        assertThat(SampleRows.counts(weights, samples / 10, SampleRows.draw(1, true, 2)))
                .isEqualTo(few);
        for (int i = 0; i < weights.length; i++) {
            assertThat(few[i]).isLessThanOrEqualTo(more[i]);
            assertThat(more[i]).isLessThanOrEqualTo((int) weights[i]);
        }
        // Pairs at the start are drawn as often as those at the end: of half the samples, half from each half, to 5
        // deviations.
        double before = Arrays.stream(weights, 0, 2500).sum();
        assertThat((double) Arrays.stream(more, 0, 2500).sum()).isBetween(before / 2 - 155, before / 2 + 155);
    }

    @Test
    void rowsAreTheDimensionsOfTheSliceInTheOrderOfThePairs() {
        int pairs = 700;
        int d = 3000;
        int[] counts = new int[pairs];
        counts[0] = 2;
        // Far enough behind the first to be read in another part.
        counts[pairs - 1] = 1;
        float[] values = new float[pairs * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        try (CpuBackend backend = new CpuBackend(1);
                Tensor before = backend.allocate(pairs, d);
                Tensor after = backend.allocate(pairs, d)) {
            backend.write(values, before, 0);
            backend.fill(after, 7);

            SamplePairs rows = SampleRows.of(
                    backend, new SampleRows.States(before, after), counts, new Subject.Segment(10, 2, false));

            float last = (pairs - 1) * d;
            assertThat(rows.x()).containsExactly(10, 11, 10, 11, last + 10, last + 11);
            assertThat(rows.y()).containsExactly(7, 7, 7, 7, 7, 7);
            assertThat(rows.dx()).isEqualTo(2);
        }
    }

    @Test
    void neighboursAreGivenFewerRows() {
        assertThat(SampleRows.most(Estimator.KSG)).isLessThan(SampleRows.most(Estimator.GAUSSIAN));
    }
}
