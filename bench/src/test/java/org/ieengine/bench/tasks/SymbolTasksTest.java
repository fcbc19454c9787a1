package org.ieengine.bench.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.ieengine.bench.tasks.SymbolTasks.ListSize;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** States that stand for symbols: counts, entropies, geometry, seeds. */
class SymbolTasksTest {
    private static final int WIDTH = 8;

    static Stream<SymbolTask> tasks() {
        return SymbolTasks.tasks(2_000, WIDTH).stream();
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void statesOfDifferentSymbolsDifferAndTheSeedDecidesEveryByte(SymbolTask task) {
        SymbolStates states = task.states(1);
        assertThat(states.width()).isEqualTo(WIDTH);
        assertThat(states.y()).hasSameSizeAs(states.x());
        assertThat(rows(states.x())).hasSize(task.symbols().size());
        assertThat(rows(states.y())).hasSize(task.symbols().size());
        assertThat(task.states(1).x()).isEqualTo(states.x());
        assertThat(task.states(1).y()).isEqualTo(states.y());
        assertThat(task.states(2).x()).isNotEqualTo(states.x());
    }

    private static Set<List<Float>> rows(float[] values) {
        Set<List<Float>> rows = new HashSet<>();
        for (int at = 0; at < values.length; at += WIDTH) {
            Float[] row = new Float[WIDTH];
            for (int c = 0; c < WIDTH; c++) {
                row[c] = values[at + c];
            }
            rows.add(List.of(row));
        }
        return rows;
    }

    @Test
    void theNamesOfOneSizeDiffer() {
        assertThat(tasks().map(SymbolTask::name)).hasSize(9).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({"2000, 14, 3, 2184", "20000, 28, 3, 19656", "300000, 25, 4, 303600"})
    void listSizesNearestToTheSamples(int samples, int entities, int shots, int lists) {
        ListSize size = ListSize.nearest(samples);
        assertThat(size).isEqualTo(new ListSize(entities, shots));
        assertThat(size.lists()).isEqualTo(lists);
    }

    @Test
    void listsAreAllOrderedChoicesOnceInOneGroup() {
        SymbolTask task = SymbolTasks.lists(new ListSize(5, 3), WIDTH);
        assertThat(task.samples()).isEqualTo(60);
        assertThat(task.truth()).isCloseTo(Math.log(60), within(1e-12));
        assertThat(task.symbols().group()).hasSize(60).containsOnly(0);
        assertThat(rows(task.states(4).x())).hasSize(60);
    }

    @ParameterizedTest
    @CsvSource({"2000, 200", "2000, 100", "20000, 2000", "300000, 30000"})
    void zipfCountsSumToTheSamplesAndFall(int samples, int symbols) {
        double[] counts = SymbolTasks.zipfCounts(samples, symbols);
        assertThat(Arrays.stream(counts).sum()).isEqualTo(samples);
        assertThat(counts[symbols - 1]).isGreaterThanOrEqualTo(1);
        for (int k = 1; k < symbols; k++) {
            assertThat(counts[k]).isLessThanOrEqualTo(counts[k - 1]);
        }
        double harmonic = 0;
        for (int k = 1; k <= symbols; k++) {
            harmonic += 1d / k;
        }
        assertThat(counts[0]).isCloseTo(samples / harmonic, within(0.02 * samples));
    }

    @Test
    void theTruthOfZipfSymbolsIsTheEntropyOfTheirCounts() {
        SymbolTask task = SymbolTasks.zipf(2_000, WIDTH);
        double entropy = 0;
        for (double c : SymbolTasks.zipfCounts(2_000, 200)) {
            entropy -= c / 2_000 * Math.log(c / 2_000);
        }
        assertThat(task.truth()).isCloseTo(entropy, within(1e-10));
        assertThat(task.samples()).isEqualTo(2_000);
    }

    @ParameterizedTest
    @CsvSource({"0.3", "0.1", "0.03"})
    void contextsDifferByTheirShareOfTheState(double share) {
        int width = 64;
        SymbolTask task = SymbolTasks.contexts(2_000, share, width);
        float[] x = task.states(1).x();
        int[] group = task.symbols().group();
        double within = 0;
        double across = 0;
        int same = 0;
        int other = 0;
        for (int i = 1; i < 2_000; i++) {
            boolean together = group[i] == group[i - 1];
            for (int c = 0; c < width; c++) {
                double difference = x[i * width + c] - x[(i - 1) * width + c];
                within += together ? difference * difference : 0;
                across += together ? 0 : difference * difference;
            }
            same += together ? 1 : 0;
            other += together ? 0 : 1;
        }
        assertThat(same + other).isEqualTo(1_999);
        // Differences of two normals of variance share^2, and of two of variance 1 + share^2.
        assertThat(within / same / width).isCloseTo(2 * share * share, within(0.05 * 2 * share * share));
        assertThat(across / other / width).isCloseTo(2 * (1 + share * share), within(0.1 * 2));
        assertThat(task.truth()).isCloseTo(Math.log(2_000), within(1e-10));
    }

    @Test
    void withoutGroupsTheStatesAreTheSame() {
        SymbolTask task = SymbolTasks.contexts(2_000, 0.1, WIDTH);
        SymbolTask alone = task.withoutGroups();
        assertThat(alone.symbols().group()).isEmpty();
        assertThat(task.symbols().group()).hasSize(2_000);
        assertThat(alone.states(1).x()).isEqualTo(task.states(1).x());
        assertThat(alone.truth()).isEqualTo(task.truth());
    }

    @Test
    void theResidualMapIsTwoLayersOfTheStatedWeights() {
        int d = 3;
        float[] x = {0.5f, -1, 2, 0, 0, 0};
        float[] y = new ResidualMap(d).apply(x);
        float[] first = new float[d * 4 * d];
        float[] second = new float[4 * d * d];
        new Philox(d, 0x626c6f63, 0, 0, 0).normals(0, Math.sqrt(1d / d), first);
        new Philox(d, 0x626c6f63, 1, 0, 0).normals(0, Math.sqrt(1d / (4 * d)), second);
        for (int c = 0; c < d; c++) {
            double sum = x[c];
            for (int k = 0; k < 4 * d; k++) {
                double inner = 0;
                for (int i = 0; i < d; i++) {
                    inner += x[i] * first[i * 4 * d + k];
                }
                sum += Math.tanh(inner) * second[k * d + c];
            }
            assertThat((double) y[c]).isCloseTo(sum, within(1e-5));
            assertThat(y[d + c]).isZero();
        }
    }

    @Test
    void statesGoToABackendAsTheyAre() {
        SymbolStates states = SymbolTasks.lists(new ListSize(5, 3), WIDTH).states(1);
        try (Backend backend = new CpuBackend(1)) {
            PairedStates pairs = states.on(backend);
            float[] read = new float[60 * WIDTH];
            backend.read(pairs.x(), 0, 60, read);
            assertThat(read).isEqualTo(states.x());
            backend.read(pairs.y(), 0, 60, read);
            assertThat(read).isEqualTo(states.y());
            pairs.x().close();
            pairs.y().close();
        }
    }
}
