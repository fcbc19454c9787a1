package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ieengine.cli.ProgramRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verb on discrete data, and what it refuses. */
class MutualInformationTest {
    private static final int ROWS = 64;

    @TempDir
    Path directory;

    /** x = n mod 8, y = n mod 4: H(x) = 3, H(y) = 2, and y follows from x. */
    private ProgramRun sample(String... more) throws IOException {
        String x = PairRuns.csv(directory, "x.csv", ROWS, n -> (n % 8) + "," + (n % 8 * 7 % 8));
        String y = PairRuns.csv(directory, "y.csv", ROWS, n -> (n % 4) + ",1");
        String[] words = Stream.concat(Stream.of("mi", "--x", x, "--y", y, "--threads", "1"), Arrays.stream(more))
                .toArray(String[]::new);
        return ProgramRun.of(words);
    }

    @Test
    void shouldCountTheSymbolsExactlyAndEstimateBelowThem() throws IOException {
        JsonNode document =
                PairRuns.json(sample("--json", "--seeds", "2", "--epochs", "40", "--estimator", "dv,resolution"));

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
    void shouldReadSeveralBoundsFromTheSameCritics() throws IOException {
        JsonNode document =
                PairRuns.json(sample("--json", "--seeds", "2", "--epochs", "300", "--estimator", "smile,dv,nwj"));

        JsonNode estimates = document.path("estimates");
        assertThat(estimates.findValuesAsText("estimator")).containsExactly("smile", "dv", "nwj");
        for (JsonNode estimate : estimates) {
            assertThat(estimate.path("protocol").asText()).isEqualTo("standard");
            assertThat(estimate.path("row_passes")).isEqualTo(estimates.path(0).path("row_passes"));
            assertThat(estimate.path("interval").path(0).asDouble())
                    .isLessThanOrEqualTo(estimate.path("bits").asDouble());
        }
        // The truth is 2 bits; of the three, dv and nwj are bounds, and nwj the looser one.
        assertThat(estimates.path(1).path("bits").asDouble()).isBetween(1.5, 2.0 + 1e-6);
        assertThat(estimates.path(2).path("bits").asDouble())
                .isLessThanOrEqualTo(estimates.path(1).path("bits").asDouble() + 1e-6);
        assertThat(estimates.path(1).path("interval").path(1).asDouble()).isLessThanOrEqualTo(2.0 + 1e-6);
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
        JsonNode one = PairRuns.json(sample("--json", "--seeds", "1", "--epochs", "5", "--quiet"));
        String y = directory.resolve("y.csv").toString();
        String x = directory.resolve("x.csv").toString();
        JsonNode two = PairRuns.json(ProgramRun.of(
                "mi", "--x", x, "--y", y, "--json", "--seeds", "1", "--epochs", "5", "--threads", "2", "--quiet"));

        assertThat(two.path("estimates").path(0).path("bits"))
                .isEqualTo(one.path("estimates").path(0).path("bits"));
    }

    @Test
    void shouldBeExactlyZeroForAConstant() throws IOException {
        String x = PairRuns.csv(directory, "x.csv", 20, n -> Integer.toString(n % 5));
        String y = PairRuns.csv(directory, "y.csv", 20, n -> "1.5");

        JsonNode document = PairRuns.json(ProgramRun.of("mi", "--x", x, "--y", y, "--json", "--kind", "discrete"));

        assertThat(document.path("estimates").path(0).path("bits").asDouble()).isZero();
        assertThat(document.path("warnings").toString()).contains("is constant: mutual information is exactly 0 bits");
    }

    @Test
    void shouldExplainArraysThatItCannotUse() throws IOException {
        String good = PairRuns.csv(directory, "good.csv", 20, n -> Integer.toString(n % 5));
        assertFault(3, "has 19 rows where", good, PairRuns.csv(directory, "short.csv", 19, n -> "1"));
        assertFault(3, "row 3, column 0: NaN", good, PairRuns.csv(directory, "nan.csv", 20, n -> n == 3 ? "nan" : "1"));
        assertFault(3, "an infinity", good, PairRuns.csv(directory, "inf.csv", 20, n -> n == 3 ? "inf" : "1"));
        assertFault(
                3,
                "holds no numbers",
                PairRuns.csv(directory, "none.csv", 0, n -> ""),
                PairRuns.csv(directory, "none2.csv", 0, n -> ""));
        assertFault(
                3,
                "holds one row",
                PairRuns.csv(directory, "one.csv", 1, n -> "1"),
                PairRuns.csv(directory, "one2.csv", 1, n -> "1"));
        assertFault(
                3,
                "row 3, column 0: 1.0E39 is beyond 3.4e38",
                good,
                PairRuns.csv(directory, "far.csv", 20, n -> n == 3 ? "1e39" : "1"));
        assertFault(
                3,
                "absent.npy: no such file",
                good,
                directory.resolve("absent.npy").toString());
        assertFault(3, "npz archive", good, PairRuns.csv(directory, "a.npz", 1, n -> ""));
        assertFault(3, "line 2: 1 fields", good, PairRuns.csv(directory, "ragged.csv", 2, n -> n == 0 ? "1,2" : "1"));
        assertFault(
                2,
                "--protocol: paper is a protocol of dv alone",
                good,
                good,
                "--estimator",
                "nwj",
                "--kind",
                "discrete",
                "--protocol",
                "paper");
        String wide = PairRuns.csv(directory, "wide.csv", 20, n -> IntStream.range(0, 11)
                .mapToObj(c -> n + "." + c)
                .collect(Collectors.joining(",")));
        assertFault(
                2, "--k: is of meaning to the estimator ksg, which auto leaves out beyond 20", wide, wide, "--k", "2");
        assertFault(2, "--estimator: 'mine' is none of auto, dv", good, good, "--estimator", "mine");
        assertFault(2, "--estimator: auto stands alone", good, good, "--estimator", "auto,dv");
        assertFault(2, "--estimator: 'dv' comes twice", good, good, "--estimator", "dv,dv");
        assertFault(2, "--null: 0 is out of range", good, good, "--null", "0");
        assertFault(2, "--k: 0 is out of range", good, good, "--k", "0");
        assertFault(
                2,
                "--k: is of meaning to the estimator ksg",
                good,
                good,
                "--estimator",
                "dv",
                "--kind",
                "discrete",
                "--k",
                "3");
        assertFault(2, "--check: the laws", good, good, "--kind", "discrete", "--check");
        assertFault(2, "--epochs: is of meaning to trained critics", good, good, "--estimator", "ksg", "--epochs", "3");
        assertFault(2, "--holdout: 0.6 is out of range", good, good, "--kind", "continuous", "--holdout", "0.6");
        assertFault(2, "--noise: is of meaning to the estimator resolution", good, good, "--noise", "1");
        assertFault(
                2, "--estimator: resolution reads", good, good, "--kind", "continuous", "--estimator", "resolution");
        assertFault(2, "--protocol: paper is", good, good, "--kind", "continuous", "--protocol", "paper");
        assertFault(2, "--groups: labels are of use", good, good, "--kind", "continuous", "--groups", good);
        assertFault(
                5,
                "--memory allows 1.0 MiB; it would fit with --memory",
                good,
                good,
                "--kind",
                "continuous",
                "--memory",
                "0.001");
        assertFault(4, "--device cuda", good, good, "--device", "cuda");
        assertFault(
                3,
                "one label for each of 20",
                good,
                good,
                "--groups",
                directory.resolve("short.csv").toString());
        assertFault(3, "is no label", good, good, "--groups", PairRuns.csv(directory, "half.csv", 20, n -> "0.5"));
        assertFault(
                3,
                "another label",
                good,
                good,
                "--groups",
                PairRuns.csv(directory, "odd.csv", 20, n -> Integer.toString(n)));
    }

    /** What auto decides is known only when the rows have been read, so the message comes before the fault. */
    @Test
    void shouldSayWhatAutoDecidedWhereAnOptionContradictsIt() throws IOException {
        String distinct = PairRuns.csv(directory, "distinct.csv", 20, n -> n + ".5");
        String symbols = PairRuns.csv(directory, "symbols.csv", 20, n -> Integer.toString(n % 5));

        assertFault(
                2,
                "give --kind discrete; --kind auto decided continuous: x repeats 0.0 % of its rows",
                distinct,
                distinct,
                "--estimator",
                "resolution");
        assertFault(2, "--kind auto decided discrete: x repeats 75.0 % of its rows", symbols, symbols, "--k", "2");
    }

    @Test
    void shouldCompareSymbolsWithRandomPairingsToo() throws IOException {
        JsonNode document = PairRuns.json(sample(
                "--json",
                "--seeds",
                "1",
                "--epochs",
                "300",
                "--estimator",
                "resolution,dv,ksg",
                "--noise",
                "0.2",
                "--null",
                "3"));

        assertThat(document.path("estimates").findValuesAsText("estimator")).containsExactly("resolution", "dv", "ksg");
        assertThat(document.path("warnings").toString())
                .contains("ksg: made for continuous data, and here rows repeat");
        for (JsonNode estimate : document.path("estimates")) {
            assertThat(estimate.path("null").path("runs").asInt()).isEqualTo(3);
        }
        // y follows from x: 2 bits. Of 64 rows in another order about (8 - 1) (4 - 1) / (2 * 64 ln 2) = 0.24 bits are
        // left by chance.
        for (int i = 0; i < 2; i++) {
            JsonNode estimate = document.path("estimates").path(i);
            assertThat(estimate.path("null").path("max_bits").asDouble())
                    .isBetween(0.0, estimate.path("bits").asDouble() / 2);
        }
    }

    @Test
    void shouldBeExactlyZeroForAConstantByEveryEstimator() throws IOException {
        String x = PairRuns.csv(directory, "x.csv", 8, n -> n + ".25");
        String y = PairRuns.csv(directory, "y.csv", 8, n -> "1.5");

        JsonNode named = PairRuns.json(ProgramRun.of(
                "mi",
                "--x",
                x,
                "--y",
                y,
                "--json",
                "--estimator",
                "ksg,dv,infonce,gaussian",
                "--null",
                "2",
                "--check"));
        JsonNode auto = PairRuns.json(ProgramRun.of("mi", "--x", y, "--y", x, "--json"));
        JsonNode symbols = PairRuns.json(ProgramRun.of(
                "mi", "--x", x, "--y", y, "--json", "--kind", "discrete", "--estimator", "resolution,dv,copula"));

        for (JsonNode document : List.of(named, auto, symbols)) {
            assertThat(document.path("warnings").toString())
                    .contains("is constant: mutual information is exactly 0 bits");
            for (JsonNode estimate : document.path("estimates")) {
                assertThat(estimate.path("bits").asDouble()).isZero();
                assertThat(estimate.path("interval").toString()).isEqualTo("[0.0,0.0]");
            }
        }
        assertThat(named.path("estimates").findValuesAsText("estimator"))
                .containsExactly("ksg", "dv", "infonce", "gaussian");
        assertThat(named.path("estimates").path(0).path("null").path("max_bits").asDouble())
                .isZero();
        assertThat(auto.path("recommendation").path("reason").asText()).contains("constant");
        assertThat(symbols.path("estimates")).hasSize(7);
    }

    private static void assertFault(int code, String sentence, String x, String y, String... more) {
        String[] words = Stream.concat(Stream.of("mi", "--x", x, "--y", y), Arrays.stream(more))
                .toArray(String[]::new);
        ProgramRun run = ProgramRun.of(words);
        assertThat(run.err()
                        .lines()
                        .filter(line -> line.startsWith("ie-engine: "))
                        .findFirst()
                        .orElse(""))
                .contains(sentence);
        assertThat(run.code()).isEqualTo(code);
        assertThat(run.out()).isEmpty();
    }
}
