package org.ieengine.loaders.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every format of sentences, whole and broken. */
class SentenceReaderTest {
    @TempDir
    private Path directory;

    @Test
    void linesEndInLfOrCrLfAndTheLastNeedsNoEnd() throws IOException {
        assertThat(texts("a.txt", "one\r\n two \n\nlone\rcr\nlast"))
                .containsExactly("one", " two ", "", "lone\rcr", "last");
    }

    @Test
    void aByteOrderMarkIsDroppedOnlyAtTheStart() throws IOException {
        assertThat(texts("a.txt", "\uFEFFone\n\uFEFFtwo\n")).containsExactly("one", "\uFEFFtwo");
        assertThat(texts("a.jsonl", "\uFEFF\"one\"\n")).containsExactly("one");
        assertThat(texts("a.json", "\uFEFF[\"one\"]")).containsExactly("one");
    }

    @Test
    void emojiCombiningRightToLeftAndNulPassThrough() throws IOException {
        String odd = "\uD83D\uDE00 e\u0301 \u05E9\u05DC\u05D5\u05DD \u0000 end";
        assertThat(texts("a.txt", odd + "\n")).containsExactly(odd);
        assertThat(texts("a.json", "[\"\\ud83d\\ude00 \\u0000\"]")).containsExactly("\uD83D\uDE00 \u0000");
    }

    @ParameterizedTest
    @ValueSource(ints = {32_767, 32_768, 32_769, 100_000, 3_000_000})
    void longLinesCrossTheBuffers(int length) throws IOException {
        String line = "é".repeat(length / 2) + "x".repeat(length % 2);
        assertThat(texts("a.txt", "first\n" + line + "\r\nlast\n")).containsExactly("first", line, "last");
    }

    @Test
    void aFileWithoutLineEndsIsRefusedBeforeItFillsTheHeap() throws IOException {
        Path file = directory.resolve("a.txt");
        byte[] bytes = new byte[TextLines.LONGEST_LINE + 1];
        Arrays.fill(bytes, (byte) 'a');
        Files.write(file, bytes);
        assertFault(file, "", "line 1: is longer than 16 MiB");
    }

    @Test
    void jsonLinesAreStringsOrObjects() throws IOException {
        String lines = "\"plain\"\n\n{\"id\": {\"text\": 1}, \"text\": \"in a field\"}\r\n";
        assertThat(texts("a.jsonl", lines)).containsExactly("plain", "", "in a field");
    }

    @Test
    void theFieldIsChosenByName() throws IOException {
        Path file = written("a.jsonl", "{\"text\": 5, \"gloss\": \"here\"}\n");
        assertThat(texts(file, "gloss")).containsExactly("here");
    }

    @Test
    void aFieldMayBeAPathThroughObjectsAndArrays() throws IOException {
        String hermes =
                "{\"id\": 1, \"conversations\": [{\"from\": \"human\", \"value\": \"one\"}, {\"value\": \"two\"}],"
                        + " \"source\": {\"value\": \"no\"}}\n{\"conversations\": []}\n{\"conversations\": [{\"value\": \"\"}]}\n";
        assertThat(texts(written("a.jsonl", hermes), "conversations.value")).containsExactly("one", "two", "");
        assertThat(texts(
                        written("a.json", "[{\"a\": {\"b\": [\"one\", [\"two\"]]}}, \"three\", {\"a\": {\"b\": []}}]"),
                        "a.b"))
                .containsExactly("one", "two", "three");
        assertThat(texts(written("a.json", "[{\"a\": []}]"), "a.b")).isEmpty();
    }

    @Test
    void aFieldThatIsSpeltWithADotGoesBeforeThePath() throws IOException {
        Path file = written("a.jsonl", "{\"a\": {\"b\": \"path\"}, \"a.b\": \"key\"}\n{\"a\": {\"b\": \"path\"}}\n");
        assertThat(texts(file, "a.b")).containsExactly("key", "path");
    }

