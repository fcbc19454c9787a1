package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.cli.ProgramRun;
import org.ieengine.loaders.array.ArrayFiles;
import org.ieengine.loaders.array.ArrayRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The verb on continuous data. */
class MutualInformationOfSamplesTest {
    @TempDir
    Path directory;

    @Test
    void shouldRecommendTheCopulaForAGaussianPairAndReadItsInformation() throws IOException {
        PairFiles.gaussian(directory, 1500, 0.8, 0.5);

        JsonNode document =
                PairRuns.json(PairRuns.pair(directory, "--json", "--seeds", "2", "--epochs", "100", "--null", "2"));

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

        ProgramRun run = PairRuns.pair(directory, "--seeds", "1", "--epochs", "300");

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

        JsonNode document = PairRuns.json(PairRuns.pair(
                directory,
                "--json",
                "--estimator",
                "ksg,smile,gaussian,infonce,dv,nwj,copula",
                "--seeds",
                "1",
                "--epochs",
                "20"));

        // All that auto compares are among them, so it says which it would take, and leaves the order.
        assertThat(document.path("recommendation").path("estimator").asText()).isIn("ksg", "copula", "dv");
        JsonNode fewer = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "ksg,copula"));
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

        JsonNode three = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "ksg"));
        JsonNode alike = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "ksg", "--k", "3"));
        JsonNode ten = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "ksg", "--k", "10"));

        assertThat(PairRuns.bits(alike)).isEqualTo(PairRuns.bits(three));
        // psi(N) - psi(k), the most that k neighbours can read.
        assertThat(ten.path("estimates").path(0).path("ceiling_bits").asDouble())
                .isLessThan(three.path("estimates").path(0).path("ceiling_bits").asDouble());
        assertThat(PairRuns.bits(ten)).isNotEqualTo(PairRuns.bits(three));
    }

    @Test
    void shouldCompareEveryEstimateWithRandomPairings() throws IOException {
        PairFiles.gaussian(directory, 500, 0.7);

        ProgramRun run = PairRuns.pair(directory, "--estimator", "gaussian,ksg", "--null", "5", "--quiet");
        JsonNode first =
                PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "gaussian,ksg", "--null", "5"));
        JsonNode again =
                PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "gaussian,ksg", "--null", "5"));
        JsonNode other = PairRuns.json(
                PairRuns.pair(directory, "--json", "--estimator", "gaussian,ksg", "--null", "5", "--seed", "9"));

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
    void shouldCheckLawsAndWarnOfThoseThatDoNotHold() throws IOException {
        PairFiles.gaussian(directory, 1500, 0.9, 0.9, 0.9);

        JsonNode document = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "ksg,gaussian", "--check"));
        ProgramRun table = PairRuns.pair(directory, "--estimator", "gaussian", "--check");

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
        JsonNode plain = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "gaussian,ksg"));
        double[] y = new double[400];
        try (ArrayRows rows = ArrayFiles.open(directory.resolve("y.npy").toString())) {
            rows.read(0, 200, y);
        }

        PairFiles.npy(directory.resolve("y.npy"), y, 2, descr, fortran);
        JsonNode other = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "gaussian,ksg"));

        assertThat(other.path("estimates").findValues("bits"))
                .isEqualTo(plain.path("estimates").findValues("bits"));
    }

    @Test
    void shouldKeepColumnsApartThatLieFarFromZero() throws IOException {
        PairFiles.gaussian(directory, 400, 0.8);
        double near = PairRuns.bits(PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "ksg")));
        double[] y = new double[400];
        try (ArrayRows rows = ArrayFiles.open(directory.resolve("y.npy").toString())) {
            rows.read(0, 400, y);
        }

        // Seconds since 1970 with fractions: float32 knows steps of 128 there.
        PairFiles.npy(
                directory.resolve("y.npy"), Arrays.stream(y).map(v -> 1.7e9 + v).toArray(), 1, "<f8", false);
        double far = PairRuns.bits(PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "ksg")));

        assertThat(near).isGreaterThan(0.5);
        assertThat(far).isCloseTo(near, within(1e-3));
    }

    @Test
    void shouldGiveNullWhereThereAreTooFewRows() throws IOException {
        PairFiles.gaussian(directory, 2, 0.8);

        JsonNode document =
                PairRuns.json(PairRuns.pair(directory, "--json", "--null", "2", "--estimator", "gaussian,ksg,dv"));

        for (JsonNode estimate : document.path("estimates")) {
            assertThat(estimate.path("bits").isNull()).isTrue();
            assertThat(estimate.path("interval").isNull()).isTrue();
            assertThat(estimate.path("null").path("mean_bits").isNull()).isTrue();
        }
        assertThat(document.path("warnings").toString())
                .contains("gaussian: 2 rows are too few", "dv: 2 samples are too few");
        assertThat(PairRuns.pair(directory).code()).isZero();
    }

    @Test
    void shouldWarnOfMeasuredValuesThatRepeat() throws IOException {
        PairFiles.gaussian(directory, 60, 0.8);
        String x = PairRuns.csv(directory, "x.csv", 60, n -> Integer.toString(n % 3));

        JsonNode document = PairRuns.json(ProgramRun.of(
                "mi", "--x", x, "--y", directory.resolve("y.npy").toString(), "--estimator", "gaussian", "--json"));

        assertThat(document.path("kind").asText()).isEqualTo("continuous");
        assertThat(document.path("warnings").toString()).contains("x.csv repeats 95.0 % of its rows");
    }

    @Test
    void shouldLeaveConstantColumnsOut() throws IOException {
        PairFiles.gaussian(directory, 300, 0.7);
        double alone = PairRuns.bits(PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "gaussian")));
        double[] y = new double[600];
        try (ArrayRows rows = ArrayFiles.open(directory.resolve("y.npy").toString())) {
            double[] one = new double[300];
            rows.read(0, 300, one);
            Arrays.setAll(y, i -> i % 2 == 0 ? one[i / 2] : 4);
        }

        PairFiles.npy(directory.resolve("y.npy"), y, 2, "<f4", false);
        JsonNode document = PairRuns.json(PairRuns.pair(directory, "--json", "--estimator", "gaussian"));

        assertThat(PairRuns.bits(document)).isCloseTo(alone, within(1e-5));
        assertThat(document.path("warnings").toString()).contains("1 of 2 columns are constant and carry nothing");
    }
}
