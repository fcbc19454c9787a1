package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.ieengine.engine.mi.continuous.ContinuousEstimate.Interval;
import org.ieengine.engine.mi.continuous.Recommendation.Evidence;
import org.ieengine.engine.mi.continuous.Recommendation.Gain;
import org.junit.jupiter.api.Test;

/** Each branch of the rule with stated inputs. */
class RecommendationTest {
    private static final Gain NO_GAIN = new Gain(0.005, 0.001);
    private static final Gain GAIN = new Gain(0.3, 0.02);
    private static final ContinuousEstimate NOTHING = estimate("none", Double.NaN, Double.NaN, Double.NaN);

    private static ContinuousEstimate estimate(String name, double bits, double low, double high, String... warnings) {
        return new ContinuousEstimate(
                name, bits, Double.NaN, new Interval(low, high), 99, Double.NaN, 0, 0, List.of(warnings));
    }

    private static ContinuousEstimate copula() {
        return copula(0.95);
    }

    /** Of 1 bit, with so many held out. */
    private static ContinuousEstimate copula(double heldOut) {
        return new ContinuousEstimate("copula", 1.0, Double.NaN, new Interval(0.9, 1.1), 99, heldOut, 0, 0, List.of());
    }

    private static ContinuousEstimate ksg(double bits) {
        return estimate("ksg", bits, bits - 0.1, bits + 0.1);
    }

    private static ContinuousEstimate dv(double bits) {
        return estimate("dv", bits, bits - 0.1, bits + 0.1);
    }

    private static String taken(ContinuousEstimate copula, ContinuousEstimate ksg, ContinuousEstimate dv, Gain gain) {
        return Recommendation.of(new Evidence(copula, ksg, dv, gain, 4)).estimator();
    }

    @Test
    void withoutGainTheCopula() {
        assertThat(taken(copula(), ksg(0.9), dv(0.95), NO_GAIN)).isEqualTo("copula");
        assertThat(taken(copula(), NOTHING, dv(0.95), NO_GAIN)).isEqualTo("copula");
        // A gain within two standard errors is none, one beyond them is.
        assertThat(taken(copula(), ksg(0.9), dv(1.2), new Gain(0.19, 0.1))).isEqualTo("copula");
        assertThat(taken(copula(), ksg(0.9), dv(1.2), new Gain(0.21, 0.1))).isEqualTo("dv");
        // Nor is one below 0.01 bits, however certain.
        assertThat(taken(copula(), ksg(0.9), dv(1), new Gain(0.009, 1e-6))).isEqualTo("copula");
        assertThat(taken(copula(), ksg(0.9), dv(1.2), new Gain(0.011, 1e-6))).isEqualTo("dv");
    }

    @Test
    void aCopulaThatHeldOutPairsDoNotBearOutIsNotTaken() {
        // Half an interval is 0.1 bits: 0.28 may be missing.
        assertThat(taken(copula(0.73), ksg(0.9), dv(0.95), NO_GAIN)).isEqualTo("copula");
        assertThat(taken(copula(0.71), ksg(0.9), dv(0.95), NO_GAIN)).isEqualTo("dv");
        assertThat(taken(copula(-6), NOTHING, dv(0.95), NO_GAIN)).isEqualTo("dv");
        assertThat(taken(copula(Double.NaN), NOTHING, dv(0.95), NO_GAIN)).isEqualTo("dv");
        assertThat(Recommendation.of(new Evidence(copula(-6), NOTHING, dv(0.95), NO_GAIN, 4))
                        .reason())
                .contains("do not bear out");
    }

    @Test
    void aCriticThatReadsLessThanTheCopulaHeldOutIsNoEvidenceAgainstIt() {
        assertThat(taken(copula(0.97), ksg(0.9), dv(0.96), GAIN)).isEqualTo("copula");
        assertThat(taken(copula(0.97), ksg(0.9), dv(0.98), GAIN)).isEqualTo("dv");
        assertThat(taken(copula(0.71), ksg(0.6), dv(0.7), GAIN)).isEqualTo("dv");
    }

    @Test
    void neighboursThatSeeMoreThanACopulaHas() {
        assertThat(taken(copula(), ksg(1.25), dv(0.95), NO_GAIN)).isEqualTo("ksg");
        assertThat(taken(copula(), ksg(1.15), dv(0.95), NO_GAIN)).isEqualTo("copula");
    }

    @Test
    void withGainTheCriticOrNeighboursThatSeeMoreStill() {
        assertThat(taken(copula(), ksg(1.2), dv(1.3), GAIN)).isEqualTo("dv");
        assertThat(taken(copula(), ksg(1.35), dv(1.3), GAIN)).isEqualTo("dv");
        assertThat(taken(copula(), ksg(1.45), dv(1.3), GAIN)).isEqualTo("ksg");
        assertThat(taken(copula(), NOTHING, dv(1.3), GAIN)).isEqualTo("dv");
    }

    @Test
    void inFewColumnsNeighboursThatAgreeWithTheCritic() {
        for (int columns : new int[] {2, 3}) {
            assertThat(Recommendation.of(new Evidence(copula(), ksg(1.25), dv(1.3), GAIN, columns))
                            .estimator())
                    .isEqualTo("ksg");
            assertThat(Recommendation.of(new Evidence(copula(), ksg(1.15), dv(1.3), GAIN, columns))
                            .estimator())
                    .isEqualTo("dv");
        }
    }

    @Test
    void neighboursAreNeverTakenWhereRowsRepeat() {
        ContinuousEstimate counted = estimate(
                "ksg",
                5,
                4.9,
                5.1,
                "7 of 9 rows equal 3 others or more: the data is discrete there, and was counted instead");
        assertThat(taken(copula(), counted, dv(1.3), GAIN)).isEqualTo("dv");
        assertThat(taken(copula(), counted, dv(1), NO_GAIN)).isEqualTo("copula");
        assertThat(taken(copula(), counted, NOTHING, Gain.NONE)).isEqualTo("copula");
    }

    @Test
    void withoutACopulaTheCritic() {
        assertThat(taken(NOTHING, ksg(0.9), dv(1), NO_GAIN)).isEqualTo("dv");
    }

    @Test
    void withoutACriticWhatIsLeft() {
        Recommendation few = Recommendation.of(new Evidence(copula(), ksg(1), NOTHING, Gain.NONE, 2));
        assertThat(few.estimator()).isEqualTo("ksg");
        assertThat(few.reason()).contains("too few samples to train");
        Recommendation fewer = Recommendation.of(new Evidence(copula(), NOTHING, NOTHING, Gain.NONE, 2));
        assertThat(fewer.estimator()).isEqualTo("copula");
        assertThat(fewer.reason()).contains("anything else");
        Recommendation none = Recommendation.of(new Evidence(NOTHING, NOTHING, NOTHING, Gain.NONE, 2));
        assertThat(none.reason()).contains("none reads a number");
    }

    @Test
    void constantSides() {
        Recommendation constant =
                Recommendation.of(new Evidence(copula(), ksg(0), estimate("dv", 0, 0, 0), Gain.NONE, 2));
        assertThat(constant.estimator()).isEqualTo("dv");
        assertThat(constant.reason()).contains("constant");
    }

    @Test
    void theReasonHoldsTheNumbers() {
        assertThat(Recommendation.of(new Evidence(copula(), ksg(1.45), dv(1.3), GAIN, 4))
                        .reason())
                .contains("0.300", "0.020", "1.450", "1.300");
    }
}
