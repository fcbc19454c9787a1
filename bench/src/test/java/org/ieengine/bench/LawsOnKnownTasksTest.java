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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Laws of self-consistency, put to every estimator on pairs whose information is known. Heavy tails take the critics 300 steps: after 150 of a
 * smaller one they lose what is there as soon as noise stands beside it, and the laws say so.
 */
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

    @ParameterizedTest
    @CsvSource({"'Normal 1x1', 60", "'Student-t 2x2 (dof 2)', 300"})
    void everyEstimatorKeepsThem(String name, int steps) {
        try (CpuBackend backend = new CpuBackend(1)) {
            estimators(backend, steps).forEach(estimator -> {
                List<Law> laws =
                        new SelfConsistency(estimator).check(task(name).sample(SAMPLES, 1), 1, TrainingListener.SILENT);
                assertThat(laws)
                        .as(estimator.name())
                        .hasSizeGreaterThanOrEqualTo(5)
                        .allMatch(Law::holds);
                // What is allowed would not let a value of half a bit pass for 0.
                assertThat(laws.get(0).allowedBits()).as(estimator.name()).isLessThan(0.2);
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
