package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that trip tokenizers, and special tokens spelt in a text. */
class TokenizerTextsTest {
    private static final Path SAMPLES = Path.of("..", "samples");
    private static final String LONG = "a gas is emitted ".repeat(2_000);

    @TempDir
    private Path directory;

    @Test
    void byteLevelTokensSpellEveryTextBack() {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            for (String text : List.of("plain", "e\u0301", "tab\tnul\u0000", "  two  spaces ", "\u00AD", "\r")) {
                StringBuilder spelt = new StringBuilder();
                for (int id : tokenizer.encode(List.of(text)).get(0)) {
                    spelt.append(tokenizer.token(id));
                }
                if (text.chars().allMatch(c -> c < 128)) {
                    assertThat(spelt).hasToString(text);
                }
                assertThat(spelt).isNotEmpty();
            }
        }
    }

    @Test
    void everyByteOfAnUnknownCharacterBecomesAToken() {
        // U+1F600 is F0 9F 98 80 in UTF-8; byte tokens of the model follow <unk>, <s>, </s> in order: id 3 + byte.
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("openllama-tiny"))) {
            int[] ids = tokenizer.encode(List.of("\uD83D\uDE00")).get(0);
            assertThat(Arrays.copyOfRange(ids, 1, 5)).containsExactly(0xF0 + 3, 0x9F + 3, 0x98 + 3, 0x80 + 3);
            assertThat(tokenizer.encode(List.of("x\u0000")).get(0)).endsWith(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    void aBatchGivesWhatSingleTextsGive(String model) {
        List<String> texts =
                new ArrayList<>(List.of("", "x", "\uD83D\uDE00", "\u05E9\u05DC\u05D5\u05DD", "e\u0301", LONG));
        for (int i = 0; i < 500; i++) {
            texts.add("a gas is emitted " + i);
        }
        Collections.shuffle(texts, new java.util.Random(1));
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
            List<int[]> together = tokenizer.encode(texts);
            for (int i = 0; i < texts.size(); i++) {
                assertThat(together.get(i))
                        .containsExactly(tokenizer.encode(List.of(texts.get(i))).get(0));
                assertThat(together.get(i).length == 0).isEqualTo(texts.get(i).isEmpty());
            }
        }
    }

    @Test
    void endOfTextSpeltInATextIsOneToken() throws IOException {
        for (Path model : List.of(SAMPLES.resolve("gpt2-tiny"), gpt2Files("{}"))) {
            try (Tokenizer tokenizer = Tokenizers.open(model)) {
                int[] ids = tokenizer.encode(List.of("x<|endoftext|>y")).get(0);
                assertThat(ids).hasSize(3);
                assertThat(ids[1]).isEqualTo(2047);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void addPrefixSpaceIsReadFromTheConfiguration(boolean json) throws IOException {
        Path files = gpt2Files("{\"add_prefix_space\": true}");
        if (json) {
            Files.copy(SAMPLES.resolve("gpt2-tiny").resolve("tokenizer.json"), files.resolve("tokenizer.json"));
        }
        try (Tokenizer prefixing = Tokenizers.open(files);
                Tokenizer plain = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            assertThat(prefixing.description().startsWith("tokenizer.json")).isEqualTo(json);
            assertThat(prefixing.encode(List.of("gas")).get(0))
                    .containsExactly(plain.encode(List.of(" gas")).get(0));
        }
    }

    @Test
    void legacyLlamaPutsTheDummyPrefixBeforeEveryStretch() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(llama("{\"legacy\": true}"))) {
            assertThat(tokens(tokenizer, "<s>hello</s> you"))
                    .containsExactly("<s>", "▁he", "ll", "o", "</s>", "▁", "▁you");
        }
    }

    @Test
    void newLlamaPutsTheDummyPrefixBeforeTheTextOnly() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(llama("{\"legacy\": false}"))) {
            assertThat(tokens(tokenizer, "<s>hello</s> you")).containsExactly("<s>", "he", "ll", "o", "</s>", "▁you");
            assertThat(tokens(tokenizer, "hello")).containsExactly("▁he", "ll", "o");
            assertThat(tokens(tokenizer, "")).isEmpty();
        }
    }

    private static List<String> tokens(Tokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(List.of(text)).get(0))
                .mapToObj(tokenizer::token)
                .toList();
    }

    private Path gpt2Files(String configuration) throws IOException {
        for (String name : List.of("vocab.json", "merges.txt")) {
            Files.copy(SAMPLES.resolve("gpt2-tiny").resolve(name), directory.resolve(name));
        }
        Files.writeString(directory.resolve("tokenizer_config.json"), configuration);
        return directory;
    }

    private Path llama(String configuration) throws IOException {
        Files.copy(SAMPLES.resolve("openllama-tiny").resolve("tokenizer.model"), directory.resolve("tokenizer.model"));
        Files.writeString(directory.resolve("tokenizer_config.json"), configuration);
        return directory;
    }
}
