package org.ieengine.loaders.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.ieengine.loaders.InputException;
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

class IclListsTest {
    private static final Path SAMPLES = Path.of("..", "samples");

    @TempDir
    private Path directory;

    private EntityList entities(String text) throws IOException {
        return EntityList.of(
                Files.writeString(directory.resolve("list.txt"), text).toString());
    }

    private static List<String> texts(IclLists lists) {
        return IntStream.range(0, lists.sequences()).mapToObj(lists::text).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"country", "animal", "color"})
    void builtInListsAreThoseOfTheSamples(String name) throws IOException {
        Path sample = SAMPLES.resolve("entities").resolve(name + ".txt");

        assertThat(EntityList.of(name).entities()).isEqualTo(Files.readAllLines(sample));
        assertThat(EntityList.of(name).sha256())
                .isEqualTo(EntityList.of(sample.toString()).sha256());
    }

    @Test
    void makesEveryOrderedChoiceInTheOrderOfTheList() throws IOException {
        IclLists lists = IclLists.inPieces(entities("x\nb\na\n"), IclSettings.every(2));

        assertThat(texts(lists)).containsExactly("x,b,", "x,a,", "b,x,", "b,a,", "a,x,", "a,b,");
        assertThat(lists.tokens()).isEqualTo(4);
        assertThat(lists.pieces().ids())
                .containsExactly(0, 3, 1, 3, 0, 3, 2, 3, 1, 3, 0, 3, 1, 3, 2, 3, 2, 3, 0, 3, 2, 3, 1, 3);
    }

    @Test
    void allThingsCanBeChosen() throws IOException {
        assertThat(texts(IclLists.inPieces(entities("a\nb\nc"), IclSettings.every(3))))
                .containsExactly("a,b,c,", "a,c,b,", "b,a,c,", "b,c,a,", "c,a,b,", "c,b,a,");
        assertThat(texts(IclLists.inPieces(entities("a\r\n"), new IclSettings(1, " - ", 5, 0))))
                .containsExactly("a - ");
    }

    @ParameterizedTest
    @CsvSource({"country,4,303600,8", "animal,5,524160,10", "color,5,360360,10"})
    void builtInListsHaveTheSizesOfThePaper(String name, int shots, int sequences, int tokens) {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            IclLists lists = IclLists.inTokens(EntityList.of(name), IclSettings.every(shots), tokenizer);

            assertThat(lists.sequences()).isEqualTo(sequences);
            assertThat(lists.tokens()).isEqualTo(tokens);
            assertThat(lists.dropped()).isEmpty();
        }
    }

    @Test
    void drawsDistinctListsInTheOrderOfAllOfThem() {
        EntityList countries = EntityList.of("country");
        List<String> all = texts(IclLists.inPieces(countries, IclSettings.every(2)));
        IclLists drawn = IclLists.inPieces(countries, new IclSettings(2, ",", 100, 7));
        List<String> kept = new ArrayList<>(all);
        kept.retainAll(new HashSet<>(texts(drawn)));

        assertThat(drawn.choices()).isEqualTo(600);
        assertThat(texts(drawn)).hasSize(100).isEqualTo(kept);
        assertThat(texts(IclLists.inPieces(countries, new IclSettings(2, ",", 100, 7))))
                .isEqualTo(texts(drawn));
        assertThat(texts(IclLists.inPieces(countries, new IclSettings(2, ",", 100, 8))))
                .isNotEqualTo(texts(drawn));
    }

    @Test
    void drawsEveryListEquallyOften() throws IOException {
        EntityList list = entities("a\nb\nc\nd");
        Map<String, Integer> counts = new HashMap<>();
        for (int seed = 0; seed < 3_000; seed++) {
            texts(IclLists.inPieces(list, new IclSettings(2, ",", 4, seed)))
                    .forEach(text -> counts.merge(text, 1, Integer::sum));
        }

        // Each of 12 is one of 4 drawn: 1,000 times, with five standard deviations of 129.
        assertThat(counts).hasSize(12);
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isCloseTo(1_000, within(129)));
    }

    @Test
    void drawsFromMoreChoicesThanNumbersCount() {
        IclLists lists = IclLists.inPieces(EntityList.of("country"), new IclSettings(20, ",", 2_000, 3));
        List<String> texts = texts(lists);
        Map<String, Integer> first = new HashMap<>();
        for (String text : texts) {
            List<String> names = Arrays.asList(text.split(","));
            assertThat(Set.copyOf(names)).hasSize(20);
            first.merge(names.get(0), 1, Integer::sum);
        }

        assertThat(lists.choices().bitLength()).isGreaterThan(63);
        assertThat(Set.copyOf(texts)).hasSize(2_000);
        assertThat(first).hasSize(25);
        // 2,000 draws of one in 25: 80, with five standard deviations of 44.
        assertThat(first.values()).allSatisfy(count -> assertThat(count).isCloseTo(80, within(44)));
    }

    @Test
    void leavesOutWhatTakesAnotherNumberOfTokens() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            EntityList list = entities("Ant\nTyrannosaurus\nBat\nCat\n");
            IclLists lists = IclLists.inTokens(list, IclSettings.every(2), tokenizer);

            assertThat(lists.entities()).containsExactly("Ant", "Bat", "Cat");
            assertThat(lists.dropped()).extracting(Dropped::entity).containsExactly("Tyrannosaurus");
            int[] alone = tokenizer.encode(List.of("Tyrannosaurus,")).get(0);
            assertThat(lists.dropped().get(0).firstTokens()).isEqualTo(alone.length);
            assertThat(lists.sequences()).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    void everyEntityStandsAtTheSamePlacesWithTheSameTokens(String model) {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
            IclLists lists = IclLists.inTokens(EntityList.of("animal"), IclSettings.every(3), tokenizer);
            TokenMatrix tokens = lists.tokens(tokenizer, Progress.SILENT);

            assertThat(tokens.sequences()).isEqualTo(lists.sequences());
            assertThat(tokens.tokens()).isEqualTo(lists.tokens());
            List<int[]> alone = tokenizer.encode(texts(lists));
            Map<String, List<Integer>> lastSlot = new HashMap<>();
            int slot = lists.kept().laterTokens();
            for (int i = 0; i < alone.size(); i++) {
                assertThat(tokens.sequence(i)).isEqualTo(alone.get(i));
                String entity = lists.text(i).split(",")[2];
                List<Integer> ids = Arrays.stream(tokens.sequence(i))
                        .skip(tokens.tokens() - slot)
                        .boxed()
                        .toList();
                assertThat(lastSlot.computeIfAbsent(entity, name -> ids)).isEqualTo(ids);
            }
        }
    }

    /** One token a character, but for one string that is a single token. */
    private record Characters(String whole) implements Tokenizer {
        @Override
        public List<int[]> encode(List<String> texts) {
            return texts.stream()
                    .map(text -> text.replace(whole, "_").chars().toArray())
                    .toList();
        }

        @Override
        public List<String> decode(List<int[]> ids) {
            throw new UnsupportedOperationException("lists are never decoded");
        }

        @Override
        public int[] ordinaryIds() {
            return IntStream.range(0, vocabulary()).toArray();
        }

        @Override
        public String token(int id) {
            return Character.toString(id);
        }

        @Override
        public String description() {
            return "characters";
        }

        @Override
        public int vocabulary() {
            return 1 << 16;
        }

        @Override
        public void close() {}
    }

    @Test
    void refusesEntitiesWhoseTokensDependOnTheirNeighbours() throws IOException {
        try (Tokenizer merging = new Characters("c,a")) {
            IclLists lists = IclLists.inTokens(entities("a\nb\nc\n"), IclSettings.every(2), merging);

            assertThat(lists.tokens()).isEqualTo(4);
            assertThatThrownBy(() -> lists.tokens(merging, Progress.SILENT))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("the list 'c,a,' has 2 tokens, expected 4");
        }
    }

    @Test
    void keepsTheMostCommonLengthAndTheShorterOneOfTwoAsCommon() throws IOException {
        try (Tokenizer characters = new Characters("no such text")) {
            IclSettings pairs = IclSettings.every(2);

            assertThat(IclLists.inTokens(entities("aa\nb\ncc\n"), pairs, characters)
                            .entities())
                    .containsExactly("aa", "cc");
            assertThat(IclLists.inTokens(entities("aa\nb\ncc\nd\n"), pairs, characters)
                            .entities())
                    .containsExactly("b", "d");
            assertThatThrownBy(() -> IclLists.inTokens(entities("aa\nb\n"), pairs, characters))
                    .hasMessageStartingWith(
                            "--shots 2 entities without repetition are more than the 1 of equal length");
        }
    }

    @Test
    void refusesWhatIsNoListOfEntities() throws IOException {
        assertFault("a\nb\na\n", "line 3: 'a' is on line 1 already");
        assertFault("a\n\nb\n", "line 2: is empty");
        assertFault("a\n \nb\n", "line 2: is empty");
        assertFault("", "is empty; expected one entity a line");
        assertFault("a\nb,c\n", "line 2: 'b,c' contains the separator ','");
        Files.write(directory.resolve("bytes.txt"), new byte[] {'a', '\n', (byte) 0xED, (byte) 0xA0, (byte) 0x80});
        assertThatThrownBy(() -> EntityList.of(directory.resolve("bytes.txt").toString()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line 2: byte 1 of the line (0xED) is not UTF-8");
        assertThatThrownBy(() -> EntityList.of(directory.toString())).hasMessageContaining("is a directory");
        assertThatThrownBy(() -> EntityList.of("planet")).hasMessageContaining("nor a built-in list");
    }

    private void assertFault(String text, String message) {
        assertThatThrownBy(() -> IclLists.inPieces(entities(text), IclSettings.every(1)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("list.txt: ")
                .hasMessageContaining(message);
    }

    @Test
    void refusesMoreListsOrEntitiesThanThereAre() {
        assertThatThrownBy(() -> IclLists.inPieces(EntityList.of("color"), IclSettings.every(16)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--shots 16 entities without repetition are more than the 15");
        assertThatThrownBy(() -> IclLists.inPieces(EntityList.of("country"), IclSettings.every(20)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--samples 129260083694424883200000 lists");
        assertThat(new IclSettings(3, ",", SequenceSettings.ALL, 0).samples()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void keepsLettersOfEveryScript() throws IOException {
        String text = "\u05E9\u05DC\u05D5\u05DD\n\uD83D\uDE00\ne\u0301t\u00E9\n";
        EntityList list = entities(text);

        assertThat(String.join("\n", list.entities()).getBytes(StandardCharsets.UTF_8))
                .isEqualTo(text.strip().getBytes(StandardCharsets.UTF_8));
    }
}
