package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFilesTest {
    @TempDir
    Path directory;

    private static IeResult result(boolean withControl) {
        double nan = Double.NaN;
        var micro = List.of(new IeResult.MicroTerm(0, 1.5, 0.25, 2.0, 4), new IeResult.MicroTerm(1, 0.5, nan, 1.0, 2));
        var critic = new IeResult.LayerRow(
                1,
                1,
                "dv",
                "standard",
                nan,
                1.75,
                0.125,
                new IeResult.MacroTerm(
                        2.75,
                        0.1,
                        3.0,
                        2.75 / 3,
                        List.of(2.5, Double.POSITIVE_INFINITY),
                        123456,
                        false,
                        null,
                        List.of()),
                micro,
                true);
        var resolution = new IeResult.LayerRow(
                1,
                1,
                "resolution",
                null,
                0.5,
                1.0,
                nan,
                new IeResult.MacroTerm(
                        2.0,
                        nan,
                        3.0,
                        2.0 / 3,
                        List.of(),
                        nan,
                        false,
                        new IeResult.ResolutionParts(0.01, 0.75, 1.25),
                        List.of()),
                micro,
                true);
        var measured = new IeResult.Measured(
                new IeResult.Ceiling(3.0, List.of(2.0, 1.0), 1.5),
                List.of(critic, resolution),
                List.of(new IeResult.StateRow(0, 1, 0.5, 2.5, 0.02, 2.5, 0.0)),
                null);
        return new IeResult(
                new EngineProvenance("0.1.0", "abc", "17", "Linux", "cpu", "f32", "own"),
                new IeResult.ModelSummary(new ModelProvenance("gpt2", 1000, "c0", "w0"), "gpt2", 4, 128, 2048),
                new IeResult.DataSummary(
                        new DataProvenance("s.txt", "d0", 10, Map.of("too_short", 2L), Map.of("cut", "start")),
                        8,
                        2,
                        7),
                Map.of("seed", 0L),
                measured,
                withControl ? Map.of("shuffled", measured) : Map.of(),
                List.of(new IeResult.Curve("", 1, 1, "macro", 0, -1, new int[] {1, 2}, new double[] {0.5, Double.NaN})),
                List.of("a warning"),
                new IeResult.RunTimings(Map.of("total_seconds", 1.5), Instant.parse("2026-02-03T04:05:06.789Z")),
                new IeResult.JournalSummary("hash", 5));
    }

    @Test
    void theDocumentHasEveryKeyOfTheSchemaAndNumbersThatAreNumbers() throws IOException {
        ResultFiles.write(directory, result(true));
        JsonNode root =
                new ObjectMapper().readTree(directory.resolve("results.json").toFile());
        assertThat(root.path("format").textValue()).isEqualTo("ie-engine/results/1");
        assertThat(root.path("engine").properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("version", "commit", "java", "os", "device", "precision", "libraries");
        assertThat(root.path("model").properties())
                .extracting(Map.Entry::getKey)
                .containsExactly(
                        "path",
                        "family",
                        "layers",
                        "d",
                        "vocab",
                        "parameters",
                        "config_sha256",
                        "weights_sha256",
                        "tokenizer_sha256");
        assertThat(root.path("data").properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("path", "sha256", "read", "used", "skipped", "tokens", "distinct");
        assertThat(root.path("ceiling").path("micro_bits").get(1).doubleValue()).isEqualTo(1.0);
        JsonNode critic = root.path("layers").get(0);
        assertThat(critic.path("noise").isNull()).isTrue();
        assertThat(critic.path("ie_bits").isNumber()).isTrue();
        JsonNode macro = critic.path("macro");
        assertThat(macro.properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("bits", "sd", "ceiling_bits", "share", "seeds", "row_passes", "above_ceiling");
        assertThat(macro.path("seeds").get(1).isNull()).isTrue();
        assertThat(macro.path("row_passes").isIntegralNumber()).isTrue();
        assertThat(macro.path("above_ceiling").isBoolean()).isTrue();
        JsonNode resolution = root.path("layers").get(1);
        assertThat(resolution.path("protocol").isNull()).isTrue();
        assertThat(resolution.path("ie_sd").isNull()).isTrue();
        assertThat(resolution.path("macro").path("context_bits").doubleValue()).isEqualTo(1.25);
        assertThat(resolution.path("micro").get(1).properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("position", "bits", "sd", "ceiling_bits", "distinct");
        assertThat(root.path("states").get(0).properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("state", "position", "noise", "bits", "se", "last_token_bits", "context_bits");
        assertThat(root.path("controls").path("shuffled").path("layers")).hasSize(2);
        assertThat(root.path("timings").path("total_seconds").doubleValue()).isEqualTo(1.5);
        assertThat(root.path("timings").path("finished").textValue()).isEqualTo("2026-02-03T04:05:06Z");
        assertThat(Files.readString(directory.resolve("results.json"))).doesNotContain("NaN", "Infinity");
    }

    @Test
    void theTableHasTheColumnsOfTheContract() throws IOException {
        ResultFiles.write(directory, result(false));
        assertThat(Files.readAllLines(directory.resolve("results.csv")))
                .containsExactly(
                        "layer,position,estimator,protocol,noise,ie_bits,ie_sd,macro_bits,macro_sd,macro_ceiling_bits,"
                                + "share,mean_micro_bits,mean_micro_ceiling_bits,row_passes",
                        "1,1,dv,standard,,1.75,0.125,2.75,0.1,3.0," + 2.75 / 3 + ",1.0,1.5,123456",
                        "1,1,resolution,,0.5,1.0,,2.0,,3.0," + 2.0 / 3 + ",1.0,1.5,");
        assertThat(Files.readAllLines(directory.resolve("curves.csv")))
                .containsExactly("layer,position,term,seed,step,bits", "1,1,macro,0,1,0.5", "1,1,macro,0,2,");
    }

    @Test
    void rowsOfControlsFollowAndAreNamed() throws IOException {
        ResultFiles.write(directory, result(true));
        List<String> lines = Files.readAllLines(directory.resolve("results.csv"));
        assertThat(lines).hasSize(5);
        assertThat(lines.get(0)).endsWith("row_passes,control");
        assertThat(lines.get(1)).endsWith(",123456,");
        assertThat(lines.get(3)).endsWith(",123456,shuffled");
    }

    @Test
    void anOldResultStaysWholeWhenTheNewOneCannotBeWritten() throws IOException {
        Path file = Files.writeString(directory.resolve("results.json"), "old");
        assertThatThrownBy(() -> OutputFiles.write(file, out -> {
                    out.write(new byte[100_000]);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(InputException.class)
                .hasMessage(file + ": cannot be written: no space left on the device; free some or write elsewhere");
        assertThat(file).hasContent("old");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }
}
