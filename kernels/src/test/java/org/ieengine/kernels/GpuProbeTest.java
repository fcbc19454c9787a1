package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuProbeTest {
    @Test
    void shouldNameGpusOrSayWhyThereAreNone() {
        GpuSurvey survey = GpuProbe.survey();

        assertThat(survey.usable()).isEqualTo(survey.problem().isEmpty());
        assertThat(survey.remedy().isEmpty()).isEqualTo(survey.usable());
        assertThat(survey.gpus()).allSatisfy(gpu -> {
            assertThat(gpu.name()).isNotBlank();
            assertThat(gpu.capability()).matches("\\d+\\.\\d+");
            assertThat(gpu.memoryBytes()).isPositive();
        });
    }

    @Test
    void shouldCountDevicesWithoutLeavingNativesInTheSharedTemporaryDirectory() {
        String before = System.getProperty("java.io.tmpdir");
        int[] devices = {-1};

        PrivateTemporaryDirectory.during(() -> jcuda.runtime.JCuda.cudaGetDeviceCount(devices));

        assertThat(System.getProperty("java.io.tmpdir")).isEqualTo(before);
        assertThat(devices[0]).isNotNegative();
        try (var files = Files.list(Path.of(before))) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("ie-engine-natives")))
                    .isEmpty();
        } catch (IOException fault) {
            throw new java.io.UncheckedIOException(fault);
        }
    }

    @Test
    void shouldFindLibrariesOnTheSearchPath(@TempDir Path directory) throws IOException {
        Path library = Files.createFile(directory.resolve("libsample.so.1"));

        assertThat(SharedLibraries.find("libsample.so.1", "/nowhere:" + directory))
                .isEqualTo(library.toString());
        assertThat(SharedLibraries.find("libsample.so.1", null)).isEmpty();
        assertThat(SharedLibraries.find("libsample.so.2", directory.toString())).isEmpty();
    }
}
