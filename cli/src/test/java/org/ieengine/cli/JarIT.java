package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The finished jar, verb by verb, on the samples: what is in it is what the tests of classes saw. */
class JarIT {
    private static final String MODEL = "../samples/gpt2-tiny";
    private static final String SENTENCES = "../samples/sentences.txt";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    /** Runs, expects the end that a shell takes for success, and returns the run. */
    private static JarRun done(String... arguments) throws IOException, InterruptedException {
        JarRun run = JarRun.of(arguments);
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    private static JsonNode document(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    @Test
    void shouldMeasureWithoutAVerb() throws IOException, InterruptedException {
        JarRun run =
                done("-w", MODEL, "-d", SENTENCES, "-n", "60", "--seeds", "1", "--epochs", "3", "--out", path("m"));

        assertThat(run.out()).contains("exact ceiling, blocks 1 and later: macro 5.91");
        assertThat(directory.resolve("m")).isDirectoryContaining("glob:**/report.html");
        assertThat(document(directory.resolve("m/results.json")).path("layers")).hasSizeGreaterThan(4);
    }

    @Test
    void shouldGiveActivationsToMutualInformation() throws IOException, InterruptedException {
        done("activations", "-w", MODEL, "-d", SENTENCES, "-n", "50", "--positions", "last", "--out", path("states"));
        String states = path("states/activations.safetensors");
        JarRun run = done(
                "mi",
                "--x",
                states + ":hidden_states.1",
                "--y",
                states + ":hidden_states.2",
                "--kind",
                "discrete",
                "--json");

        JsonNode ceiling = JSON.readTree(run.out()).path("ceiling");
        assertThat(ceiling.path("plug_in_bits").asDouble()).isCloseTo(Math.log(50) / Math.log(2), within(1e-9));
    }

    /** 524,160 lists in a heap of 256 MiB. */
    @Test
    void shouldMakeEveryListOfTheLargestBuiltInSet() throws IOException, InterruptedException {
        JarRun run = done(
                "dataset",
                "icl",
                "--entities",
                "animal",
                "--shots",
                "5",
                "--samples",
                "all",
                "-w",
                MODEL,
                "--json",
                "--out",
                path("lists"));

        JsonNode document = JSON.readTree(run.out());
        assertThat(document).isEqualTo(document(directory.resolve("lists/dataset.json")));
        assertThat(document.path("sequences").asInt()).isEqualTo(524_160);
        assertThat(document.path("tokens").asInt()).isEqualTo(10);
        assertThat(document.path("exact").path("ie_bits").asDouble()).isCloseTo(17.000, within(0.0005));
        assertThat(directory.resolve("lists/token_ids.safetensors")).isRegularFile();
    }

    @Test
    void shouldMeasureOnWindowsAndOnDamagedOnes() throws IOException, InterruptedException {
        done("dataset", "windows", "-w", MODEL, "-d", SENTENCES, "-t", "6", "-n", "80", "--out", path("windows"));
        JarRun damaged = done(
                "dataset",
                "perturb",
                "-w",
                MODEL,
                "-d",
                path("windows/sentences.jsonl"),
                "-t",
                "6",
                "--by",
                "replace",
                "--rate",
                "0.5",
                "--out",
                path("damaged"));
        assertThat(damaged.out()).contains("80 sequences of 6 tokens", "3 of 6 tokens", "measure with --token-ids");
        JarRun measured = done(
                "-w",
                MODEL,
                "--token-ids",
                path("damaged/token_ids.safetensors"),
                "--estimator",
                "gaussian",
                "--layers",
                "1",
                "--out",
                path("m"));

        JsonNode exact = document(directory.resolve("damaged/dataset.json")).path("exact");
        JsonNode ceiling = document(directory.resolve("m/results.json")).path("ceiling");
        assertThat(measured.out()).contains("exact ceiling");
        assertThat(ceiling.path("ie_bits")).isEqualTo(exact.path("ie_bits"));
        assertThat(JarRun.of("dataset", "lists").code()).isEqualTo(2);
        assertThat(JarRun.of("dataset", "icl", "--entities", path("none"), "--shots", "2")
                        .code())
                .isEqualTo(3);
    }

    @Test
    void shouldCompareResults() throws IOException, InterruptedException {
        for (String seed : new String[] {"1", "2"}) {
            done(
                    "-w",
                    MODEL,
                    "-d",
                    SENTENCES,
                    "-n",
                    "60",
                    "--estimator",
                    "resolution",
                    "--seed",
                    seed,
                    "--out",
                    path(seed));
        }
        JarRun run = done("compare", path("1"), path("2"), "--out", path("compared"));

        assertThat(run.out()).containsPattern("(?m)^1 +gpt2-tiny +sentences.txt +60 +8 ");
        assertThat(document(directory.resolve("compared/compare.json")).path("runs"))
                .hasSize(2);
        assertThat(directory.resolve("compared")).isDirectoryContaining("glob:**/compare.html");
        assertThat(directory.resolve("compared/figures")).isNotEmptyDirectory();
        assertThat(JarRun.of("compare", path("1"), path("absent")).code()).isEqualTo(3);
    }

    @Test
    void shouldCarryOutAnExperimentAndCompareItsPoints() throws IOException, InterruptedException {
        String[] layers = {
            "experiment", "layers", "-w", MODEL, "-d", SENTENCES, "-n", "60", "--seeds", "1", "--out", path("layers")
        };
        JarRun run = done(layers);

        assertThat(run.out()).contains("What the token ids alone predict:", "Against the paper:");
        assertThat(directory.resolve("layers/figures")).isDirectoryContaining("glob:**.svg");
        assertThat(directory.resolve("layers")).isDirectoryContaining("glob:**/report.html");
        assertThat(document(directory.resolve("layers/experiment.json")).path("points"))
                .hasSize(1);
        assertThat(document(directory.resolve("layers/points/layers/results.json"))
                        .path("controls")
                        .path("untrained")
                        .path("prediction")
                        .path("perplexity")
                        .asDouble())
                .isGreaterThan(1000);

        done("measure", "-w", MODEL, "-d", SENTENCES, "-n", "60", "--estimator", "resolution", "--out", path("alone"));
        assertThat(done("compare", path("layers"), path("alone"), "--out", path("both"))
                        .out())
                .contains("exact IE", "untrained");
    }

    @Test
    void shouldTellOfModelAndMachine() throws IOException, InterruptedException {
        assertThat(done("inspect", MODEL).out()).contains("gpt2", "1,063,680");
        assertThat(done("doctor").out()).contains("OpenBLAS");
        assertThat(done("--version").out()).startsWith("ie-engine ");
        assertThat(JarRun.of("nonsense").code()).isEqualTo(2);
    }
}
