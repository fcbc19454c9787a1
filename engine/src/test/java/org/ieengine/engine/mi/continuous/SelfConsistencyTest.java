package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.SelfConsistency.Law;
import org.junit.jupiter.api.Test;

class SelfConsistencyTest {
    /** Reads what it is told to. */
    private record Stated(String name, ToDoubleFunction<SamplePairs> bits, double halfWidth)
            implements ContinuousEstimator {
        @Override
        public ContinuousEstimate estimate(SamplePairs pairs, long seed, TrainingListener listener) {
            double read = bits.applyAsDouble(pairs);
            return new ContinuousEstimate(
                    name,
                    read,
                    Double.NaN,
                    new ContinuousEstimate.Interval(read - halfWidth, read + halfWidth),
                    Double.POSITIVE_INFINITY,
                    Double.NaN,
                    0,
                    0,
                    List.of());
        }
    }

    private static SamplePairs pairs() {
        return GaussianSamples.canonical(601, 2, 2, new double[] {0.9, 0.8}, 3);
    }

    private static Map<String, Law> laws(ContinuousEstimator estimator, SamplePairs pairs) {
        return new SelfConsistency(estimator)
                .check(pairs, 5, TrainingListener.SILENT).stream().collect(Collectors.toMap(Law::name, law -> law));
    }

    private static Map<String, Law> stated(ToDoubleFunction<SamplePairs> bits) {
        return laws(new Stated("stated", bits, 0), pairs());
    }

    private static List<String> broken(Map<String, Law> laws) {
        return laws.values().stream()
                .filter(law -> !law.holds())
                .map(Law::name)
                .sorted()
                .toList();
    }

    private static double correlation(SamplePairs pairs, int ofX, int ofY) {
        double sum = 0;
        double squaresX = 0;
        double squaresY = 0;
        for (int i = 0; i < pairs.size(); i++) {
            double x = pairs.x()[i * pairs.dx() + ofX];
            double y = pairs.y()[i * pairs.dy() + ofY];
            sum += x * y;
            squaresX += x * x;
            squaresY += y * y;
        }
        return sum / Math.sqrt(squaresX * squaresY);
    }

    @Test
    void closedFormsKeepAllLawsOfNormalPairs() {
        for (ContinuousEstimator estimator : List.of(Gaussian.ofValues(), Gaussian.ofNormalScores())) {
            Map<String, Law> laws = laws(estimator, pairs());
            assertThat(broken(laws)).as(estimator.name()).isEmpty();
            assertThat(laws.get("additivity").readBits()).isCloseTo(2 * GaussianSamples.bits(0.9, 0.8), within(0.25));
            assertThat(laws.get("added noise").readBits())
                    .isLessThan(laws.get("added noise").expectedBits() - 0.5);
        }
    }

    @Test
    void aNumberThatIsAlwaysTheSameBreaksIndependenceAndAdditivity() {
        assertThat(broken(stated(pairs -> 1))).containsExactly("additivity", "independence");
        // One that is always 0 keeps them all, as the page says.
        assertThat(broken(stated(pairs -> 0))).isEmpty();
    }

    @Test
    void countingColumnsBreaksNoiseColumns() {
        assertThat(broken(stated(SamplePairs::dy))).containsExactly("independence", "noise columns");
    }

    @Test
    void fewerColumnsThatTellMoreBreakHalfTheColumns() {
        assertThat(broken(stated(pairs -> pairs.dy() == 1 ? 1 : 0))).containsExactly("half the columns");
    }

    @Test
    void readingCorrelationsOfSingleColumnsBreaksBothMaps() {
        // A normal column has the correlation 0.93 with its z + z^3 / 3.
        ToDoubleFunction<SamplePairs> first = pairs -> Math.abs(correlation(pairs, 0, 0));
        assertThat(broken(laws(new Stated("stated", first, 0), pairs()))).contains("increasing map", "rotation");
        // Where a map is not asked for it cannot be broken.
        assertThat(laws(new Stated("gaussian", first, 0), pairs()))
                .doesNotContainKey("increasing map")
                .containsKey("rotation");
        assertThat(laws(new Stated("copula", first, 0), pairs()))
                .doesNotContainKey("rotation")
                .containsKey("increasing map");
    }

