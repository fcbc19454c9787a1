package org.ieengine.bench.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.ieengine.bench.tables.EstimateLine.Column;
import org.ieengine.bench.tables.EstimateLine.Key;
import org.ieengine.bench.tables.TableDirectory.Outcome;
import org.ieengine.bench.tables.TableDirectory.Selection;
import org.ieengine.engine.mi.TrainingListener.TrainingProgress;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of tables with stand-in estimators: what is computed, what is skipped, what a limit, a fault and a kill leave. */
class TableDirectoryTest {
    @TempDir
    private Path path;

    private final ByteArrayOutputStream told = new ByteArrayOutputStream();
    private final StatedEstimator pair = new StatedEstimator("dv", "nwj");
    private final StatedEstimator single = new StatedEstimator("mine");

    private TableDirectory directory() {
        return new TableDirectory(path, new PrintStream(told, true, StandardCharsets.UTF_8));
    }

    private static Selection selection(int seeds, double minutes) {
        return new Selection(List.of(), seeds, List.of(), List.of(), List.of(), List.of(), minutes);
    }

    private static TableTask<Double> task(String name, double truth) {
        return new TableTask<>(name, 100, 2, truth, 0.25, seed -> truth + seed);
    }

    private Outcome fill(int seeds) {
        TablePlan<Double> plan = new TablePlan<>(
                "part",
                List.of(task("first", 1), task("second", 2)),
                List.of(pair.entry("dv", "nwj"), single.entry("mine")));
        return directory().fill(List.of(plan), selection(seeds, Double.POSITIVE_INFINITY), "cpu");
    }

    private List<EstimateLine> lines() {
        try (EstimateLog log = EstimateLog.open(path)) {
            return log.lines();
        }
    }

    @Test
    void everyTaskGetsEverySeedByEveryEstimatorAndOneTrainingFillsItsColumns() {
        assertThat(fill(2)).isEqualTo(new Outcome(true, List.of()));
        assertThat(pair.calls()).containsExactly("1.0 by 0", "2.0 by 0", "2.0 by 1", "3.0 by 1");
        List<EstimateLine> lines = lines();
        assertThat(lines).hasSize(12);
        EstimateLine last = lines.get(11);
        assertThat(last.key()).isEqualTo(new Key(new Column("part", "second", 100, "mine"), 1));
        assertThat(last.truth()).isEqualTo(new EstimateLine.Truth(2, 0.25));
        assertThat(last.nats()).isCloseTo(3, within(1e-12));
        assertThat(last.device()).isEqualTo("cpu");
        assertThat(last.estimate().ceilingBits()).isInfinite();
        assertThat(last.estimate().sd()).isNaN();
        assertThat(last.estimate().rowPasses()).isEqualTo(7);
        assertThat(last.warnings()).containsExactly("of seed");
    }

    @Test
    void whatIsFinishedIsNotComputedAgain() {
        fill(1);
        fill(2);
        assertThat(pair.calls()).containsExactly("1.0 by 0", "2.0 by 0", "2.0 by 1", "3.0 by 1");
        assertThat(lines()).hasSize(12);
    }

    @Test
    void anEstimatorOnlyRunsWhereItSuits() {
        TablePlan<Double> plan = new TablePlan<>(
                "part",
                List.of(task("first", 1), task("second", 2)),
                List.of(single.entry("mine").where(task -> task.truth() > 1)));
        directory().fill(List.of(plan), selection(1, Double.POSITIVE_INFINITY), "cpu");
        assertThat(single.calls()).containsExactly("2.0 by 0");
    }

