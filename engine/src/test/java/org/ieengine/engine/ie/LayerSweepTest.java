package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerSweepTest {
    @TempDir
    Path directory;

    private CpuBackend backend;
    private ModelDirectory model;

    @BeforeEach
    void open() {
        backend = new CpuBackend(1);
        model = ModelDirectory.open(TestRuns.GPT2);
    }

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    private static float[] read(Backend backend, Tensor tensor) {
        try (tensor) {
            float[] values = new float[(int) tensor.rows() * tensor.columns()];
            backend.read(tensor, 0, (int) tensor.rows(), values);
            return values;
        }
    }

    @Test
    void statesOfRepeatedAndPrefixedSequencesAreThoseOfTransformers() {
        // Two held-out sentences of 24 tokens each, one of them twice.
        try (SafetensorsFile golden = SafetensorsFile.open(TestRuns.GPT2.resolve("golden.safetensors"));
                Transformer transformer = Transformers.open(model, backend)) {
            StoredTensor ids = golden.tensor("input_ids");
            int length = (int) ids.shape()[1];
            long[] both = new long[2 * length];
            ids.read(0, both, 0, both.length);
            int[] tokens = new int[3 * length];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = (int) both[i < 2 * length ? i : i - length];
            }
            PrefixTree tree = new PrefixTree(new TokenMatrix(tokens, 3, length));
            int[] alone = Arrays.stream(tokens).sorted().distinct().toArray();
            PrefixTree single = new PrefixTree(new TokenMatrix(alone, alone.length, 1));
            StoredTensor expected = golden.tensor("hidden_states");
            int d = model.config().width();
            var source = new LayerSweep.Source(transformer, tree, single, "gpt2-tiny");
            try (LayerSweep sweep = LayerSweep.over(source, backend, length)) {
                for (int state = 0; state <= 4; state++) {
                    if (state == 0) {
                        sweep.embed(rows -> {});
                    } else {
                        sweep.advance(rows -> {}, false);
                    }
                    assertThat(sweep.state()).isEqualTo(state);
                    for (int sequence = 0; sequence < 2; sequence++) {
                        float[] reference = new float[length * d];
                        expected.read((2L * state + sequence) * length * d, reference, 0, reference.length);
                        for (int position : new int[] {0, 7, length - 1}) {
                            int row = tree.node(position, sequence);
                            float[] found = read(backend, sweep.macroStates(new int[] {row}));
                            for (int i = 0; i < d; i++) {
                                assertThat(Math.abs(found[i] - reference[position * d + i]))
                                        .isLessThan(1e-4f);
                            }
                        }
                        // A token fed alone is a sequence of its own: the first position of this one.
                        float[] micro = read(backend, sweep.microStates());
                        int at = Arrays.binarySearch(alone, tokens[sequence * length]);
                        for (int i = 0; i < d; i++) {
                            assertThat(Math.abs(micro[at * d + i] - reference[i]))
                                    .isLessThan(1e-4f);
                        }
                    }
                }
            }
        }
    }

    private IeResult run(ModelWeights weights, TokenMatrix tokens) {
        RunInputs inputs = TestRuns.inputs(model, tokens);
        RunInputs planted = new RunInputs(weights, inputs.model(), inputs.tokens(), inputs.source(), inputs.engine());
        MeasureSettings settings = MeasureSettings.builder().seeds(1).build();
        InformationEmergence measure = TestRuns.stated(settings, planted, backend, new ListenerCalls());
        try (Journal journal = Journal.open(directory, false)) {
            return measure.run(measure.plan(MemoryLimits.FREE), journal, RunListener.SILENT);
        }
    }

    @Test
    void aStateThatIsNotFiniteEndsTheRunNamingBlockPositionAndSequence() {
        TokenMatrix tokens = new TokenMatrix(new int[] {5, 6, 7, 5, 9, 7}, 2, 3);
        ModelWeights planted =
                new PlantedWeights(model, "h.2.mlp.c_fc.bias", (tensor, element) -> element == 3 ? Float.NaN : 0);
        assertThatThrownBy(() -> run(planted, tokens))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("gpt2-tiny: block 2: the state of position 0 of sequence 1 (token ids 5)")
                .hasMessageContaining("is not finite");
        // Only the embedding of token 9 is bad: the second sequence, its second position.
        int d = model.config().width();
        ModelWeights embedding = new PlantedWeights(
                model,
                "wte.weight",
                (tensor, element) ->
                        element == 9L * d ? Float.POSITIVE_INFINITY : PlantedWeights.element(tensor, element));
        assertThatThrownBy(() -> run(embedding, tokens))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("embedding: the state of position 1 of sequence 2 (token ids 5 9)");
        assertThat(backend.allocatedBytes()).isZero();
    }

    @Test
    void differentSymbolsWithOneStateAreCountedInAWarning() {
        // Tokens 5 and 6 get the embedding of token 5: every state after them coincides too.
        int d = model.config().width();
        ModelWeights twins = new PlantedWeights(
                model,
                "wte.weight",
                (tensor, element) -> PlantedWeights.element(tensor, element / d == 6 ? element - d : element));
        TokenMatrix tokens = new TokenMatrix(new int[] {5, 8, 6, 8, 7, 8, 7, 5, 7, 6}, 5, 2);
        IeResult result = run(twins, tokens);
        List<String> merged = result.warnings().stream()
                .filter(w -> w.contains("share their float32 state"))
                .toList();
        assertThat(merged)
                .contains(
                        "state 0, position 1: 1 different tokens share their float32 state with another; the ceiling"
                                + " counts them apart",
                        "state 1, position 1: 2 different prefixes share their float32 state with another; the ceiling"
                                + " counts them apart",
                        "state 4, tokens alone: 1 different tokens share their float32 state with another; the ceiling"
                                + " counts them apart");
        assertThat(merged).hasSize(10);
        assertThat(run(model, tokens).warnings()).noneMatch(w -> w.contains("share"));
    }
}