    @Test
    void faultsOfAPathNameItsPart() throws IOException {
        assertFault(written("a.jsonl", "{\"a\": 3}"), "a.b", "line 1: within the field 'a' of 'a.b' is a number");
        assertFault(written("a.jsonl", "{\"a\": \"x\"}"), "a.b", "within the field 'a' of 'a.b' is a string");
        assertFault(
                written("a.jsonl", "{\"a\": [{\"b\": 3}]}"), "a.b", "the field 'a.b' is a number; expected a string");
        assertFault(written("a.jsonl", "{\"a\": [{\"c\": \"x\"}]}"), "a.b", "has no field 'a.b' (it has a)");
        assertFault(written("a.jsonl", "{\"a\": [{\"b\": \"x\"}"), "a.b", "line 1: is not JSON");
        assertFault(written("a.json", "[{\"a\": {\"b\": \"\\ud800\"}}]"), "a.b", "is half of a surrogate pair");
        assertFault(written("a.jsonl", "{\"texts\": [\"x\"]}"), "texts", "the field 'texts' is an array");
    }

    @Test
    void aJsonArrayIsReadElementByElement() throws IOException {
        assertThat(texts("a.json", "[ \"one\", {\"x\": [1, 2], \"text\": \"two\"},\n \"\" ]\n"))
                .containsExactly("one", "two", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.txt.gz", "a.jsonl.gz", "a.json.gz", "A.JSON.GZ"})
    void everyFormatMayBeCompressed(String name) throws IOException {
        String content = name.startsWith("a.txt")
                ? "one\ntwo\n"
                : name.startsWith("a.jsonl") ? "\"one\"\n\"two\"" : "[\"one\",\"two\"]";
        Path file = directory.resolve(name);
        Files.write(file, gzip(content.getBytes(UTF_8)));
        assertThat(texts(file, "")).containsExactly("one", "two");
    }

    @Test
    void gzipFilesPutTogetherAreOneText() throws IOException {
        Path file = directory.resolve("a.txt.gz");
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(gzip("one\nt".getBytes(UTF_8)));
        both.write(gzip("wo\n".getBytes(UTF_8)));
        Files.write(file, both.toByteArray());
        assertThat(texts(file, "")).containsExactly("one", "two");
    }

    @Test
    void standardInputIsLinesOrJsonLinesWhenAFieldIsNamed() throws IOException {
        assertThat(texts(standardInput("{\"a\": \"x\"}\nb".getBytes(UTF_8), "")))
                .containsExactly("{\"a\": \"x\"}", "b");
        assertThat(texts(standardInput("{\"a\": \"x\"}\n".getBytes(UTF_8), "a")))
                .containsExactly("x");
        assertThat(texts(standardInput(gzip("packed\n".getBytes(UTF_8)), ""))).containsExactly("packed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.txt", "a.txt.gz", "a.json"})
    void theHashIsThatOfTheStoredBytes(String name) throws Exception {
        byte[] content = "[\"one\"]  \n\n".getBytes(UTF_8);
        byte[] stored = name.endsWith(".gz") ? gzip(content) : content;
        Path file = directory.resolve(name);
        Files.write(file, stored);
        try (SentenceReader reader = SentenceReader.open(source(file, ""))) {
            assertThat(reader.next()).isNotNull();
            assertThat(reader.sha256())
                    .isEqualTo(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(stored)));
            assertThat(reader.fraction()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.jsonl | \"x\"\\n{\"id\": 1, \"title\": \"t\"} | line 2: has no field 'text' (it has id, title)",
                "a.jsonl | \"x\"\\n{\"text\": 7} | line 2: the field 'text' is a number",
                "a.jsonl | {\"text\": null} | line 1: the field 'text' is null",
                "a.jsonl | [\"x\"] | line 1: is an array",
                "a.jsonl | \"x\"\\n{\"text\": | line 2: is not JSON",
                "a.jsonl | \"x\" \"y\" | line 1: has more after the JSON value",
                "a.jsonl | \"x\\\\ud800y\" | line 1: the escape \\ud800 is half of a surrogate pair",
                "a.json | [\"x\",\\n\\n {\"b\": \"c\"}] | line 3, item 2: has no field 'text' (it has b)",
                "a.json | [\"x\",\\n 3] | line 2, item 2: is a number",
                "a.json | [\"x\",\\n | is not JSON",
                "a.json | [\"x\"] [] | has more after the array",
                "a.json | {\"text\": \"x\"} | line 1: does not begin with an array",
                "a.csv | a,b | .csv",
            })
    void faultsNameFileAndLine(String name, String content, String message) throws IOException {
        String text = content.replace("\\n", "\n").replace("\\\\", "\\");
        assertFault(written(name, text), "", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.txt", "a.jsonl", "a.json"})
    void bytesThatAreNotUtf8AreRefusedWithTheirLine(String name) throws IOException {
        for (String bad : List.of("C3", "FF", "C080", "EDA080", "F4908080", "E28A")) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write((name.endsWith(".json") ? "[\"one\",\n\"" : "\"one\"\n\"tw").getBytes(UTF_8));
            bytes.write(HexFormat.of().parseHex(bad));
            bytes.write((name.endsWith(".json") ? "\"]" : "\"\n").getBytes(UTF_8));
            Path file = directory.resolve(name);
            Files.write(file, bytes.toByteArray());
            assertFault(file, "", "line 2: ");
            assertFault(file, "", "UTF-8");
        }
    }

    @Test
    void utf16IsRefused() throws IOException {
        Path file = directory.resolve("a.txt");
        Files.write(file, "\uFEFFabc".getBytes(StandardCharsets.UTF_16LE));
        assertFault(file, "", "line 1: byte 1 of the line (0xFF) is not UTF-8");
    }

    @Test
    void compressedTextThatIsCutShortOrDamagedIsRefused() throws IOException {
        byte[] packed = gzip("one\ntwo\n".repeat(50_000).getBytes(UTF_8));
        Path file = directory.resolve("a.txt.gz");
        for (int length : new int[] {2, 9, packed.length / 2, packed.length - 9, packed.length - 1}) {
            Files.write(file, Arrays.copyOf(packed, length));
            assertFault(file, "", "the compressed text ends too early");
        }
        packed[packed.length - 6] ^= 1;
        Files.write(file, packed);
        assertFault(file, "", "the compressed text is damaged");
    }

    @Test
    void namesAndContentsHaveToAgree() throws IOException {
        assertFault(written("a.txt.gz", "plain text"), "", "is not gzip although its name ends in .gz");
        Path packed = directory.resolve("b.txt");
        Files.write(packed, gzip(new byte[] {65}));
        assertFault(packed, "", "is gzip although its name does not end in .gz");
        assertFault(written("c.txt", ""), "", "is empty");
        assertFault(directory.resolve("missing.txt"), "", "there is no such file");
        assertFault(directory, "", "is a directory");
    }

    private void assertFault(Path file, String field, String message) {
        assertThatThrownBy(() -> texts(file, field))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    private List<String> texts(String name, String content) throws IOException {
        return texts(written(name, content), "");
    }

    private static List<String> texts(Path file, String field) {
        return texts(source(file, field));
    }

    private static List<String> texts(DataSource.Sentences source) {
        List<String> texts = new ArrayList<>();
        try (SentenceReader reader = SentenceReader.open(source)) {
            for (Sentence sentence = reader.next(); sentence != null; sentence = reader.next()) {
                texts.add(sentence.text());
            }
        }
        return texts;
    }

    private Path written(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }

    private static DataSource.Sentences source(Path file, String field) {
        return new DataSource.Sentences(file.toString(), field, InputStream.nullInputStream());
    }

    private static DataSource.Sentences standardInput(byte[] bytes, String field) {
        return new DataSource.Sentences(DataSource.STANDARD_INPUT, field, new ByteArrayInputStream(bytes));
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream packing = new GZIPOutputStream(packed)) {
            packing.write(content);
        }
        return packed.toByteArray();
    }
}