    @Test
    void readingMoreOfNoiseBreaksDataProcessing() {
        ToDoubleFunction<SamplePairs> unexplained = pairs -> {
            double explained = correlation(pairs, 0, 0);
            return explained > 0.5 && explained < 0.8 ? 1 : 0;
        };
        assertThat(broken(stated(unexplained))).contains("added noise");
    }

    @Test
    void allowedIsTheFloorAndTheIntervalsOfTheReadings() {
        Map<String, Law> laws = laws(new Stated("stated", pairs -> 1, 0.05), pairs());
        assertThat(laws.get("independence").allowedBits()).isCloseTo(0.02 + 0.05, within(1e-9));
        assertThat(laws.get("noise columns").allowedBits()).isCloseTo(0.02 + 0.05 * Math.sqrt(2), within(1e-9));
        assertThat(laws.get("additivity").allowedBits()).isCloseTo(0.02 + 0.05 * Math.sqrt(5), within(1e-9));
        assertThat(laws.get("additivity").expectedBits()).isEqualTo(2);
        assertThat(laws.get("independence").expectedBits()).isZero();
        // Without intervals the floor alone.
        assertThat(laws(new Stated("stated", pairs -> 1, Double.NaN), pairs()).values())
                .allMatch(law -> law.allowedBits() == SelfConsistency.FLOOR_BITS);
    }

    @Test
    void nothingReadConfirmsNothing() {
        Map<String, Law> laws = stated(pairs -> Double.NaN);
        assertThat(laws.values()).hasSize(7).noneMatch(Law::holds);
        assertThat(laws.get("rotation").readBits()).isNaN();
    }

    @Test
    void constantSidesTellNothingHoweverTheyAreChanged() {
        float[] constant = new float[3 * 601];
        Arrays.fill(constant, 0.3f);
        for (SamplePairs pairs :
                List.of(new SamplePairs(pairs().x(), 2, constant, 3), new SamplePairs(constant, 3, pairs().y(), 2))) {
            for (ContinuousEstimator estimator : List.of(Gaussian.ofValues(), Gaussian.ofNormalScores(), new Ksg())) {
                Map<String, Law> laws = laws(estimator, pairs);
                assertThat(broken(laws)).as(estimator.name()).isEmpty();
                assertThat(laws.get("additivity").expectedBits()).isZero();
            }
        }
    }

    @Test
    void oneSampleAndOneColumnAskWhatCanBeAsked() {
        Map<String, Law> one = laws(new Ksg(), GaussianSamples.canonical(1, 1, 1, new double[0], 3));
        assertThat(one).containsOnlyKeys("independence", "noise columns", "increasing map", "rotation", "added noise");
        assertThat(one.values()).noneMatch(Law::holds);
        assertThat(laws(new Ksg(), GaussianSamples.canonical(2, 1, 1, new double[0], 3)))
                .containsKey("additivity");
    }

    @Test
    void theSameSeedPutsTheSameLaws() {
        SelfConsistency laws = new SelfConsistency(new Ksg());
        List<Law> first = laws.check(pairs(), 5, TrainingListener.SILENT);
        assertThat(laws.check(pairs(), 5, TrainingListener.SILENT)).isEqualTo(first);
        assertThat(laws.check(pairs(), 6, TrainingListener.SILENT)).isNotEqualTo(first);
    }

    @Test
    void aListenerStopsTheLaws() {
        assertThatThrownBy(() -> new SelfConsistency(new Ksg()).check(pairs(), 5, progress -> {
                    throw new IllegalStateException("enough");
                }))
                .hasMessage("enough");
    }
}
