package org.ieengine.engine.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the jar ships is cut from the golden models of the tests. */
class FamilyFilesTest {
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden");

    private static float[] values(StoredTensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        tensor.read(0, values, 0, values.length);
        return values;
    }

    @ParameterizedTest
    @CsvSource({"gpt2, gpt2-f16", "llama, llama-gqa", "gemma, gemma-tiny", "gemma2, gemma2-tiny", "gemma3, gemma3-tiny"
    })
    void shouldHoldTheFirstBlocksOfAGoldenModelAndItsStates(String family, String origin, @TempDir Path directory) {
        FamilyFiles files = FamilyFiles.copy(family, directory);
        int length = files.tokens().tokens();
        try (SafetensorsFile shipped = SafetensorsFile.open(files.directory().resolve("model.safetensors"));
                SafetensorsFile whole = SafetensorsFile.open(GOLDEN.resolve(origin + "/model.safetensors"));
                SafetensorsFile golden = SafetensorsFile.open(GOLDEN.resolve(origin + "/golden.safetensors"))) {
            for (String name : shipped.names()) {
                float[] part = values(shipped.tensor(name));
                float[] all = values(whole.tensor(name));
                if (name.endsWith("wte.weight") || name.endsWith("embed_tokens.weight")) {
                    requireRowsOfTokens(
                            files, golden, part, all, (int) shipped.tensor(name).shape()[1]);
                } else {
                    assertThat(part).as(name).isEqualTo(Arrays.copyOf(all, part.length));
                    assertThat(name.endsWith("wpe.weight") || part.length == all.length)
                            .isTrue();
                }
            }
            float[] states = values(golden.tensor("hidden_states"));
            long[] shape = golden.tensor("hidden_states").shape();
            double[] kept = files.states();
            int row = length * (int) shape[3];
            for (int i = 0; i < kept.length; i++) {
                int state = i / row;
                assertThat((float) kept[i]).isEqualTo(states[state * (int) shape[1] * row + i % row]);
            }
        }
    }

    /** The row of every token of the sequence is that of the token in the golden sequence. */
    private static void requireRowsOfTokens(
            FamilyFiles files, SafetensorsFile golden, float[] part, float[] all, int width) {
        int[] ids = files.tokens().ids();
        long[] original = new long[ids.length];
        golden.tensor("input_ids").read(0, original, 0, original.length);
        for (int i = 0; i < ids.length; i++) {
            assertThat(Arrays.copyOfRange(part, ids[i] * width, (ids[i] + 1) * width))
                    .isEqualTo(Arrays.copyOfRange(all, (int) original[i] * width, ((int) original[i] + 1) * width));
        }
    }
}
