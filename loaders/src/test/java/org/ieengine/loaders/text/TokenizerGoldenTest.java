package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids of the first 200 sample sentences against those of the Hugging Face tokenizers. */
class TokenizerGoldenTest {
    private static final Path SAMPLES = Path.of("..", "samples");

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    void sampleTokenizersGiveTheReferenceIds(String model) throws IOException {
        assertReferenceIds(SAMPLES.resolve(model), model);
    }

    @Test
    void vocabularyAndMergesGiveTheReferenceIds(@TempDir Path directory) throws IOException {
        for (String name : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
            Files.copy(SAMPLES.resolve("gpt2-tiny").resolve(name), directory.resolve(name));
        }
        try (Tokenizer tokenizer = Tokenizers.open(directory)) {
            assertThat(tokenizer.description()).contains("vocab.json");
        }
        assertReferenceIds(directory, "gpt2-tiny");
    }

    private static void assertReferenceIds(Path directory, String model) throws IOException {
        int[][] expected;
        try (InputStream golden = TokenizerGoldenTest.class.getResourceAsStream("/tokenizers/" + model + ".json")) {
            expected = new ObjectMapper().readValue(golden, int[][].class);
        }
        List<String> lines =
                Files.readAllLines(SAMPLES.resolve("sentences.txt")).subList(0, expected.length);
        try (Tokenizer tokenizer = Tokenizers.open(directory)) {
            assertThat(expected).hasNumberOfRows(200);
            assertThat(tokenizer.encode(lines).toArray(int[][]::new)).isDeepEqualTo(expected);
            assertThat(tokenizer.vocabulary()).isEqualTo(2048);
        }
    }
}
