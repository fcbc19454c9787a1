package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ieengine.cli.ProgramRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MutualInformationTest {
    private static final int ROWS = 64;

    @TempDir
    Path directory;

    private String csv(String name, int rows, IntFunction<String> row) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, IntStream.range(0, rows).mapToObj(row).collect(Collectors.joining("\n")));
        return file.toString();
    }

    private static JsonNode json(ProgramRun run) throws IOException {
        assertThat(run.code()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    /** x = n mod 8, y = n mod 4: H(x) = 3, H(y) = 2, and y follows from x. */
    private ProgramRun sample(String... more) throws IOException {
        String x = csv("x.csv", ROWS, n -> (n % 8) + "," + (n % 8 * 7 % 8));
        String y = csv("y.csv", ROWS, n -> (n % 4) + ",1");
        String[] words = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("mi", "--x", x, "--y", y, "--threads", "1"),
                        java.util.Arrays.stream(more))
                .toArray(String[]::new);
        return ProgramRun.of(words);
    }

    @Test
    void shouldCountTheSymbolsExactlyAndEstimateBelowThem() throws IOException {
        JsonNode document = json(sample("--json", "--seeds", "2", "--epochs", "40", "--estimator", "dv,resolution"));

        assertThat(document.path("format").asText()).isEqualTo("ie-engine/mi/1");
        assertThat(document.path("n").asInt()).isEqualTo(ROWS);
        assertThat(document.path("dx").asInt()).isEqualTo(2);
        assertThat(document.path("kind").asText()).isEqualTo("discrete");
        JsonNode ceiling = document.path("ceiling");
        assertThat(ceiling.path("hx_bits").asDouble()).isCloseTo(3, within(1e-12));
        assertThat(ceiling.path("hy_bits").asDouble()).isCloseTo(2, within(1e-12));
        assertThat(ceiling.path("hxy_bits").asDouble()).isCloseTo(3, within(1e-12));
        assertThat(ceiling.path("plug_in_bits").asDouble()).isCloseTo(2, within(1e-12));
        JsonNode first = document.path("estimates").path(0);
        assertThat(first.path("estimator").asText()).isEqualTo("dv");
        assertThat(first.path("protocol").asText()).isEqualTo("standard");
        assertThat(first.path("bits").asDouble()).isBetween(0.0, 2.0 + 1e-6);
        assertThat(first.path("interval")).hasSize(2);
        assertThat(first.path("row_passes").isIntegralNumber()).isTrue();
        assertThat(document.path("estimates")).hasSize(6);
        assertThat(document.path("estimates").path(1).path("estimator").asText())
                .isEqualTo("resolution");
        assertThat(document.path("warnings").toString()).contains("1 of 2 columns are constant");
    }

    @Test
    void shouldSayWhatKindItDecidedAndPrintATable() throws IOException {
        ProgramRun run = sample("--seeds", "1", "--epochs", "3", "--protocol", "paper");

        assertThat(run.code()).isZero();
        assertThat(run.err()).contains("kind: discrete (x repeats 87.5 % of its rows, y 93.8 %)");
        assertThat(run.out()).contains("8 distinct", "4 distinct", "mutual information 2.00 bits", "paper");
    }

    @Test
    void shouldGiveTheSameNumbersForAnyNumberOfThreads() throws IOException {
        JsonNode one = json(sample("--json", "--seeds", "1", "--epochs", "5", "--quiet"));
        String y = directory.resolve("y.csv").toString();
        String x = directory.resolve("x.csv").toString();
        JsonNode two = json(ProgramRun.of(
                "mi", "--x", x, "--y", y, "--json", "--seeds", "1", "--epochs", "5", "--threads", "2", "--quiet"));

        assertThat(two.path("estimates").path(0).path("bits"))
                .isEqualTo(one.path("estimates").path(0).path("bits"));
    }

    @Test
    void shouldBeExactlyZeroForAConstant() throws IOException {
        String x = csv("x.csv", 20, n -> Integer.toString(n % 5));
        String y = csv("y.csv", 20, n -> "1.5");

        JsonNode document = json(ProgramRun.of("mi", "--x", x, "--y", y, "--json", "--kind", "discrete"));

        assertThat(document.path("estimates").path(0).path("bits").asDouble()).isZero();
        assertThat(document.path("warnings").toString()).contains("is constant: mutual information is exactly 0 bits");
    }

    @Test
    void shouldExplainArraysThatItCannotUse() throws IOException {
        String good = csv("good.csv", 20, n -> Integer.toString(n % 5));
        assertFault(3, "has 19 rows where", good, csv("short.csv", 19, n -> "1"));
        assertFault(3, "row 3, column 0: NaN", good, csv("nan.csv", 20, n -> n == 3 ? "nan" : "1"));
        assertFault(3, "an infinity", good, csv("inf.csv", 20, n -> n == 3 ? "inf" : "1"));
        assertFault(3, "holds no numbers", csv("none.csv", 0, n -> ""), csv("none2.csv", 0, n -> ""));
        assertFault(3, "holds one row", csv("one.csv", 1, n -> "1"), csv("one2.csv", 1, n -> "1"));
        assertFault(2, "--kind: auto decided continuous", good, csv("distinct.csv", 20, n -> n + ".5"));
        assertFault(2, "--kind: continuous estimators are not in this version", good, good, "--kind", "continuous");
        assertFault(2, "--null: is not in this version", good, good, "--null", "3");
        assertFault(2, "--check: is not in this version", good, good, "--check");
        assertFault(2, "--k: is not in this version", good, good, "--k", "3");
        assertFault(2, "--estimator: infonce is not in this version", good, good, "--estimator", "infonce");
        assertFault(4, "--device cuda", good, good, "--device", "cuda");
        assertFault(
                3,
                "one label for each of 20",
                good,
                good,
                "--groups",
                directory.resolve("short.csv").toString());
        assertFault(3, "is no label", good, good, "--groups", csv("half.csv", 20, n -> "0.5"));
        assertFault(3, "another label", good, good, "--groups", csv("odd.csv", 20, n -> Integer.toString(n)));
    }

    private static void assertFault(int code, String sentence, String x, String y, String... more) {
        String[] words = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("mi", "--x", x, "--y", y), java.util.Arrays.stream(more))
                .toArray(String[]::new);
        ProgramRun run = ProgramRun.of(words);
        assertThat(run.firstError()).contains(sentence);
        assertThat(run.code()).isEqualTo(code);
        assertThat(run.out()).isEmpty();
    }
}
