package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Narrow last layers taken at once by a backend that has an operation for them, beside layers one by one. */
class CriticPassTest {
    private static final List<Integer> WIDTHS = List.of(24, 12, 6, 3, 1);
    private static final int ROWS = 40;
    private static final int D = 5;
    private static final List<Pairing> PAIRINGS = List.of(new Pairing.Identity(ROWS), new Pairing.AllPairs(2, ROWS));

    private record Gradients(long bytes, List<float[]> values) {}

    private static Gradients gradients(int tailFrom, int capacity) {
        try (CpuBackend own = new CpuBackend(1)) {
            Backend backend = new TracedBackend(own, tailFrom).traced();
            long before = own.allocatedBytes();
            try (Critic critic = new Critic(backend, WIDTHS, D, D)) {
                long parameters = own.allocatedBytes() - before;
                try (CriticPass pass = new CriticPass(backend, critic, ROWS, capacity)) {
                    pass.prepareBackward(PAIRINGS);
                    long bytes = own.allocatedBytes() - before - parameters;
                    assertThat(CriticPass.bytes(backend, WIDTHS, ROWS, capacity))
                            .isEqualTo(bytes);
                    return new Gradients(bytes, run(backend, critic, pass));
                }
            }
        }
    }

    private static List<float[]> run(Backend backend, Critic critic, CriticPass pass) {
        critic.initialise(new Philox(3, 0, 0, 0, 0));
        float[] states = new float[ROWS * D];
        new Philox(4, 0, 0, 0, 0).normals(0, 1, states);
        Tensor x = backend.allocate(ROWS, D);
        backend.write(states, x, 0);
        new Philox(5, 0, 0, 0, 0).normals(0, 1, states);
        Tensor y = backend.allocate(ROWS, D);
        backend.write(states, y, 0);
        int pairs = 3 * ROWS;
        float[] both = new float[2 * pairs];
        for (int i = 0; i < pairs; i++) {
            both[2 * i] = i < ROWS ? 1f / ROWS : 0;
            both[2 * i + 1] = i < ROWS ? 0 : 0.5f / ROWS;
        }
        Tensor weights = backend.allocate(pairs, 2);
        backend.write(both, weights, 0);
        Tensor value = backend.allocate(1, 1);
        Tensor scores = backend.allocate(pairs, 1);
        pass.project(x, y);
        pass.gradients(
                PAIRINGS,
                weights,
                new CriticPass.Head(Exponential.STABLE, -1, value, null),
                scores,
                backend.allocate(pairs, 1));
        List<float[]> found = new ArrayList<>();
        List<Tensor> read = new ArrayList<>(List.of(scores, value));
        List<Parameter> parameters = new ArrayList<>(List.of(critic.weightX(), critic.weightY(), critic.bias(0)));
        for (int layer = 1; layer < WIDTHS.size(); layer++) {
            parameters.add(critic.weight(layer));
            parameters.add(critic.bias(layer));
        }
        parameters.forEach(parameter -> read.add(parameter.gradient()));
        for (Tensor tensor : read) {
            float[] values = new float[(int) tensor.rows() * tensor.columns()];
            backend.read(tensor, 0, (int) tensor.rows(), values);
            found.add(values);
        }
        return found;
    }

    /** From the first layer after the paired one, from one in the middle, the last alone; in one portion and in several. */
    @ParameterizedTest
    @CsvSource({"1,120", "3,120", "4,120", "1,33", "2,33"})
    void gradientsThroughTheFusedTailAreThoseOfTheLayers(int tailFrom, int capacity) {
        Gradients layers = gradients(0, capacity);
        Gradients fused = gradients(tailFrom, capacity);
        assertThat(fused.values).hasSameSizeAs(layers.values);
        for (int i = 0; i < fused.values.size(); i++) {
            float[] expected = layers.values.get(i);
            float[] found = fused.values.get(i);
            // float32 rounding of sums over 120 pairs; the gradient of the last bias is nothing but rounding of terms
            // about 1
            double most = Math.max(1e-2, maximum(expected));
            for (int k = 0; k < expected.length; k++) {
                assertThat((double) found[k])
                        .as("tensor %d entry %d", i, k)
                        .isCloseTo(expected[k], within(3e-5 * most));
            }
        }
        if (tailFrom < WIDTHS.size() - 1) {
            assertThat(fused.bytes).isLessThan(layers.bytes);
        } else {
            assertThat(fused.bytes).isEqualTo(layers.bytes);
        }
    }

    /** With a fused tail and without, from its earliest layer on too, where no product is shared; in one portion and in several. */
    @ParameterizedTest
    @CsvSource({"0,120", "0,33", "1,33", "2,120", "3,33", "4,120"})
    void networksThatShareTheProductOfALayerScoreAsEachAlone(int tailFrom, int capacity) {
        float[] thresholds = {0, 0.3f, 2};
        try (CpuBackend own = new CpuBackend(1)) {
            Backend backend = new TracedBackend(own, tailFrom).traced();
            try (Critic critic = new Critic(backend, WIDTHS, D, D);
                    CriticPass pass = new CriticPass(backend, critic, ROWS, capacity);
                    Tensor x = backend.allocate(ROWS, D);
                    Tensor y = backend.allocate(ROWS, D);
                    Tensor scores = backend.allocate(3 * ROWS, 1)) {
                critic.initialise(new Philox(3, 0, 0, 0, 0));
                float[] states = new float[ROWS * D];
                new Philox(4, 0, 0, 0, 0).normals(0, 1, states);
                backend.write(states, x, 0);
                new Philox(5, 0, 0, 0, 0).normals(0, 1, states);
                backend.write(states, y, 0);
                pass.project(x, y);
                List<Pairing> pairings = List.of(new Pairing.Identity(ROWS), new Pairing.AllPairs(2, ROWS));
                float[][] together =
                        pass.scores(pairings, thresholds.length, i -> critic.fallFrom(thresholds[i], 1), scores);
                for (int i = 0; i < thresholds.length; i++) {
                    critic.fallFrom(thresholds[i], 1);
                    pass.scores(pairings, scores);
                    float[] alone = new float[3 * ROWS];
                    backend.read(scores, 0, alone.length, alone);
                    for (int pair = 0; pair < alone.length; pair++) {
                        // the bias is added after the product's terms instead of before them
                        assertThat(together[i][pair])
                                .as("threshold %s, pair %d", thresholds[i], pair)
                                .isCloseTo(alone[pair], within(1e-5f));
                    }
                    assertThat(alone).doesNotContain(0f);
                }
            }
        }
    }

    private static double maximum(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> Math.abs(values[i]));
        return Arrays.stream(wide).max().orElseThrow();
    }
}
