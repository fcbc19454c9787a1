package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From sentences to a token matrix. */
class TokenDataTest {
    private static final Path SAMPLES = Path.of("..", "samples");
    private static final SequenceSettings THREE =
            SequenceSettings.forVocabulary(1000).withTokens(3);

    @TempDir
    private Path directory;

    /** Words are numbers, which are the ids. */
    private record NumberWords(int vocabulary) implements Tokenizer {
        @Override
        public List<int[]> encode(List<String> texts) {
            return texts.stream()
                    .map(text -> Arrays.stream(text.trim().split(" "))
                            .mapToInt(Integer::parseInt)
                            .toArray())
                    .toList();
        }

        @Override
        public List<String> decode(List<int[]> ids) {
            return ids.stream()
                    .map(sequence -> Arrays.stream(sequence)
                            .mapToObj(Integer::toString)
                            .collect(java.util.stream.Collectors.joining(" ")))
                    .toList();
        }

        @Override
        public int[] ordinaryIds() {
            return java.util.stream.IntStream.range(0, vocabulary).toArray();
        }

        @Override
        public String token(int id) {
            return "number " + id;
        }

        @Override
        public String description() {
            return "numbers";
        }

        @Override
        public void close() {}
    }

    @Test
    void readsTheSampleSentences() {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            TokenData read = TokenData.read(
                    DataSource.of(SAMPLES.resolve("sentences.txt").toString(), ""),
                    tokenizer,
                    SequenceSettings.forVocabulary(2048),
                    Progress.SILENT);
            assertThat(read.tokens().tokens()).isEqualTo(8);
            assertThat(read.tokens().sequence(0)).containsExactly(841, 628, 656, 275, 296, 1132, 286, 980);
            assertThat(read.counts().read()).isEqualTo(4000);
            assertThat(read.counts().used() + read.counts().tooShort()).isEqualTo(4000);
            assertThat(read.counts().used()).isBetween(3200, 3600);
            assertThat(read.warnings()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "START, '[[1, 2, 3], [1, 2, 3], [4, 5, 6]]'",
        "END, '[[5, 6, 7], [1, 2, 3], [6, 7, 8]]'",
        "WINDOWS, '[[1, 2, 3], [4, 5, 6], [1, 2, 3], [4, 5, 6]]'",
    })
    void cutsTheFirstTheLastOrEveryWindow(Cut cut, String expected) throws IOException {
        TokenData read = read("1 2 3 4 5 6 7\n1 2\n\n1 2 3\n   \n4 5 6 7 8\n", THREE.withCut(cut));
        assertThat(Arrays.deepToString(rows(read))).isEqualTo(expected);
        assertThat(read.counts().read()).isEqualTo(6);
        assertThat(read.counts().skipped()).containsEntry("blank", 2L).containsEntry("too_short", 1L);
        assertThat(read.counts().distinct()).isEqualTo((int)
                Arrays.stream(rows(read)).map(Arrays::toString).distinct().count());
        assertThat(read.counts().available()).isEqualTo(read.counts().used());
    }

    @Test
    void theBeginningTokenCountsAndComesBeforeEveryWindow() throws IOException {
        SequenceSettings settings = THREE.withBos(9);
        assertThat(Arrays.deepToString(rows(read("1 2 3 4 5\n1\n6 7\n", settings.withCut(Cut.WINDOWS)))))
                .isEqualTo("[[9, 1, 2], [9, 3, 4], [9, 6, 7]]");
        assertThat(Arrays.deepToString(rows(read("1 2 3 4 5\n1\n6 7\n", settings.withCut(Cut.END)))))
                .isEqualTo("[[9, 4, 5], [9, 6, 7]]");
    }

    @Test
    void theSameSeedDrawsTheSameSequencesInTheirOrder() throws IOException {
        String text = numbered(500);
        int[][] drawn = rows(read(text, THREE.withSamples(50, 7)));
        assertThat(drawn).hasDimensions(50, 3);
        assertThat(drawn).isDeepEqualTo(rows(read(text, THREE.withSamples(50, 7))));
        assertThat(Arrays.stream(drawn).mapToInt(row -> row[0]).toArray())
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(Arrays.deepEquals(drawn, rows(read(text, THREE.withSamples(50, 8)))))
                .isFalse();
        TokenData all = read(text, THREE.withSamples(SequenceSettings.ALL, 7));
        assertThat(rows(all)).isDeepEqualTo(rows(read(text, THREE.withSamples(500, 1))));
        assertThat(all.counts().used()).isEqualTo(500);
    }

