package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousInformation.Answer;
import org.ieengine.engine.mi.continuous.ContinuousInformation.Options;
import org.junit.jupiter.api.Test;

class ContinuousInformationTest {
    private static final HeldOutSettings SMALL = HeldOutSettings.standard()
            .withWidths(List.of(32, 1))
            .withSteps(300)
            .withBatch(128)
            .withCritics(1);

    private static Answer ask(SamplePairs pairs, String... names) {
        try (CpuBackend backend = new CpuBackend(1)) {
            Answer answer = new ContinuousInformation(backend, new Options(List.of(names), 3, SMALL))
                    .estimate(pairs, 1, TrainingListener.SILENT);
            assertThat(backend.allocatedBytes()).isZero();
            return answer;
        }
    }

    private static List<String> names(Answer answer) {
        return answer.estimates().stream().map(ContinuousEstimate::estimator).toList();
    }

    @Test
    void estimatesComeInTheOrderAskedForAndBoundsShareTheirTraining() {
        SamplePairs pairs = GaussianSamples.canonical(400, 1, 1, new double[] {0.6}, 3);
        List<String> asked = List.of("smile", "ksg", "nwj", "gaussian", "infonce", "dv", "copula");
        Answer answer = ask(pairs, asked.toArray(String[]::new));
        assertThat(names(answer)).isEqualTo(asked);
        // All that auto compares is there, so it is said which to believe; the order stays the one asked for.
        assertThat(answer.recommendation().estimator()).isIn("copula", "ksg", "dv");
        assertThat(ask(pairs, "ksg", "gaussian").recommendation()).isNull();
        ContinuousEstimate smile = answer.estimates().get(0);
        ContinuousEstimate dv = answer.estimates().get(5);
        assertThat(smile.seconds()).isEqualTo(dv.seconds());
        assertThat(smile.rowPasses()).isEqualTo(dv.rowPasses()).isPositive();
        for (ContinuousEstimate estimate : answer.estimates()) {
            // 80 pairs judge: they scatter by 0.08.
            assertThat(estimate.bits()).as(estimate.estimator()).isCloseTo(GaussianSamples.bits(0.6), within(0.25));
        }
    }

    @Test
    void unknownNamesAreRefused() {
        assertThatThrownBy(() -> new Options(List.of("dv", "mine"), 3, SMALL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'mine'")
                .hasMessageContaining("infonce");
    }

    @Test
    void normalPairsAreReadByTheCopula() {
        Answer answer = ask(GaussianSamples.canonical(1500, 2, 2, new double[] {0.8, 0.4}, 5));
        assertThat(answer.recommendation().estimator()).isEqualTo("copula");
        assertThat(names(answer)).containsExactly("copula", "ksg", "dv");
    }

    @Test
    void aRingIsReadByNeighboursOrTheCritic() {
        Answer answer = ask(StudentSamples.ring(1500, 5));
        assertThat(answer.recommendation().estimator()).isIn("ksg", "dv");
        assertThat(names(answer).get(0)).isEqualTo(answer.recommendation().estimator());
        assertThat(names(answer)).containsExactlyInAnyOrder("copula", "ksg", "dv");
        assertThat(answer.estimates().get(0).bits()).isGreaterThan(0.8);
    }

    @Test
    void heavyTailsAreReadByNeighboursOrTheCritic() {
        Answer answer = ask(StudentSamples.student(2500, 2, 1, 5));
        assertThat(answer.recommendation().estimator()).isIn("ksg", "dv");
    }

    @Test
    void aHandfulOfSamplesAndConstantSidesStillHaveAnAnswer() {
        Answer few = ask(GaussianSamples.canonical(20, 1, 1, new double[] {0.8}, 5));
        assertThat(few.recommendation().estimator()).isEqualTo("ksg");
        Answer one = ask(GaussianSamples.canonical(1, 1, 1, new double[] {0.8}, 5));
        assertThat(one.recommendation().reason()).contains("none reads a number");
        assertThat(one.estimates()).allMatch(estimate -> Double.isNaN(estimate.bits()));
        Answer constant = ask(
                new SamplePairs(new float[100], 1, StudentSamples.ring(100, 1).y(), 1));
        assertThat(constant.estimates()).allMatch(estimate -> estimate.bits() == 0);
        assertThat(constant.recommendation().reason()).contains("constant");
    }

    @Test
    void shuffledRowsAreTheSameRowsWithOtherPartners() {
        SamplePairs pairs = GaussianSamples.canonical(300, 1, 2, new double[] {0.9}, 5);
        Set<List<Float>> orders = new HashSet<>();
        for (int shuffle = 0; shuffle < 3; shuffle++) {
            SamplePairs other = ContinuousInformation.shuffled(pairs, 4, shuffle);
            assertThat(other.x()).isEqualTo(pairs.x());
            assertThat(rows(other)).containsExactlyInAnyOrderElementsOf(rows(pairs));
            assertThat(other.y())
                    .isEqualTo(ContinuousInformation.shuffled(pairs, 4, shuffle).y());
            List<Float> order = new ArrayList<>();
            for (float value : other.y()) {
                order.add(value);
            }
            orders.add(order);
            assertThat(Gaussian.ofValues()
                            .estimate(other, 1, TrainingListener.SILENT)
                            .bits())
                    .isCloseTo(0, within(0.04));
        }
        assertThat(orders).hasSize(3);
    }

    private static List<List<Float>> rows(SamplePairs pairs) {
        List<List<Float>> rows = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i++) {
            rows.add(List.of(pairs.y()[2 * i], pairs.y()[2 * i + 1]));
        }
        return rows;
    }
}
