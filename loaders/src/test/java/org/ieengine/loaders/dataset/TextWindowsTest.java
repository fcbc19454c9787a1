package org.ieengine.loaders.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.dataset.WindowSettings.Anchor;
import org.ieengine.loaders.text.DataSource;
import org.ieengine.loaders.text.Progress;
import org.ieengine.loaders.text.SequenceSettings;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextWindowsTest {
    private static final Path SAMPLES = Path.of("..", "samples");

    /** Two languages, accents both composed and not, emoji with joiners, Hebrew, Arabic, Chinese, Devanagari. */
    private static final String SCRIPTS = "Der Fluß fließt langsam ins weite Meer. The river runs slowly to the sea. "
            + "Ça alors, le café e\u0301tait déjà fermé hier soir! "
            + "We saw \uD83D\uDC69\u200D\uD83D\uDE80 and \uD83C\uDDE7\uD83C\uDDF7 and \uD83D\uDE00 in one long message today. "
            + "\u05E9\u05DC\u05D5\u05DD \u05DC\u05DB\u05DD \u05D5\u05DC\u05DB\u05DC \u05D4\u05E2\u05D5\u05DC\u05DD. "
            + "\u0645\u0631\u062D\u0628\u0627 \u0628\u0643\u0645 \u062C\u0645\u064A\u0639\u0627 \u0641\u064A \u0627\u0644\u0645\u062F\u064A\u0646\u0629. "
            + "\u4F60\u597D\u3002\u4ECA\u5929\u5929\u6C14\u5F88\u597D\uFF0C\u6211\u4EEC\u53BB\u516C\u56ED\u6563\u6B65\u3002"
            + "\u0928\u092E\u0938\u094D\u0924\u0947 \u0926\u0941\u0928\u093F\u092F\u093E\u0964 "
            + "And so it ends, as it began, in plain words.";

    @TempDir
    private Path directory;

    private static WindowSettings settings(int tokens, Anchor anchor, String without) {
        return new WindowSettings(tokens, anchor, without, false, SequenceSettings.ALL, 0);
    }

    private TextWindows.Result read(String name, String content, String model, WindowSettings settings)
            throws IOException {
        return read(Files.writeString(directory.resolve(name), content), "", model, settings);
    }

    private static TextWindows.Result read(Path file, String field, String model, WindowSettings settings) {
        DataSource.Sentences source = new DataSource.Sentences(file.toString(), field, InputStream.nullInputStream());
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
            return TextWindows.read(source, tokenizer, settings, Progress.SILENT);
        }
    }

    private static List<String> texts(TokenMatrix tokens, String model) {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
            List<int[]> rows = IntStream.range(0, tokens.sequences())
                    .mapToObj(tokens::sequence)
                    .toList();
            List<String> texts = tokenizer.decode(rows);
            assertThat(tokenizer.encode(texts).toArray(int[][]::new)).isDeepEqualTo(rows.toArray(int[][]::new));
            return texts;
        }
    }

    private static void assertEverySentenceCounted(WindowCounts counts) {
        assertThat(counts.available()
                        + counts.filtered()
                        + counts.tooShort()
                        + counts.notReversible()
                        + counts.repeated())
                .isEqualTo(counts.anchors());
    }

    @Test
    void windowsStartWhereSentencesStart() throws IOException {
        String text = "  The cat sat on the mat, and the dog lay down. Was it so? A cat - no. The dog ran over the hill"
                + " and far away.\n\nThe end of it is near, they say to all.\n";
        TextWindows.Result windows = read("a.txt", text, "gpt2-tiny", settings(6, Anchor.START, ":\n?-;"));

        List<String> texts = texts(windows.tokens(), "gpt2-tiny");
        assertThat(texts).hasSize(3);
        assertThat(texts.get(0)).startsWith("The cat sat");
        assertThat(texts.get(1)).startsWith("The dog ran");
        assertThat(texts.get(2)).startsWith("The end of");
        assertThat(windows.counts()).isEqualTo(new WindowCounts(2, 0, 5, 2, 0, 0, 0, 3));
    }

    @Test
    void windowsEndWhereSentencesEnd() throws IOException {
        String text =
                "The cat sat on the mat, and the dog lay down. Was it so? A dog ran over the hill and far away.\n\n"
                        + "It is.\n";
        TextWindows.Result windows = read("a.txt", text, "gpt2-tiny", settings(6, Anchor.END, ":\n?-;"));

        List<String> texts = texts(windows.tokens(), "gpt2-tiny");
        assertThat(texts).hasSize(2);
        assertThat(texts.get(0)).endsWith(" lay down.");
        assertThat(texts.get(1)).endsWith(" far away.");
        assertThat(windows.counts()).isEqualTo(new WindowCounts(2, 0, 4, 1, 1, 0, 0, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2-tiny,START,8", "gpt2-tiny,END,8", "openllama-tiny,START,8", "openllama-tiny,END,5", "gemma-tiny,START,3",
        "gemma-tiny,END,8", "gpt2-tiny,START,1", "gemma-tiny,END,1", "gpt2-tiny,START,40", "gpt2-tiny,END,40"
    })
    void everyWindowIsATextOfItsOwnAtASentenceEdge(String model, Anchor anchor, int tokens) throws IOException {
        String text = Files.readString(SAMPLES.resolve("sentences.txt")).replace('\n', ' ');
        TextWindows.Result windows = read("a.txt", text, model, settings(tokens, anchor, ",?"));
        Set<Integer> edges = new HashSet<>();
        Arrays.stream(anchor == Anchor.START ? SentenceEdges.starts(text) : SentenceEdges.ends(text))
                .forEach(edges::add);

        assertEverySentenceCounted(windows.counts());
        assertThat(windows.counts().anchors()).isEqualTo(edges.size());
        assertThat(windows.tokens().sequences())
                .isEqualTo((int) windows.counts().available());
        for (String window : texts(windows.tokens(), model)) {
            assertThat(window).doesNotContain(",", "?");
            boolean atEdge = false;
            for (int at = text.indexOf(window); at >= 0 && !atEdge; at = text.indexOf(window, at + 1)) {
                atEdge = edges.contains(anchor == Anchor.START ? at : at + window.length());
            }
            assertThat(atEdge).as(window).isTrue();
        }
    }

    @Test
    void withoutAFilterEverySentenceButTheLastOnesGivesAWindow() throws IOException {
        String text = Files.readString(SAMPLES.resolve("sentences.txt")) + "So it is.\n";
        WindowCounts counts =
                read("a.txt", text, "gpt2-tiny", settings(16, Anchor.START, "")).counts();

        assertThat(counts.filtered()).isZero();
        assertThat(counts.tooShort()).isBetween(1L, 3L);
        assertEverySentenceCounted(counts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    void everyScriptPassesCharacterForCharacter(String model) throws IOException {
        for (Anchor anchor : Anchor.values()) {
            for (String ends : List.of("", "\\r\\n")) {
                String json = "\"" + SCRIPTS + ends + "\"\n";
                TextWindows.Result windows = read("a.jsonl", json, model, settings(5, anchor, "\n"));
                List<String> texts = texts(windows.tokens(), model);

                assertEverySentenceCounted(windows.counts());
                assertThat(texts).allSatisfy(text -> assertThat(SCRIPTS).contains(text));
                // Emoji and Hebrew take several tokens a letter: a window of five that ends within one is not
                // reversible.
                assertThat(texts).hasSizeGreaterThanOrEqualTo(3);
            }
        }
    }

    @Test
    void byteLevelWindowsReachAcrossAccentsAndEmoji() throws IOException {
        StringBuilder all = new StringBuilder();
        for (int tokens = 10; tokens < 60; tokens++) {
            List<String> texts = texts(
                    read("a.jsonl", "\"" + SCRIPTS + "\"", "gpt2-tiny", settings(tokens, Anchor.START, "\n"))
                            .tokens(),
                    "gpt2-tiny");
            assertThat(texts).allSatisfy(text -> assertThat(SCRIPTS).contains(text));
            texts.forEach(all::append);
        }

        assertThat(all)
                .contains(
                        "e\u0301tait",
                        "\uD83D\uDC69\u200D\uD83D\uDE80",
                        "\uD83C\uDDE7\uD83C\uDDF7",
                        "\u05DC\u05DB\u05DD",
                        "\u0628\u0643\u0645",
                        "\u4ECA\u5929",
                        "\u0928\u092E\u0938\u094D\u0924\u0947");
    }

    @Test
    void aWindowStopsBeforeALineEndOfTwoCharacters() throws IOException {
        String json = "\"The cat sat on the mat.\\r\\nThe dog ran over the hill and far away from all of us.\"";
        List<String> texts = texts(
                read("a.jsonl", json, "gpt2-tiny", settings(7, Anchor.START, "\n"))
                        .tokens(),
                "gpt2-tiny");

        assertThat(texts).allSatisfy(text -> assertThat(text).doesNotContain("\r"));
        assertThat(texts).anySatisfy(text -> assertThat(text).startsWith("The dog"));
    }

    @Test
    void looksAsFarAsTheTokensReach() throws IOException {
        String text = "Australia".repeat(300) + ".";
        TextWindows.Result windows = read("a.txt", text, "gpt2-tiny", settings(100, Anchor.START, ""));
        TextWindows.Result ends = read("a.txt", text, "gpt2-tiny", settings(100, Anchor.END, ""));

        assertThat(windows.counts().available()).isEqualTo(1);
        assertThat(texts(windows.tokens(), "gpt2-tiny").get(0)).hasSizeGreaterThan(800);
        assertThat(ends.counts().available()).isEqualTo(1);
        assertThat(texts(ends.tokens(), "gpt2-tiny").get(0))
                .endsWith("Australia.")
                .hasSizeGreaterThan(800);
    }

    @Test
    void distinctKeepsTheFirstOfEqualWindows() throws IOException {
        String text =
                "The cat sat on the mat. The cat sat on the mat. The dog ran over the hill. The cat sat on the mat. x x";
        WindowSettings distinct = new WindowSettings(5, Anchor.START, "", true, SequenceSettings.ALL, 0);
        TextWindows.Result all = read("a.txt", text, "gpt2-tiny", settings(5, Anchor.START, ""));
        TextWindows.Result once = read("a.txt", text, "gpt2-tiny", distinct);

        assertThat(all.tokens().sequences()).isEqualTo(4);
        assertThat(once.counts().repeated()).isEqualTo(2);
        assertThat(once.tokens().sequence(0)).isEqualTo(all.tokens().sequence(0));
        assertThat(once.tokens().sequence(1)).isEqualTo(all.tokens().sequence(2));
        assertEverySentenceCounted(once.counts());
    }

    @Test
    void distinctFindsEveryRepeatAmongThousands() throws IOException {
        Path sentences = SAMPLES.resolve("sentences.txt");
        WindowSettings distinct = new WindowSettings(2, Anchor.START, "", true, SequenceSettings.ALL, 0);
        TokenMatrix all =
                read(sentences, "", "gpt2-tiny", settings(2, Anchor.START, "")).tokens();
        TokenMatrix once = read(sentences, "", "gpt2-tiny", distinct).tokens();
        Set<List<Integer>> rows = new HashSet<>();
        for (int row = 0; row < all.sequences(); row++) {
            rows.add(Arrays.stream(all.sequence(row)).boxed().toList());
        }

        assertThat(rows).hasSizeLessThan(all.sequences());
        assertThat(once.sequences()).isEqualTo(rows.size());
    }

    @Test
    void drawsTheSameWindowsForTheSameSeed() {
        Path sentences = SAMPLES.resolve("sentences.txt");
        WindowSettings first = new WindowSettings(8, Anchor.START, "", false, 100, 1);
        WindowSettings second = new WindowSettings(8, Anchor.START, "", false, 100, 2);
        TokenMatrix drawn = read(sentences, "", "gpt2-tiny", first).tokens();

        assertThat(drawn.sequences()).isEqualTo(100);
        assertThat(read(sentences, "", "gpt2-tiny", first).tokens()).isEqualTo(drawn);
        assertThat(read(sentences, "", "gpt2-tiny", second).tokens()).isNotEqualTo(drawn);
    }

    @Test
    void readsFieldsByName() throws IOException {
        String orca =
                "{\"id\": \"1\", \"system_prompt\": \"\", \"question\": \"Where did the cat sit last night, they asked."
                        + "\", \"response\": \"The cat sat on the mat all night.\"}\n";
        String hermes = "[{\"conversations\": [{\"from\": \"human\", \"value\": \"Tell me of the cat and the dog.\"},"
                + " {\"from\": \"gpt\", \"value\": \"The cat sat on the mat all night.\"}]}]";
        Path orcaFile = Files.writeString(directory.resolve("orca.jsonl"), orca);
        Path hermesFile = Files.writeString(directory.resolve("hermes.json"), hermes);
        WindowSettings four = settings(4, Anchor.START, "");

        assertThat(texts(read(orcaFile, "response", "gpt2-tiny", four).tokens(), "gpt2-tiny"))
                .singleElement()
                .asString()
                .startsWith("The cat");
        assertThat(texts(read(orcaFile, "question", "gpt2-tiny", four).tokens(), "gpt2-tiny"))
                .singleElement()
                .asString()
                .startsWith("Where");
        assertThat(texts(
                        read(hermesFile, "conversations.value", "gpt2-tiny", four)
                                .tokens(),
                        "gpt2-tiny"))
                .hasSize(2);
        assertThatThrownBy(() -> read(orcaFile, "system_prompt", "gpt2-tiny", four))
                .hasMessageContaining("gives no window of 4 tokens: of 0 sentence starts");
    }

    @Test
    void refusesATextWithoutAWindowAndSaysWhy() {
        assertThatThrownBy(
                        () -> read("a.txt", "It is. So? He - no. Yes.", "gpt2-tiny", settings(20, Anchor.START, "?-")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("a.txt: gives no window of 20 tokens: of 4 sentence starts 1 are too near to the"
                        + " end of their text, 3 to a barred character, and 0 windows are not reversible");
        assertThatThrownBy(() -> read("b.txt", "\n\n", "gpt2-tiny", settings(2, Anchor.END, "")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("of 0 sentence ends");
    }
}
