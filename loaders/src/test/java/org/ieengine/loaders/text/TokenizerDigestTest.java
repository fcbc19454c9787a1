package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerDigestTest {
    @TempDir
    private Path directory;

    @Test
    void shouldBeThatOfTheFileThatIsReadFirst() throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), "abc");
        Files.writeString(directory.resolve("tokenizer.model"), "other");

        // The published example of the standard (FIPS 180-4).
        assertThat(Tokenizers.sha256(directory))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void shouldCoverBothFilesOfAPair() throws IOException {
        Files.writeString(directory.resolve("vocab.json"), "a");
        Files.writeString(directory.resolve("merges.txt"), "bc");

        assertThat(Tokenizers.sha256(directory))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void shouldBeEmptyWithoutATokenizer() throws IOException {
        Files.writeString(directory.resolve("vocab.json"), "a");

        assertThat(Tokenizers.sha256(directory)).isEmpty();
    }
}
