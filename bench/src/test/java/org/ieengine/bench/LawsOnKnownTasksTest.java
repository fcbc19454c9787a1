package org.ieengine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.ieengine.bench.tasks.BeyondNormal;
import org.ieengine.bench.tasks.KnownTask;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.Bound;
import org.ieengine.engine.mi.continuous.ContinuousEstimator;
import org.ieengine.engine.mi.continuous.Gaussian;
import org.ieengine.engine.mi.continuous.HeldOutCritics;
import org.ieengine.engine.mi.continuous.HeldOutSettings;
import org.ieengine.engine.mi.continuous.InfoNce;
import org.ieengine.engine.mi.continuous.Ksg;
import org.ieengine.engine.mi.continuous.SelfConsistency;
import org.ieengine.engine.mi.continuous.SelfConsistency.Law;
import org.junit.jupiter.api.Test;

/** Laws of self-consistency, put to every estimator on pairs whose information is known. */
class LawsOnKnownTasksTest {
    private static final int SAMPLES = 2000;

    private static KnownTask task(String name) {
        return BeyondNormal.tasks().stream()
                .filter(task -> task.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<ContinuousEstimator> estimators(CpuBackend backend, int steps) {
        HeldOutSettings settings = HeldOutSettings.standard()
                .withWidths(List.of(64, 64, 1))
                .withSteps(steps)
                .withBatch(256)
                .withCritics(1);
        HeldOutCritics critics = new HeldOutCritics(backend, settings);
        return Stream.of(
                Gaussian.ofValues(),
                Gaussian.ofNormalScores(),
                new Ksg(),
                critics.reading(Bound.DV),
                critics.reading(Bound.NWJ),
                critics.reading(Bound.SMILE),
                new InfoNce(backend, settings.withSteps(steps / 2)));
    }

    private static List<Law> laws(ContinuousEstimator estimator, String task) {
        List<Law> laws =
                new SelfConsistency(estimator).check(task(task).sample(SAMPLES, 1), 1, TrainingListener.SILENT);
        assertThat(laws).as(estimator.name()).hasSizeGreaterThanOrEqualTo(5);
        // What is allowed would not let half a bit pass for 0.
        assertThat(laws.get(0).allowedBits()).as(estimator.name()).isLessThan(0.2);
        return laws;
    }

    @Test
    void everyEstimatorKeepsThemOnNormalPairs() {
        try (CpuBackend backend = new CpuBackend(1)) {
            estimators(backend, 60).forEach(estimator -> assertThat(laws(estimator, "Normal 1x1"))
                    .as(estimator.name())
                    .allMatch(Law::holds));
        }
    }

    /** Twice the columns and half the samples: there critics, which are lower bounds, have not learned all. */
    @Test
    void everyEstimatorKeepsThemOnStudentPairsButCriticsAddUpToLess() {
        try (CpuBackend backend = new CpuBackend(1)) {
            estimators(backend, 300).forEach(estimator -> {
                boolean closedForm = estimator instanceof Gaussian || estimator instanceof Ksg;
                assertThat(laws(estimator, "Student-t 2x2 (dof 2)"))
                        .as(estimator.name())
                        .allMatch(law -> law.holds()
                                || !closedForm
                                        && law.name().equals("additivity")
                                        && law.readBits() < law.expectedBits());
            });
        }
    }

    @Test
    void neighboursInManyColumnsBreakAdditivity() {
        List<Law> laws = new SelfConsistency(new Ksg())
                .check(task("Multinormal dense 5x5").sample(SAMPLES, 1), 1, TrainingListener.SILENT);
        Law additivity = laws.get(laws.size() - 1);
        assertThat(additivity.name()).isEqualTo("additivity");
        assertThat(additivity.holds()).as(additivity.toString()).isFalse();
        assertThat(additivity.readBits()).isLessThan(additivity.expectedBits());
    }
}
