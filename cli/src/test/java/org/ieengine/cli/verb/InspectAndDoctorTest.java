package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.cli.ProgramRun;
import org.ieengine.kernels.GpuSurvey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectAndDoctorTest {
    @Test
    void shouldShowWhatAModelDirectoryHolds() {
        ProgramRun run = ProgramRun.of("inspect", "../samples/openllama-tiny");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("llama", "F16", "SentencePiece", "1,315,968");
    }

    @Test
    void shouldGiveTheSameAsJson() throws IOException {
        JsonNode document = new ObjectMapper()
                .readTree(ProgramRun.of("inspect", "../samples/gpt2-tiny", "--json")
                        .out());

        assertThat(document.path("format").asText()).isEqualTo("ie-engine/inspect/1");
        assertThat(document.path("family").asText()).isEqualTo("gpt2");
        assertThat(document.path("layers").isInt()).isTrue();
        assertThat(document.path("layers").asInt()).isEqualTo(4);
        assertThat(document.path("d").asInt()).isEqualTo(128);
        assertThat(document.path("vocab").asInt()).isEqualTo(2048);
        assertThat(document.path("parameters").asLong()).isEqualTo(1_063_680);
        assertThat(document.path("dtypes").path("F32").asLong()).isEqualTo(1_063_680);
        assertThat(document.path("warnings").isArray()).isTrue();
    }

    @Test
    void shouldWarnWhenThereIsNoTokenizer(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Path.of("../samples/gpt2-tiny", file), directory.resolve(file));
        }

        ProgramRun run = ProgramRun.of("inspect", directory.toString());

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("none that can be used", "warning", "--token-ids");
    }

    @Test
    void shouldSayWhatOfTheMachineIsUsable() throws IOException {
        ProgramRun text = ProgramRun.of("doctor");
        JsonNode document =
                new ObjectMapper().readTree(ProgramRun.of("doctor", "--json").out());

        assertThat(text.code()).isZero();
        assertThat(text.out()).contains("Java heap", "direct memory", "CPU", "matrix products", "cuBLAS", "cuDNN");
        assertThat(document.path("format").asText()).isEqualTo("ie-engine/doctor/1");
        assertThat(document.path("rows")).hasSizeGreaterThan(8).allSatisfy(row -> {
            assertThat(row.path("name").asText()).isNotEmpty();
            assertThat(row.path("usable").isBoolean()).isTrue();
        });
    }

    @Test
    void shouldNameAReasonAndARemedyForWhatIsMissing() {
        GpuSurvey none = new GpuSurvey("", "", "", List.of(), List.of(), "no driver", "install it", "", "");

        assertThat(GpuFindings.of(none))
                .filteredOn(finding -> finding.name().equals("GPU"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.usable()).isFalse();
                    assertThat(finding.reason()).isEqualTo("no driver");
                    assertThat(finding.remedy()).isEqualTo("install it");
                });
        assertThat(HostFindings.heap(64L << 20).remedy()).contains("-Xmx");
        assertThat(HostFindings.directory("temporary directory", "/nowhere/at/all")
                        .usable())
                .isFalse();
    }

    @Test
    void shouldListTheGpusThatAnswer() {
        GpuSurvey one = new GpuSurvey(
                "550.54",
                "/usr/lib/libcuda.so.1",
                "12.4",
                List.of(
                        new GpuSurvey.Gpu(0, "Sample GPU", "9.0", 80L << 30),
                        new GpuSurvey.Gpu(1, "Older GPU", "7.5", 8L << 30)),
                List.of(new GpuSurvey.RefusedGpu(2, "Oldest GPU has compute capability 6.1", "give --device cpu")),
                "",
                "",
                "/x/libcublas.so.12",
                "");

        assertThat(GpuFindings.of(one))
                .extracting(Finding::found)
                .contains(
                        "550.54, CUDA up to 12.4, /usr/lib/libcuda.so.1",
                        "Sample GPU, compute capability 9.0, 80.0 GiB");
        assertThat(GpuFindings.of(one))
                .filteredOn(finding -> finding.name().startsWith("GPU "))
                .extracting(Finding::usable)
                .containsExactly(true, true, false);
        assertThat(GpuFindings.of(one))
                .extracting(Finding::reason)
                .contains(
                        "products in bf16, tf32 and f32",
                        "products in f32 alone: bf16 and tf32 need 8.0",
                        "Oldest GPU has compute capability 6.1");
        assertThat(GpuFindings.of(one))
                .filteredOn(finding -> finding.name().equals("CUDA kernels"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.found()).matches("[1-9].* PTX modules .* for 7.5"));
        assertThat(GpuFindings.of(one))
                .filteredOn(finding -> finding.name().equals("cuBLAS"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).startsWith("cannot be loaded: "));
    }

    @Test
    void shouldSayWhatAVendorLibraryIsUsedFor() {
        String library = System.getProperty("java.home") + "/lib/libprefs.so";
        GpuSurvey survey = new GpuSurvey("", "", "", List.of(), List.of(), "none", "", "", library);

        assertThat(GpuFindings.of(survey)).anySatisfy(finding -> {
            assertThat(finding.name()).isEqualTo("cuBLAS");
            assertThat(finding.usable()).isFalse();
            assertThat(finding.found()).isEqualTo("no libcublas.so.12");
            assertThat(finding.reason()).isEqualTo("optional, for --libraries vendor: matrix products");
        });
        assertThat(GpuFindings.of(survey))
                .as("another library in cuDNN's place, which every Java machine has")
                .anySatisfy(finding -> {
                    assertThat(finding.name()).isEqualTo("cuDNN");
                    assertThat(finding.usable()).isTrue();
                    assertThat(finding.found()).isEqualTo(library);
                    assertThat(finding.reason())
                            .isEqualTo("can be loaded, used by --libraries vendor: ReLU, tanh and sigmoid, next to"
                                    + " cuBLAS");
                });
    }
}
