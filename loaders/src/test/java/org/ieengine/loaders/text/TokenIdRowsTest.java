package org.ieengine.loaders.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From token ids in a safetensors file to a token matrix. */
class TokenIdRowsTest {
    private static final SequenceSettings SETTINGS = SequenceSettings.forVocabulary(100);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"I32", "I64"})
    void rowsAreTakenAsTheyAre(String type) throws IOException {
        TokenData read = read(written("token_ids", type, "2,3", 1, 2, 3, 4, 5, 99), SETTINGS);
        assertThat(read.tokens()).isEqualTo(new TokenMatrix(new int[] {1, 2, 3, 4, 5, 99}, 2, 3));
        assertThat(read.counts()).isEqualTo(new SequenceCounts(2, 0, 0, 2, 2, 2));
        assertThat(read.sha256()).hasSize(64);
    }

    @Test
    void rowsAreCutLikeSentences() throws IOException {
        Path file = written("token_ids", "I64", "2,5", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        SequenceSettings two = SETTINGS.withTokens(2);
        assertThat(read(file, two).tokens().ids()).containsExactly(1, 2, 6, 7);
        assertThat(read(file, two.withCut(Cut.END)).tokens().ids()).containsExactly(4, 5, 9, 10);
        assertThat(read(file, two.withCut(Cut.WINDOWS)).tokens().ids()).containsExactly(1, 2, 3, 4, 6, 7, 8, 9);
        assertThat(read(file, SETTINGS.withBos(0)).tokens().sequence(0)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(read(file, two.withBos(0)).tokens().ids()).containsExactly(0, 1, 0, 6);
    }

    @Test
    void rowsBeyondOneReadingKeepTheirOrder() throws IOException {
        long[] ids = new long[3 * 70_000];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i % 97;
        }
        TokenMatrix tokens =
                read(written("token_ids", "I32", "70000,3", ids), SETTINGS).tokens();
        assertThat(tokens.sequences()).isEqualTo(70_000);
        for (int i = 0; i < ids.length; i++) {
            assertThat((long) tokens.ids()[i]).isEqualTo(ids[i]);
        }
    }

    @Test
    void faultsNameFileTensorAndPlace() throws IOException {
        assertFault(written("ids", "I64", "1,2", 1, 2), "holds no tensor token_ids (it holds ids)");
        assertFault(written("token_ids", "U8", "1,2", 1, 2), "token_ids: holds U8; expected token_ids of I32 or I64");
        assertFault(written("token_ids", "F32", "1,2", 1, 2), "token_ids: holds F32");
        assertFault(written("token_ids", "I64", "2", 1, 2), "has the shape [2]");
        assertFault(written("token_ids", "I64", "0,2"), "has the shape [0, 2]");
        assertFault(written("token_ids", "I64", "2,0"), "has the shape [2, 0]");
        assertFault(written("token_ids", "I64", "1,1,2", 1, 2), "has the shape [1, 1, 2]");
        assertFault(written("token_ids", "I64", "2,2", 1, 2, 3, -1), "token_ids[1, 1]: is -1");
        assertFault(written("token_ids", "I64", "2,2", 1, 1L << 32, 3, 4), "token_ids[0, 1]: is 4294967296");
        assertFault(written("token_ids", "I64", "2,2", 1, 2, 3, 100), "token_ids, row 1: holds the id 100");
    }

    @Test
    void longerSequencesThanRowsAreRefused() throws IOException {
        Path file = written("token_ids", "I64", "1,2", 1, 2);
        assertThatThrownBy(() -> read(file, SETTINGS.withTokens(3)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has rows of 2 tokens, but sequences of 3 are asked for");
    }

    private static void assertFault(Path file, String message) {
        assertThatThrownBy(() -> read(file, SETTINGS))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    private static TokenData read(Path file, SequenceSettings settings) {
        return TokenData.read(DataSource.tokenIds(file), null, settings, Progress.SILENT);
    }

    private Path written(String name, String type, String shape, long... values) throws IOException {
        int width = type.equals("I64") ? 8 : type.equals("U8") ? 1 : 4;
        String header = "{\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[0,"
                + values.length * width + "]}}";
        byte[] json = header.getBytes(UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + json.length + values.length * width).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        for (long value : values) {
            switch (type) {
                case "I64" -> bytes.putLong(value);
                case "U8" -> bytes.put((byte) value);
                case "F32" -> bytes.putFloat(value);
                default -> bytes.putInt((int) value);
            }
        }
        return Files.write(directory.resolve("ids.safetensors"), bytes.array());
    }
}
