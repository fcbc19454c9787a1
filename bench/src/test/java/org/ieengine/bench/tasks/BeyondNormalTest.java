package org.ieengine.bench.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The 40 tasks: their number, shapes, truths, moments and seeds. */
class BeyondNormalTest {
    /** True values to two decimals, and how many tasks have each. */
    private static final Map<Double, Integer> ROUNDED = Map.ofEntries(
            Map.entry(0.22, 2),
            Map.entry(0.43, 2),
            Map.entry(0.19, 1),
            Map.entry(0.29, 3),
            Map.entry(0.18, 1),
            Map.entry(0.45, 2),
            Map.entry(0.30, 1),
            Map.entry(0.41, 7),
            Map.entry(1.71, 1),
            Map.entry(0.33, 1),
            Map.entry(0.59, 1),
            Map.entry(1.29, 1),
            Map.entry(1.62, 1),
            Map.entry(1.02, 16));

    static Stream<KnownTask> tasks() {
        return BeyondNormal.tasks().stream();
    }

    @Test
    void thereAreFortyOfThePaperEachWithANameOfItsOwn() {
        List<KnownTask> tasks = BeyondNormal.tasks();
        assertThat(tasks).hasSize(40);
        assertThat(tasks.stream().map(KnownTask::name).distinct()).hasSize(40);
        assertThat(tasks.stream().map(t -> t.dx() + "x" + t.dy()))
                .filteredOn(s -> s.equals("1x1"))
                .hasSize(9);
        assertThat(tasks.stream().filter(t -> t.dx() != t.dy()).map(KnownTask::name))
                .containsExactly("Swiss roll 2x1");
    }

    @Test
    void truthsToTwoDecimalsAreTheseAndSoMany() {
        Map<Double, Long> found = BeyondNormal.tasks().stream()
                .collect(Collectors.groupingBy(t -> Math.rint(t.truth() * 100) / 100, Collectors.counting()));
        ROUNDED.forEach((value, count) -> assertThat(found.getOrDefault(value, 0L))
                .as("tasks of %s nats", value)
                .isEqualTo((long) count));
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void samplesHaveTheirShapeAndMeanZeroVarianceOne(KnownTask task) {
        int n = 1_000;
        SamplePairs pairs = task.sample(n, 3);
        assertThat(pairs.size()).isEqualTo(n);
        assertThat(pairs.dx()).isEqualTo(task.dx());
        assertThat(pairs.dy()).isEqualTo(task.dy());
        requireMoments(pairs.x(), task.dx());
        requireMoments(pairs.y(), task.dy());
    }

    private static void requireMoments(float[] values, int columns) {
        for (int c = 0; c < columns; c++) {
            double sum = 0;
            double square = 0;
            for (int i = c; i < values.length; i += columns) {
                sum += values[i];
                square += (double) values[i] * values[i];
            }
            int n = values.length / columns;
            // Rounding to float32 leaves 1e-7 of each value.
            assertThat(sum / n).isCloseTo(0, within(1e-6));
            assertThat(square / n).isCloseTo(1, within(1e-6));
        }
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void theSeedDecidesEveryByte(KnownTask task) {
        SamplePairs first = task.sample(50, 7);
        SamplePairs again = task.sample(50, 7);
        SamplePairs other = task.sample(50, 8);
        assertThat(again.x()).isEqualTo(first.x());
        assertThat(again.y()).isEqualTo(first.y());
        assertThat(other.x()).isNotEqualTo(first.x());
        assertThat(other.y()).isNotEqualTo(first.y());
    }

    private static SamplePairs raw(String name, int n) {
        return tasks().filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow()
                .raw(n, 5);
    }

    @Test
    void spiralsTurnTheFirstTwoCoordinatesOfXAndTheNextOfY() {
        SamplePairs base = raw("Multinormal 2-pair 3x3", 100);
        SamplePairs spiral = raw("Spiral of Multinormal 2-pair 3x3", 100);
        for (int row = 0; row < 100; row++) {
            assertThat(spiral.x()[3 * row + 2]).isEqualTo(base.x()[3 * row + 2]);
            assertThat(spiral.y()[3 * row]).isEqualTo(base.y()[3 * row]);
            assertThat(spiral.x()[3 * row]).isNotEqualTo(base.x()[3 * row]);
            assertThat(spiral.y()[3 * row + 2]).isNotEqualTo(base.y()[3 * row + 2]);
        }
    }

    @Test
    void mapsOfBothSidesAreThoseOfTheirNames() {
        SamplePairs base = raw("Normal 1x1", 100);
        for (int row = 0; row < 100; row++) {
            double x = base.x()[row];
            double y = base.y()[row];
            requirePair("Uniform 1x1", row, NormalDistribution.cumulative(x), NormalDistribution.cumulative(y));
            requirePair(
                    "Half-cube of Normal 1x1",
                    row,
                    Math.signum(x) * Math.pow(Math.abs(x), 1.5),
                    Math.signum(y) * Math.pow(Math.abs(y), 1.5));
            requirePair(
                    "Wiggly of Normal 1x1",
                    row,
                    x + 0.4 * Math.sin(x) + 0.2 * Math.sin(1.7 * x + 1) + 0.03 * Math.sin(3.3 * x - 2.5),
                    y - 0.4 * Math.sin(0.4 * y) + 0.17 * Math.sin(1.3 * y + 3.5) + 0.02 * Math.sin(4.3 * y - 2.5));
        }
    }

    private static void requirePair(String name, int row, double x, double y) {
        SamplePairs pairs = raw(name, row + 1);
        assertThat((double) pairs.x()[row]).as(name).isCloseTo(x, within(2e-6));
        assertThat((double) pairs.y()[row]).as(name).isCloseTo(y, within(2e-6));
    }

    @Test
    void bimodalMarginsHaveTheMeansOfTheirMixtures() {
        int n = 20_000;
        SamplePairs pairs = raw("Bimodal 1x1", n);
        double x = 0;
        double y = 0;
        for (int row = 0; row < n; row++) {
            x += pairs.x()[row] / n;
            y += pairs.y()[row] / n;
        }
        // 0.3 N(0, 1) + 0.7 N(5, 1) and the halves of N(-1, 1) and N(3, 1), four standard errors.
        assertThat(x).isCloseTo(3.5, within(4 * Math.sqrt((1 + 0.21 * 25) / n)));
        assertThat(y).isCloseTo(1, within(4 * Math.sqrt((1 + 4d) / n)));
    }

    @Test
    void aLargerSampleBeginsWithTheSmallerOne() {
        KnownTask task = BeyondNormal.tasks().get(0);
        float[] small = task.raw(10, 1).x();
        float[] large = task.raw(20, 1).x();
        assertThat(Arrays.copyOf(large, 10)).isEqualTo(small);
    }
}
