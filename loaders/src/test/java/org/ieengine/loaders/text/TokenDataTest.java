package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** From a source to a token matrix. */
class TokenDataTest {
    private static final Path SAMPLES = Path.of("..", "samples");

    @Test
    void readsTheSampleSentences() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            TokenData data = TokenData.read(
                    DataSource.of(SAMPLES.resolve("sentences.txt").toString(), ""),
                    tokenizer,
                    SequenceSettings.forVocabulary(2048),
                    Progress.SILENT);
            assertThat(data.tokens().tokens()).isEqualTo(8);
            assertThat(data.tokens().sequence(0)).containsExactly(841, 628, 656, 275, 296, 1132, 286, 980);
            assertThat(data.counts().read()).isEqualTo(4000);
            assertThat(data.counts().used() + data.counts().tooShort()).isEqualTo(4000);
            assertThat(data.warnings()).isEmpty();
        }
    }
}
