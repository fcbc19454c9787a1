package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningTextTest {
    @TempDir
    private Path directory;

    private List<String> texts(String name, String content) throws IOException {
        Path file = Files.writeString(directory.resolve(name), content);
        return texts(new DataSource.Sentences(file.toString(), "", InputStream.nullInputStream()));
    }

    private static List<String> texts(DataSource.Sentences source) {
        List<String> texts = new ArrayList<>();
        try (RunningText reader = RunningText.open(source)) {
            for (String text = reader.next(); text != null; text = reader.next()) {
                texts.add(text);
            }
        }
        return texts;
    }

    @Test
    void paragraphsArePutTogetherFromTheirLines() throws IOException {
        assertThat(texts("a.txt", "\n one\ntwo \n\n \t\nthree\r\nfour\n")).containsExactly(" one\ntwo ", "three\nfour");
        assertThat(texts("a.txt", "no end")).containsExactly("no end");
        assertThat(texts("a.txt", "\n\n \n")).isEmpty();
    }

    @Test
    void stringsOfJsonAreTextsAsTheyAre() throws IOException {
        assertThat(texts("a.jsonl", "\"one\\r\\n\\r\\ntwo\"\n\n{\"text\": \" \"}\n{\"text\": \" three\"}\n"))
                .containsExactly("one\r\n\r\ntwo", " three");
        assertThat(texts("a.json", "[\"one\", \"\", {\"text\": \"two\\n\"}]")).containsExactly("one", "two\n");
    }

    @Test
    void blankStringsAreCountedAndBlankLinesAreNot() throws IOException {
        for (String name : List.of("a.jsonl", "a.txt")) {
            Path file = Files.writeString(directory.resolve(name), "\"one\"\n\n\"two\"\n\" \"\n");
            try (RunningText reader =
                    RunningText.open(new DataSource.Sentences(file.toString(), "", InputStream.nullInputStream()))) {
                while (reader.next() != null) {
                    continue;
                }
                assertThat(reader.blank()).isEqualTo(name.equals("a.txt") ? 0 : 2);
            }
        }
    }

    @Test
    void standardInputIsReadToo() {
        InputStream bytes = new ByteArrayInputStream("one\ntwo\n\nthree".getBytes(StandardCharsets.UTF_8));
        assertThat(texts(new DataSource.Sentences(DataSource.STANDARD_INPUT, "", bytes)))
                .containsExactly("one\ntwo", "three");
    }

    @Test
    void aParagraphWithoutAnEndIsEndedAtALineBeforeItFillsTheHeap() throws IOException {
        String line = "x".repeat(999);
        List<String> texts = texts("a.txt", (line + "\n").repeat(3_000));

        assertThat(texts).hasSize(3);
        assertThat(texts.get(0)).hasSizeBetween(1 << 20, (1 << 20) + 1_000).endsWith(line);
        assertThat(String.join("\n", texts))
                .isEqualTo((line + "\n").repeat(3_000).stripTrailing());
    }
}
