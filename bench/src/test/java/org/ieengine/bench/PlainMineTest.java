package org.ieengine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.bench.MineCritic.Batch;
import org.ieengine.bench.tasks.BeyondNormal;
import org.ieengine.bench.tasks.KnownTask;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rival: its value written out, its gradient by differences, what it reads where the truth is known. */
class PlainMineTest {
    private static SamplePairs normals(int n, int dx, int dy) {
        float[] x = new float[n * dx];
        float[] y = new float[n * dy];
        new Philox(1, 1, 0, 0, 0).normals(0, 1, x);
        new Philox(1, 2, 0, 0, 0).normals(0, 1, y);
        return new SamplePairs(x, dx, y, dy);
    }

    private static double scoreByDefinition(MineCritic critic, double[] z, int dx, int dy) {
        double[] p = critic.parameters();
        double[] h1 = new double[MineCritic.FIRST];
        for (int k = 0; k < h1.length; k++) {
            double sum = p[16 * (dx + dy) + k];
            for (int c = 0; c < dx; c++) {
                sum += p[16 * c + k] * z[c];
            }
            for (int c = 0; c < dy; c++) {
                sum += p[16 * (dx + c) + k] * z[dx + c];
            }
            h1[k] = Math.max(0, sum);
        }
        int at = 16 * (dx + dy) + 16;
        double score = p[at + 128 + 8 + 8];
        for (int m = 0; m < MineCritic.SECOND; m++) {
            double sum = p[at + 128 + m];
            for (int k = 0; k < 16; k++) {
                sum += p[at + 16 * m + k] * h1[k];
            }
            score += p[at + 128 + 8 + m] * Math.max(0, sum);
        }
        return score;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 2"})
    void theValueIsDonskerVaradhanOfTheConcatenatedCritic(int dx, int dy) {
        SamplePairs pairs = normals(20, dx, dy);
        MineCritic critic = new MineCritic(dx, dy, new Philox(3, 0, 0, 0, 0));
        int[] rows = {4, 17, 2, 9};
        int[][] partners = {{1, 2, 3, 0}, {0, 3, 1, 2}};
        double joint = 0;
        double mass = 0;
        for (int i = 0; i < rows.length; i++) {
            joint += scoreByDefinition(critic, joined(pairs, rows[i], rows[i]), dx, dy);
            for (int[] partner : partners) {
                mass += Math.exp(scoreByDefinition(critic, joined(pairs, rows[i], rows[partner[i]]), dx, dy));
            }
        }
        assertThat(critic.value(pairs, new Batch(rows, partners), new double[0]))
                .isCloseTo(joint / 4 - Math.log(mass / 8), within(1e-12));
    }

    private static double[] joined(SamplePairs pairs, int i, int j) {
        double[] z = new double[pairs.dx() + pairs.dy()];
        for (int c = 0; c < z.length; c++) {
            z[c] = c < pairs.dx() ? pairs.x()[i * pairs.dx() + c] : pairs.y()[j * pairs.dy() + c - pairs.dx()];
        }
        return z;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 2, 1", "2, 5, 3"})
    void theGradientIsThatOfDifferences(int dx, int dy, int pairings) {
        SamplePairs pairs = normals(40, dx, dy);
        MineCritic critic = new MineCritic(dx, dy, new Philox(7, 0, 0, 0, 0));
        int[] rows = new int[32];
        Arrays.setAll(rows, i -> i + 3);
        int[][] partners = new int[pairings][32];
        for (int k = 0; k < pairings; k++) {
            int shift = k + 1;
            Arrays.setAll(partners[k], i -> (i + shift) % 32);
        }
        Batch batch = new Batch(rows, partners);
        double[] gradient = new double[critic.parameters().length];
        critic.value(pairs, batch, gradient);
        double step = 1e-6;
        double largest = 0;
        for (int i = 0; i < gradient.length; i++) {
            double held = critic.parameters()[i];
            critic.parameters()[i] = held + step;
            double above = critic.value(pairs, batch, new double[0]);
            critic.parameters()[i] = held - step;
            double below = critic.value(pairs, batch, new double[0]);
            critic.parameters()[i] = held;
            // The value is of order 1: differences keep 1e-16 / 1e-6.
            assertThat(gradient[i]).as("parameter %d", i).isCloseTo((above - below) / (2 * step), within(1e-8));
            largest = Math.max(largest, Math.abs(gradient[i]));
        }
        assertThat(largest).as("the gradient is not nothing").isGreaterThan(1e-3);
    }

    @Test
    void readsCorrelatedNormalsAndIndependentOnes() {
        KnownTask normal = BeyondNormal.tasks().get(0);
        PlainMine mine = new PlainMine(new PlainMine.Settings(2_000, 256, 1e-3, 250));
        ContinuousEstimate dependent = mine.estimate(normal.sample(10_000, 1), 1, TrainingListener.SILENT);
        // Held-out values of 5,000 pairs scatter by about 0.015 nats.
        assertThat(dependent.bits() * Math.log(2)).isCloseTo(normal.truth(), within(0.06));
        assertThat(dependent.rowPasses()).isEqualTo(2_000L * 512);
        ContinuousEstimate independent = mine.estimate(normals(4_000, 2, 1), 1, TrainingListener.SILENT);
        assertThat(independent.bits() * Math.log(2)).isCloseTo(0, within(0.03));
    }

    @Test
    void theSeedDecidesTheEstimate() {
        PlainMine mine = new PlainMine(new PlainMine.Settings(30, 16, 1e-3, 10));
        SamplePairs pairs = normals(100, 2, 2);
        double first = mine.estimate(pairs, 5, TrainingListener.SILENT).bits();
        assertThat(mine.estimate(pairs, 5, TrainingListener.SILENT).bits()).isEqualTo(first);
        assertThat(mine.estimate(pairs, 6, TrainingListener.SILENT).bits()).isNotEqualTo(first);
    }

    @Test
    void theListenerHearsEveryStepAndStops() {
        PlainMine mine = new PlainMine(new PlainMine.Settings(30, 16, 1e-3, 10));
        List<Integer> steps = new ArrayList<>();
        assertThatThrownBy(() -> mine.estimate(normals(100, 1, 1), 5, progress -> {
                    steps.add(progress.step());
                    if (progress.step() == 7) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .hasMessage("enough");
        assertThat(steps).containsExactly(1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void tooFewSamplesAreAWarningNotANumber() {
        ContinuousEstimate estimate =
                new PlainMine(PlainMine.Settings.published()).estimate(normals(7, 1, 1), 0, TrainingListener.SILENT);
        assertThat(estimate.bits()).isNaN();
        assertThat(estimate.warnings()).singleElement().asString().contains("too few");
    }
}
