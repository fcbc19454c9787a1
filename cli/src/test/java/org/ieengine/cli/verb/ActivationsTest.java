package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.ProgramRun;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationsTest {
    private static final double TOLERANCE = 1e-4;

    @TempDir
    Path directory;

    private static float[] floats(StoredTensor tensor) {
        float[] values = new float[(int) tensor.elements()];
        tensor.read(0, values, 0, values.length);
        return values;
    }

    private static long[] integers(StoredTensor tensor) {
        long[] values = new long[(int) tensor.elements()];
        tensor.read(0, values, 0, values.length);
        return values;
    }

    private Path tokenIds(long[] ids, long sequences, long tokens) {
        Path file = directory.resolve("ids.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(
                file, List.of(TensorDeclaration.of("token_ids", ElementType.I64, sequences, tokens)), Map.of())) {
            writer.write("token_ids", 0, ids, 0, ids.length);
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    void shouldWriteTheHiddenStatesThatTransformersComputes(String model) {
        try (SafetensorsFile golden = SafetensorsFile.open(Path.of("../samples", model, "golden.safetensors"))) {
            StoredTensor ids = golden.tensor("input_ids");
            long sequences = ids.shape()[0];
            long tokens = ids.shape()[1];
            Path input = tokenIds(integers(ids), sequences, tokens);
            Path out = directory.resolve("out");

            ProgramRun run = ProgramRun.of(
                    "activations",
                    "-w",
                    "../samples/" + model,
                    "--token-ids",
                    input.toString(),
                    "--logits",
                    "--out",
                    out.toString());

            assertThat(run.err()).isEmpty();
            assertThat(run.code()).isZero();
            float[] expected = floats(golden.tensor("hidden_states"));
            try (SafetensorsFile written = SafetensorsFile.open(out.resolve("activations.safetensors"))) {
                assertThat(written.names())
                        .containsExactlyInAnyOrder(
                                "token_ids",
                                "logits",
                                "hidden_states.0",
                                "hidden_states.1",
                                "hidden_states.2",
                                "hidden_states.3",
                                "hidden_states.4");
                assertThat(integers(written.tensor("token_ids"))).containsExactly(integers(ids));
                int perState = expected.length / 5;
                for (int state = 0; state < 5; state++) {
                    StoredTensor tensor = written.tensor("hidden_states." + state);
                    assertThat(tensor.shape()).containsExactly(sequences, tokens, 128);
                    float[] wanted = java.util.Arrays.copyOfRange(expected, state * perState, (state + 1) * perState);
                    assertThat(floats(tensor)).containsExactly(wanted, within((float) TOLERANCE));
                }
                assertThat(floats(written.tensor("logits")))
                        .containsExactly(floats(golden.tensor("logits")), within((float) TOLERANCE));
            }
        }
    }

    @Test
    void shouldKeepTheOrderOfSequencesAndWriteOnlyWhatIsChosen() {
        long[] ids = {7, 8, 9, 5, 6, 7, 7, 8, 1, 5, 6, 7};
        Path input = tokenIds(ids, 4, 3);

        run(input, "all");
        run(input, "some", "--layers", "1", "--positions", "0,2");

        try (SafetensorsFile all = SafetensorsFile.open(directory.resolve("all/activations.safetensors"));
                SafetensorsFile some = SafetensorsFile.open(directory.resolve("some/activations.safetensors"))) {
            assertThat(some.names()).containsExactlyInAnyOrder("token_ids", "hidden_states.1", "hidden_states.2");
            float[] whole = floats(all.tensor("hidden_states.2"));
            float[] part = floats(some.tensor("hidden_states.2"));
            assertThat(some.tensor("hidden_states.2").shape()).containsExactly(4, 2, 128);
            for (int sequence = 0; sequence < 4; sequence++) {
                for (int i = 0; i < 128; i++) {
                    assertThat(part[(sequence * 2) * 128 + i]).isEqualTo(whole[(sequence * 3) * 128 + i]);
                    assertThat(part[(sequence * 2 + 1) * 128 + i]).isEqualTo(whole[(sequence * 3 + 2) * 128 + i]);
                }
            }
            assertThat(java.util.Arrays.copyOfRange(whole, 128 * 3, 128 * 6))
                    .containsExactly(java.util.Arrays.copyOfRange(whole, 128 * 9, 128 * 12));
            assertThat(java.util.Arrays.copyOfRange(whole, 0, 128 * 2))
                    .containsExactly(java.util.Arrays.copyOfRange(whole, 128 * 6, 128 * 8));
        }
    }

    private void run(Path input, String out, String... more) {
        List<String> words = new java.util.ArrayList<>(List.of(
                "activations",
                "-w",
                "../samples/gpt2-tiny",
                "--token-ids",
                input.toString(),
                "--out",
                directory.resolve(out).toString()));
        words.addAll(List.of(more));
        ProgramRun run = ProgramRun.of(words.toArray(new String[0]));
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    @Test
    void shouldRefuseACapThatHoldsNotOneBlock() {
        Path input = tokenIds(new long[] {1, 2, 3}, 1, 3);

        ProgramRun run = ProgramRun.of(
                "activations",
                "-w",
                "../samples/gpt2-tiny",
                "--token-ids",
                input.toString(),
                "--memory",
                "0.001",
                "--out",
                directory.resolve("out").toString());

        assertThat(run.code()).isEqualTo(5);
        assertThat(run.err()).contains("--memory").hasLineCount(1);
        assertThat(Files.exists(directory.resolve("out/activations.safetensors")))
                .isFalse();
    }
}