    @Test
    void everySequenceIsDrawnEquallyOften() {
        int[] hits = new int[20];
        int draws = 20_000;
        for (int seed = 0; seed < draws; seed++) {
            SequenceReservoir reservoir = new SequenceReservoir(1, 5, seed);
            for (int i = 0; i < hits.length; i++) {
                assertThat(reservoir.offer(-1, new int[] {i}, 0)).isTrue();
            }
            Arrays.stream(reservoir.take().ids()).forEach(i -> hits[i]++);
        }
        // Binomial(20000, 1/4): standard deviation 61; six of them.
        for (int hit : hits) {
            assertThat(hit).isCloseTo(draws / 4, within(370));
        }
    }

    @Test
    void splitMix64GivesItsPublishedValues() {
        SplitMix64 random = new SplitMix64(1234567);
        long[] first = IntStream.range(0, 3).mapToLong(i -> random.next()).toArray();
        assertThat(first)
                .containsExactly(
                        6457827717110365317L, 3203168211198807973L, Long.parseUnsignedLong("9817491932198370423"));
    }

    @Test
    void anIdThatTheModelHasNotIsRefusedWithItsLine() {
        assertThatThrownBy(() -> read("1 2 3\n4 5 1000\n", THREE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("a.txt: line 2: the token 'number 1000' has the id 1000")
                .hasMessageContaining("0 to 999");
    }

    @Test
    void anIdBeyondTheCutIsNoFault() throws IOException {
        assertThat(rows(read("1 2 3 4000\n", THREE))).hasDimensions(1, 3);
    }

    @Test
    void vocabulariesThatDifferAreToldOf() throws IOException {
        Path file = Files.writeString(directory.resolve("a.txt"), "1 2 3\n");
        for (int vocabulary : new int[] {999, 1001}) {
            assertThat(TokenData.read(
                                    DataSource.of(file.toString(), ""),
                                    new NumberWords(vocabulary),
                                    THREE,
                                    Progress.SILENT)
                            .warnings())
                    .singleElement()
                    .asString()
                    .contains("the tokenizer has " + vocabulary + " ids, the model 1000");
        }
    }

    @Test
    void nothingLeftIsRefusedWithTheCounts() {
        assertThatThrownBy(() -> read("1 2\n\n3\n", THREE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no sequence of 3 tokens is left: 3 sentences read, 1 blank, 2 too short")
                .hasMessageContaining("--tokens");
        assertThatThrownBy(() -> read("\uFEFF", THREE))
                .hasMessageContaining("is empty; expected sentences")
                .isInstanceOf(InputException.class);
    }

    @Test
    void progressGoesForwardToTheEnd() throws IOException {
        List<Double> fractions = new ArrayList<>();
        List<Long> items = new ArrayList<>();
        Path file = Files.writeString(directory.resolve("a.txt"), numbered(5000));
        TokenData.read(DataSource.of(file.toString(), ""), new NumberWords(1000), THREE, (count, fraction) -> {
            items.add(count);
            fractions.add(fraction);
        });
        assertThat(items).hasSizeGreaterThan(3).isSorted().endsWith(5000L);
        assertThat(fractions).isSorted().endsWith(1.0).allMatch(fraction -> fraction > 0);
    }

    private static String numbered(int lines) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            text.append(i % 1000).append(" 5 6\n");
        }
        return text.toString();
    }

    private TokenData read(String text, SequenceSettings settings) throws IOException {
        Path file = Files.writeString(directory.resolve("a.txt"), text);
        return TokenData.read(DataSource.of(file.toString(), ""), new NumberWords(1000), settings, Progress.SILENT);
    }

    private static int[][] rows(TokenData read) {
        return IntStream.range(0, read.tokens().sequences())
                .mapToObj(read.tokens()::sequence)
                .toArray(int[][]::new);
    }
}
