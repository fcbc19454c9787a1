package org.ieengine.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionTableTest {
    private static final OptionTable TABLE = OptionTable.of(
            OptionGroup.of(
                    "First",
                    OptionSpec.value("w", "weights", "DIR", "where the weights lie", "required"),
                    OptionSpec.value("seed", "S", "everything random", "0")),
            OptionGroup.of(
                    "Second", OptionSpec.flag("resume", "goes on"), OptionSpec.flag("q", "quiet", "no progress")));

    private static Arguments parse(String... words) {
        return TABLE.parse(List.of(words));
    }

    @ParameterizedTest
    @CsvSource({"--weights d", "--weights=d", "-w d", "-wd"})
    void shouldReadAValueInEveryGnuSpelling(String words) {
        assertThat(parse(words.split(" ")).required("weights")).isEqualTo("d");
    }

    @Test
    void shouldReadNegativeNumbersAndADashAsValues() {
        assertThat(parse("--seed", "-5").integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE))
                .hasValue(-5);
        assertThat(parse("--weights", "-").required("weights")).isEqualTo("-");
    }

    @Test
    void shouldKeepQuotesOfAValue() {
        assertThat(parse("--weights", "\"d\"").required("weights")).isEqualTo("\"d\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {" |20", "\\n|0a", "a\\\\n\\t\\r|61 5c 6e 09 0d", " - |20 2d 20"})
    void shouldReadCharactersWithTheirEscapes(String value, String expected) {
        String codes = parse("--weights", value)
                .characters("weights")
                .orElseThrow()
                .chars()
                .mapToObj(c -> String.format("%02x", c))
                .collect(java.util.stream.Collectors.joining(" "));

        assertThat(codes).isEqualTo(expected);
        assertThat(parse().characters("weights")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'',its value is empty", "\\q,holds a", "x\\,holds a"})
    void shouldRefuseCharactersThatAreNone(String value, String sentence) {
        assertThatThrownBy(() -> parse("--weights", value).characters("weights"))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("--weights: ")
                .hasMessageContaining(sentence);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--weigh d           | --weigh: unknown option",
                "--res               | --res: unknown option",
                "--nonsense=3        | --nonsense: unknown option",
                "-x                  | -x: unknown option",
                "--weights           | --weights: a value is missing",
                "--weights --resume  | --weights: a value is missing",
                "--weights a -w b    | --weights: given twice",
                "--resume --resume   | --resume: given twice",
                "--resume=yes        | --resume: takes no value",
            })
    void shouldNameTheOptionAtFault(String words, String sentence) {
        assertThatThrownBy(() -> parse(words.split(" ")))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(sentence);
    }

    @Test
    void shouldCheckNumbersAndTheirRange() {
        assertThatThrownBy(() -> parse("--seed", "x").integer("seed", 0, 9))
                .hasMessage("--seed: 'x' is not a whole number");
        assertThatThrownBy(() -> parse("--seed", "1.5").integer("seed", 0, 9)).hasMessageContaining("whole number");
        assertThatThrownBy(() -> parse("--seed", "10").integer("seed", 0, 9))
                .hasMessage("--seed: 10 is out of range: from 0 to 9");
        assertThatThrownBy(() -> parse("--seed", "99999999999999999999").integer64("seed", 0, Long.MAX_VALUE))
                .hasMessageContaining("whole number");
        assertThatThrownBy(() -> parse("--seed", "0").number("seed", 0, 1)).hasMessageContaining("out of range");
        assertThatThrownBy(() -> parse("--seed", "NaN").number("seed", 0, 1)).hasMessageContaining("out of range");
        assertThatThrownBy(() -> parse("--seed", "Infinity").number("seed", 0, Double.POSITIVE_INFINITY))
                .hasMessageContaining("out of range");
        assertThatThrownBy(() -> parse("--seed", "").text("seed")).hasMessage("--seed: its value is empty");
    }

    @Test
    void shouldReadLists() {
        assertThat(parse("--seed", "a, b").items("seed")).containsExactly("a", "b");
        assertThat(parse("--seed", "0.5,2").numbers("seed")).containsExactly(0.5, 2.0);
        assertThatThrownBy(() -> parse("--seed", "a,,b").items("seed")).hasMessageContaining("empty part");
        assertThatThrownBy(() -> parse("--seed", "a,a").items("seed")).hasMessageContaining("'a' comes twice");
        assertThatThrownBy(() -> parse("--seed", "1,-2").numbers("seed")).hasMessageContaining("out of range");
    }

    @Test
    void shouldRefuseWordsAndPairsThatExcludeEachOther() {
        assertThatThrownBy(() -> parse("word").noWords()).hasMessageStartingWith("word: unexpected word");
        assertThatThrownBy(() -> parse("--resume", "-q").exclusive("resume", "quiet"))
                .hasMessage("--resume: cannot stand beside --quiet: give one of them");
    }

    @Test
    void shouldShowGroupsAndDefaultsWithinAHundredColumns() {
        String usage = UsageText.options(TABLE);

        assertThat(usage).contains("First:\n  -w, --weights DIR  where the weights lie [required]\n");
        assertThat(usage).contains("      --seed S       everything random [0]\n");
        assertThat(UsageText.markdown(TABLE)).contains("| `-w, --weights DIR` | where the weights lie | required |\n");
    }
}
