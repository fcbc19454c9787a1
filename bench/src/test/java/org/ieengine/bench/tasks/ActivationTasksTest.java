package org.ieengine.bench.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ieengine.bench.tasks.ActivationTasks.States;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks from stored states: their truth against the density of what is drawn, their files, their names. */
class ActivationTasksTest {
    private static final int STATES = 40;
    private static final int WIDTH = 3;

    @TempDir
    private Path path;

    private static float[] states(int stream) {
        float[] values = new float[STATES * WIDTH];
        new Philox(2, stream, 0, 0, 0).normals(0, 4, values);
        // A constant dimension, and a state that occurs twice.
        for (int row = 0; row < STATES; row++) {
            values[row * WIDTH + 1] = 5;
        }
        System.arraycopy(values, 0, values, WIDTH, WIDTH);
        return values;
    }

    private Path file(String... tensors) {
        Path file = path.resolve("model.safetensors");
        List<TensorDeclaration> declared = Arrays.stream(tensors)
                .map(name -> TensorDeclaration.of(name, ElementType.F32, STATES, 1, WIDTH))
                .toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of())) {
            for (int i = 0; i < tensors.length; i++) {
                writer.write(tensors[i], 0, states(i), 0, STATES * WIDTH);
            }
        }
        return file;
    }

    @Test
    void everyBlockOfAFileIsFiveTasks() {
        try (Backend backend = new CpuBackend(1)) {
            List<KnownTask> tasks = ActivationTasks.tasks(
                    file("hidden_states.0", "hidden_states.1", "hidden_states.2", "hidden_states.7"), backend);
            assertThat(tasks.stream().map(KnownTask::name))
                    .containsExactly(
                            "model.safetensors block 0, noise 1/32",
                            "model.safetensors block 0, noise 1/16",
                            "model.safetensors block 0, noise 1/8",
                            "model.safetensors block 0, noise 3/16",
                            "model.safetensors block 0, noise 5/16",
                            "model.safetensors block 1, noise 1/32",
                            "model.safetensors block 1, noise 1/16",
                            "model.safetensors block 1, noise 1/8",
                            "model.safetensors block 1, noise 3/16",
                            "model.safetensors block 1, noise 5/16");
            assertThat(tasks.get(0).truth()).isBetween(tasks.get(2).truth(), Math.log(STATES));
            assertThat(tasks).allSatisfy(task -> assertThat(task.truthError()).isBetween(1e-4, 0.05));
            assertThatThrownBy(() -> ActivationTasks.tasks(file("hidden_states.0", "hidden_states.2"), backend))
                    .hasMessageContaining("no two tensors");
        }
    }

    @Test
    void theTruthIsTheMeanLogDensityRatioOfTheDraws() {
        States x = States.standardised(states(0), WIDTH);
        States y = States.standardised(states(1), WIDTH);
        try (Backend backend = new CpuBackend(1)) {
            for (KnownTask task : ActivationTasks.block("block", x, y, backend)) {
                NoisyStates law = (NoisyStates) task.law().base();
                int n = 20_000;
                SamplePairs pairs = task.raw(n, 3);
                double sum = 0;
                double squares = 0;
                for (int row = 0; row < n; row++) {
                    double both = 0;
                    double alone = 0;
                    double other = 0;
                    for (int m = 0; m < STATES; m++) {
                        double ofX = Math.exp(
                                -squareDistance(pairs.x(), row, x.values(), m) / (2 * law.sigma() * law.sigma()));
                        double ofY = Math.exp(
                                -squareDistance(pairs.y(), row, y.values(), m) / (2 * law.sigma() * law.sigma()));
                        both += ofX * ofY / STATES;
                        alone += ofX / STATES;
                        other += ofY / STATES;
                    }
                    double ratio = Math.log(both / (alone * other));
                    sum += ratio;
                    squares += ratio * ratio;
                }
                double mean = sum / n;
                double error = Math.sqrt((squares / n - mean * mean) / n);
                assertThat(error).isBetween(1e-4, 0.02);
                assertThat(task.truth())
                        .as(task.name())
                        .isCloseTo(mean, within(4 * Math.hypot(error, task.truthError())));
            }
        }
    }

    private static double squareDistance(float[] a, int i, float[] b, int j) {
        double sum = 0;
        for (int c = 0; c < WIDTH; c++) {
            double difference = (double) a[i * WIDTH + c] - b[j * WIDTH + c];
            sum += difference * difference;
        }
        return sum;
    }

    @Test
    void noiseHasItsDeviationAroundStatesThatAreDrawnEquallyOften() {
        NoisyStates law = new NoisyStates(new float[] {-1, 1}, 1, new float[] {-10, 0, 10, 0}, 0.1);
        KnownTask task = KnownTask.of("two", new int[] {1, 2}, 0, law);
        int n = 20_000;
        SamplePairs pairs = task.raw(n, 1);
        int second = 0;
        double ofX = 0;
        double ofY = 0;
        for (int row = 0; row < n; row++) {
            boolean high = pairs.x()[row] > 0;
            second += high ? 1 : 0;
            assertThat(pairs.y()[2 * row] > 0).isEqualTo(high);
            ofX += Math.pow(pairs.x()[row] - (high ? 1 : -1), 2);
            ofY += Math.pow(pairs.y()[2 * row + 1], 2);
        }
        // Four standard errors: sqrt(n) / 2 rows, 0.1 / sqrt(2 n).
        assertThat(second).isBetween(10_000 - 283, 10_000 + 283);
        assertThat(Math.sqrt(ofX / n)).isCloseTo(0.1, within(0.002));
        assertThat(Math.sqrt(ofY / n)).isCloseTo(0.1, within(0.002));
    }

    @Test
    void statesOfDifferentShapesAreRefused() {
        States x = States.standardised(states(0), WIDTH);
        States y = States.standardised(Arrays.copyOf(states(1), 10 * WIDTH), WIDTH);
        try (Backend backend = new CpuBackend(1)) {
            assertThatThrownBy(() -> ActivationTasks.block("block", x, y, backend))
                    .hasMessageContaining("[40, 3] and [10, 3]");
        }
    }
}