    @Test
    void aTornLastLineIsDroppedAndComputedAgain() throws IOException {
        fill(1);
        Path file = path.resolve(EstimateLog.NAME);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 5));
        assertThat(lines()).hasSize(5);
        fill(1);
        assertThat(lines()).hasSize(6);
        assertThat(single.calls()).containsExactly("1.0 by 0", "2.0 by 0", "2.0 by 0");
        assertThat(pair.calls()).hasSize(2);
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }

    @Test
    void aDamagedWholeLineIsNamed() throws IOException {
        fill(1);
        Files.writeString(path.resolve(EstimateLog.NAME), "{\"part\": 1}\n", StandardOpenOption.APPEND);
        assertThatThrownBy(this::lines)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line 7")
                .hasMessageContaining("there is no task");
    }

    @Test
    void anEstimatorThatThrowsIsReportedAndTriedAgainWhileTheOthersGoOn() {
        single.breakWith("no convergence");
        Outcome outcome = fill(1);
        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.faults()).hasSize(2);
        assertThat(outcome.faults().get(0)).contains("first", "seed 0", "mine", "no convergence");
        assertThat(told.toString(StandardCharsets.UTF_8)).contains("FAULT first");
        assertThat(lines()).hasSize(4);
        single.breakWith("");
        assertThat(fill(1).faults()).isEmpty();
        assertThat(lines()).hasSize(6);
    }

    @Test
    void aLimitStopsInOrder() {
        TablePlan<Double> plan = new TablePlan<>("part", List.of(task("first", 1)), List.of(single.entry("mine")));
        Outcome outcome = directory().fill(List.of(plan), selection(1, 1e-15), "cpu");
        assertThat(outcome).isEqualTo(new Outcome(false, List.of()));
        assertThat(single.calls()).isEmpty();
        assertThat(told.toString(StandardCharsets.UTF_8)).contains("time limit");
    }

    @Test
    void aLimitStopsAnEstimatorByItsListenerAndKeepsWhatIsFinished() {
        long[] clock = {0};
        TableEstimator<Double> endless =
                new TableEstimator<>(List.of("endless"), t -> true, (sample, seed, listener) -> {
                    while (true) {
                        clock[0]++;
                        listener.step(new TrainingProgress(1, 1, 1, 0));
                    }
                });
        TablePlan<Double> plan =
                new TablePlan<>("part", List.of(task("first", 1)), List.of(single.entry("mine"), endless));
        try (EstimateLog log = EstimateLog.open(path)) {
            TableRun run = new TableRun(
                    log,
                    "cpu",
                    new TableRun.Deadline(1_000, () -> clock[0]),
                    new PrintStream(told, true, StandardCharsets.UTF_8));
            assertThat(run.run(List.of(plan), 1)).isFalse();
            assertThat(run.faults()).isEmpty();
        }
        assertThat(clock[0]).isEqualTo(1_000);
        assertThat(lines()).hasSize(1);
    }

    @Test
    void columnsMustBeThoseThatWereAnnounced() {
        TablePlan<Double> plan = new TablePlan<>("part", List.of(task("first", 1)), List.of(single.entry("dv")));
        assertThatThrownBy(() -> directory().fill(List.of(plan), selection(1, 1), "cpu"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[dv]")
                .hasMessageContaining("[mine]");
    }

    @Test
    void selectionsKeepTasksAndEntriesByName() {
        TablePlan<Double> plan = new TablePlan<>(
                "part",
                List.of(task("first", 1), task("second", 2)),
                List.of(pair.entry("dv", "nwj"), single.entry("mine")));
        TablePlan<Double> left = plan.only(name -> name.contains("sec"), "nwj"::equals);
        assertThat(left.tasks()).extracting(TableTask::name).containsExactly("second");
        assertThat(left.estimators()).extracting(TableEstimator::names).containsExactly(List.of("dv", "nwj"));
    }

    @Test
    void unknownPartsAndNumbersAreRefused() {
        assertThatThrownBy(() -> Selection.of(List.of("none"), 1)).hasMessageContaining("beyond-normal");
        assertThatThrownBy(() -> selection(0, 1)).hasMessageContaining("positive");
        assertThatThrownBy(() -> new Selection(List.of(), 1, List.of(1), List.of(), List.of(), List.of(), 1))
                .hasMessageContaining("at least 2");
    }

    @Test
    void hiddenStatesAndTheirPartGoTogether() {
        assertThatThrownBy(() -> Selection.of(List.of("activations"), 1)).hasMessageContaining("--states");
        assertThatThrownBy(() ->
                        new Selection(List.of("symbols"), 1, List.of(), List.of(Path.of("a")), List.of(), List.of(), 1))
                .hasMessageContaining("--states");
    }

    @Test
    void twoTasksOfOneNameAndSizeAreRefused() {
        assertThatThrownBy(() -> new TablePlan<>("part", List.of(task("first", 1), task("first", 2)), List.of()))
                .hasMessageContaining("first");
    }
}
