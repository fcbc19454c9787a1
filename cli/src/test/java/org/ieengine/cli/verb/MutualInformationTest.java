package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ieengine.cli.ProgramRun;
import org.ieengine.loaders.array.ArrayFiles;
import org.ieengine.loaders.array.ArrayRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        String[] words = Stream.concat(Stream.of("mi", "--x", x, "--y", y, "--threads", "1"), Arrays.stream(more))
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
    void shouldReadSeveralBoundsFromTheSameCritics() throws IOException {
        JsonNode document = json(sample("--json", "--seeds", "2", "--epochs", "300", "--estimator", "smile,dv,nwj"));

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
        assertFault(
                3, "row 3, column 0: 1.0E39 is beyond 3.4e38", good, csv("far.csv", 20, n -> n == 3 ? "1e39" : "1"));
        assertFault(
                3,
                "absent.npy: no such file",
                good,
                directory.resolve("absent.npy").toString());
        assertFault(3, "npz archive", good, csv("a.npz", 1, n -> ""));
        assertFault(3, "line 2: 1 fields", good, csv("ragged.csv", 2, n -> n == 0 ? "1,2" : "1"));
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
        String wide = csv("wide.csv", 20, n -> IntStream.range(0, 11)
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
        assertFault(3, "is no label", good, good, "--groups", csv("half.csv", 20, n -> "0.5"));
        assertFault(3, "another label", good, good, "--groups", csv("odd.csv", 20, n -> Integer.toString(n)));
    }

    /** What auto decides is known only when the rows have been read, so the message comes before the fault. */
    @Test
    void shouldSayWhatAutoDecidedWhereAnOptionContradictsIt() throws IOException {
        String distinct = csv("distinct.csv", 20, n -> n + ".5");
        String symbols = csv("symbols.csv", 20, n -> Integer.toString(n % 5));

        assertFault(
                2,
                "give --kind discrete; --kind auto decided continuous: x repeats 0.0 % of its rows",
                distinct,
                distinct,
                "--estimator",
                "resolution");
        assertFault(2, "--kind auto decided discrete: x repeats 75.0 % of its rows", symbols, symbols, "--k", "2");
    }

    private ProgramRun pair(String... more) {
        return ProgramRun.of(Stream.concat(
                        Stream.of(
                                "mi",
                                "--x",
                                directory.resolve("x.npy").toString(),
                                "--y",
                                directory.resolve("y.npy").toString(),
                                "--threads",
                                "1"),
                        Arrays.stream(more))
                .toArray(String[]::new));
    }

    @Test
    void shouldRecommendTheCopulaForAGaussianPairAndReadItsInformation() throws IOException {
        PairFiles.gaussian(directory, 1500, 0.8, 0.5);

        JsonNode document = json(pair("--json", "--seeds", "2", "--epochs", "100", "--null", "2"));

        assertThat(document.path("format").asText()).isEqualTo("ie-engine/mi/1");
        assertThat(document.path("n").asInt()).isEqualTo(1500);
        assertThat(document.path("dx").asInt()).isEqualTo(2);
        assertThat(document.path("dy").asInt()).isEqualTo(2);
        assertThat(document.path("kind").asText()).isEqualTo("continuous");
        assertThat(document.path("kind_reason").asText()).isEqualTo("x repeats 0.0 % of its rows, y 0.0 %");
        double all = Math.log(1500) / Math.log(2);
        for (String key : List.of("hx_bits", "hy_bits", "hxy_bits", "plug_in_bits")) {
            assertThat(document.path("ceiling").path(key).asDouble()).as(key).isCloseTo(all, within(1e-9));
        }
        assertThat(document.path("recommendation").path("estimator").asText()).isEqualTo("copula");
        assertThat(document.path("recommendation").path("reason").asText()).contains("held-out pairs");
        assertThat(document.path("checks").isNull()).isTrue();
        JsonNode estimates = document.path("estimates");
        assertThat(estimates.findValuesAsText("estimator")).containsExactly("copula", "ksg", "dv");
        // The error of a correlation of 1,500 pairs is below 0.03 bits a column: four of them together.
        double truth = PairFiles.gaussianBits(0.8, 0.5);
        assertThat(estimates.path(0).path("bits").asDouble()).isCloseTo(truth, within(0.1));
        assertThat(estimates.path(1).path("bits").asDouble()).isCloseTo(truth, within(0.12));
        assertKeys(estimates);
        assertThat(estimates.path(0).path("protocol").isNull()).isTrue();
        assertThat(estimates.path(0).path("row_passes").isNull()).isTrue();
        assertThat(estimates.path(0).path("ceiling_bits").isNull()).isTrue();
        assertThat(estimates.path(1).path("ceiling_bits").isNumber()).isTrue();
        assertThat(estimates.path(1).path("held_out_bits").isNull()).isTrue();
        assertThat(estimates.path(2).path("protocol").asText()).isEqualTo("held-out");
        assertThat(estimates.path(2).path("row_passes").asLong()).isPositive();
        assertThat(estimates.path(2).path("sd").isNumber()).isTrue();
        JsonNode random = estimates.path(0).path("null");
        assertThat(random.path("runs").asInt()).isEqualTo(2);
        assertThat(random.path("max_bits").asDouble())
                .isBetween(random.path("mean_bits").asDouble(), 0.05);
        assertThat(random.path("sd_bits").asDouble()).isBetween(0.0, 0.05);
        assertThat(estimates.path(1).path("null").isNull()).isTrue();
    }

    private static void assertKeys(JsonNode estimates) {
        for (JsonNode estimate : estimates) {
            List<String> names = new ArrayList<>();
            estimate.fieldNames().forEachRemaining(names::add);
            assertThat(names)
                    .containsExactly(
                            "estimator",
                            "protocol",
                            "noise",
                            "bits",
                            "sd",
                            "ceiling_bits",
                            "held_out_bits",
                            "interval",
                            "row_passes",
                            "seconds",
                            "null");
            assertThat(estimate.path("noise").isNull()).isTrue();
            double low = estimate.path("interval").path(0).asDouble();
            double high = estimate.path("interval").path(1).asDouble();
            assertThat(estimate.path("bits").asDouble()).isBetween(low - 1e-9, high + 1e-9);
        }
    }

    @Test
    void shouldNotRecommendTheCopulaForARing() throws IOException {
        PairFiles.ring(directory, 1500);

        ProgramRun run = pair("--seeds", "1", "--epochs", "300");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("kind: continuous (x repeats 0.0 %", "recommended: ", "why: the network gains");
        assertThat(run.out()).doesNotContain("recommended: copula");
        List<String> lines = run.out().lines().toList();
        int head = lines.indexOf(lines.stream()
                .filter(line -> line.startsWith("estimator  protocol"))
                .findFirst()
                .orElseThrow());
        assertThat(lines.get(head)).contains("95 % interval", "held out", "share of ceiling", "row passes");
        assertThat(lines.get(head + 1)).doesNotStartWith("copula");
    }

    @Test
    void shouldReportTheEstimatorsAskedForInTheirOrder() throws IOException {
        PairFiles.gaussian(directory, 400, 0.6);

        JsonNode document = json(pair(
                "--json", "--estimator", "ksg,smile,gaussian,infonce,dv,nwj,copula", "--seeds", "1", "--epochs", "20"));

        // All that auto compares are among them, so it says which it would take, and leaves the order.
        assertThat(document.path("recommendation").path("estimator").asText()).isIn("ksg", "copula", "dv");
        JsonNode fewer = json(pair("--json", "--estimator", "ksg,copula"));
        assertThat(fewer.path("recommendation").isNull()).isTrue();
        assertThat(document.path("estimates").findValuesAsText("estimator"))
                .containsExactly("ksg", "smile", "gaussian", "infonce", "dv", "nwj", "copula");
        assertThat(document.path("estimates").path(1).path("ceiling_bits").isNull())
                .isTrue();
        assertThat(document.path("estimates").path(3).path("ceiling_bits").asDouble())
                .isPositive();
        assertThat(document.path("estimates").path(5).path("protocol").asText()).isEqualTo("held-out");
    }

    @Test
    void shouldTakeTheNumberOfNeighbours() throws IOException {
        PairFiles.gaussian(directory, 300, 0.6);

        JsonNode three = json(pair("--json", "--estimator", "ksg"));
        JsonNode alike = json(pair("--json", "--estimator", "ksg", "--k", "3"));
        JsonNode ten = json(pair("--json", "--estimator", "ksg", "--k", "10"));

        assertThat(bits(alike)).isEqualTo(bits(three));
        // psi(N) - psi(k), the most that k neighbours can read.
        assertThat(ten.path("estimates").path(0).path("ceiling_bits").asDouble())
                .isLessThan(three.path("estimates").path(0).path("ceiling_bits").asDouble());
        assertThat(bits(ten)).isNotEqualTo(bits(three));
    }

    private static double bits(JsonNode document) {
        return document.path("estimates").path(0).path("bits").asDouble();
    }

    @Test
    void shouldCompareEveryEstimateWithRandomPairings() throws IOException {
        PairFiles.gaussian(directory, 500, 0.7);

        ProgramRun run = pair("--estimator", "gaussian,ksg", "--null", "5", "--quiet");
        JsonNode first = json(pair("--json", "--estimator", "gaussian,ksg", "--null", "5"));
        JsonNode again = json(pair("--json", "--estimator", "gaussian,ksg", "--null", "5"));
        JsonNode other = json(pair("--json", "--estimator", "gaussian,ksg", "--null", "5", "--seed", "9"));

        assertThat(run.out()).contains("at random", "at most");
        for (int i = 0; i < 2; i++) {
            JsonNode random = first.path("estimates").path(i).path("null");
            assertThat(random.path("runs").asInt()).isEqualTo(5);
            assertThat(random.path("max_bits").asDouble())
                    .isLessThan(first.path("estimates").path(i).path("bits").asDouble() / 3);
            assertThat(random.path("max_bits").asDouble())
                    .isGreaterThan(random.path("mean_bits").asDouble());
            assertThat(random).isEqualTo(again.path("estimates").path(i).path("null"));
            assertThat(random).isNotEqualTo(other.path("estimates").path(i).path("null"));
        }
    }

    @Test
    void shouldCompareSymbolsWithRandomPairingsToo() throws IOException {
        JsonNode document = json(sample(
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
    void shouldCheckLawsAndWarnOfThoseThatDoNotHold() throws IOException {
        PairFiles.gaussian(directory, 1500, 0.9, 0.9, 0.9);

        JsonNode document = json(pair("--json", "--estimator", "ksg,gaussian", "--check"));
        ProgramRun table = pair("--estimator", "gaussian", "--check");

        JsonNode checks = document.path("checks");
        assertThat(checks.findValuesAsText("estimator")).contains("ksg", "gaussian");
        assertThat(checks.findValuesAsText("name")).contains("independence", "additivity");
        for (JsonNode law : checks) {
            List<String> names = new ArrayList<>();
            law.fieldNames().forEachRemaining(names::add);
            assertThat(names)
                    .containsExactly(
                            "estimator", "name", "statement", "expected_bits", "read_bits", "allowed_bits", "holds");
            boolean warned = document.path("warnings")
                    .toString()
                    .contains(law.path("estimator").asText() + " does not keep the law '"
                            + law.path("name").asText());
            assertThat(warned).isNotEqualTo(law.path("holds").asBoolean());
        }
        // Nearest neighbours read too little in twelve columns, a closed form of Gaussian pairs does not.
        assertThat(document.path("warnings").toString()).contains("ksg does not keep the law 'additivity'");
        assertThat(document.path("warnings").toString()).doesNotContain("gaussian does not keep");
        assertThat(table.code()).isZero();
        assertThat(table.out()).contains("law", "expected", "allowed", "verdict", "independence", "holds");
    }

    @ParameterizedTest
    @CsvSource({"<f8,false", ">f8,true", "<f8,true", ">f8,false"})
    void shouldReadTheSameFromEveryOrderOfBytesAndIndices(String descr, boolean fortran) throws IOException {
        PairFiles.gaussian(directory, 200, 0.6, 0.3);
        JsonNode plain = json(pair("--json", "--estimator", "gaussian,ksg"));
        double[] y = new double[400];
        try (ArrayRows rows = ArrayFiles.open(directory.resolve("y.npy").toString())) {
            rows.read(0, 200, y);
        }

        PairFiles.npy(directory.resolve("y.npy"), y, 2, descr, fortran);
        JsonNode other = json(pair("--json", "--estimator", "gaussian,ksg"));

        assertThat(other.path("estimates").findValues("bits"))
                .isEqualTo(plain.path("estimates").findValues("bits"));
    }

    @Test
    void shouldKeepColumnsApartThatLieFarFromZero() throws IOException {
        PairFiles.gaussian(directory, 400, 0.8);
        double near = bits(json(pair("--json", "--estimator", "ksg")));
        double[] y = new double[400];
        try (ArrayRows rows = ArrayFiles.open(directory.resolve("y.npy").toString())) {
            rows.read(0, 400, y);
        }

        // Seconds since 1970 with fractions: float32 knows steps of 128 there.
        PairFiles.npy(
                directory.resolve("y.npy"), Arrays.stream(y).map(v -> 1.7e9 + v).toArray(), 1, "<f8", false);
        double far = bits(json(pair("--json", "--estimator", "ksg")));

        assertThat(near).isGreaterThan(0.5);
        assertThat(far).isCloseTo(near, within(1e-3));
    }

    @Test
    void shouldBeExactlyZeroForAConstantByEveryEstimator() throws IOException {
        String x = csv("x.csv", 8, n -> n + ".25");
        String y = csv("y.csv", 8, n -> "1.5");

        JsonNode named = json(ProgramRun.of(
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
        JsonNode auto = json(ProgramRun.of("mi", "--x", y, "--y", x, "--json"));
        JsonNode symbols = json(ProgramRun.of(
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

    @Test
    void shouldGiveNullWhereThereAreTooFewRows() throws IOException {
        PairFiles.gaussian(directory, 2, 0.8);

        JsonNode document = json(pair("--json", "--null", "2", "--estimator", "gaussian,ksg,dv"));

        for (JsonNode estimate : document.path("estimates")) {
            assertThat(estimate.path("bits").isNull()).isTrue();
            assertThat(estimate.path("interval").isNull()).isTrue();
            assertThat(estimate.path("null").path("mean_bits").isNull()).isTrue();
        }
        assertThat(document.path("warnings").toString())
                .contains("gaussian: 2 rows are too few", "dv: 2 samples are too few");
        assertThat(pair().code()).isZero();
    }

    @Test
    void shouldWarnOfMeasuredValuesThatRepeat() throws IOException {
        PairFiles.gaussian(directory, 60, 0.8);
        String x = csv("x.csv", 60, n -> Integer.toString(n % 3));

        JsonNode document = json(ProgramRun.of(
                "mi", "--x", x, "--y", directory.resolve("y.npy").toString(), "--estimator", "gaussian", "--json"));

        assertThat(document.path("kind").asText()).isEqualTo("continuous");
        assertThat(document.path("warnings").toString()).contains("x.csv repeats 95.0 % of its rows");
    }

    @Test
    void shouldLeaveConstantColumnsOut() throws IOException {
        PairFiles.gaussian(directory, 300, 0.7);
        double alone = bits(json(pair("--json", "--estimator", "gaussian")));
        double[] y = new double[600];
        try (ArrayRows rows = ArrayFiles.open(directory.resolve("y.npy").toString())) {
            double[] one = new double[300];
            rows.read(0, 300, one);
            Arrays.setAll(y, i -> i % 2 == 0 ? one[i / 2] : 4);
        }

        PairFiles.npy(directory.resolve("y.npy"), y, 2, "<f4", false);
        JsonNode document = json(pair("--json", "--estimator", "gaussian"));

        assertThat(bits(document)).isCloseTo(alone, within(1e-5));
        assertThat(document.path("warnings").toString()).contains("1 of 2 columns are constant and carry nothing");
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
