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

    @Test
    void aLargerSampleBeginsWithTheSmallerOne() {
        KnownTask task = BeyondNormal.tasks().get(0);
        float[] small = task.raw(10, 1).x();
        float[] large = task.raw(20, 1).x();
        assertThat(Arrays.copyOf(large, 10)).isEqualTo(small);
    }
}
