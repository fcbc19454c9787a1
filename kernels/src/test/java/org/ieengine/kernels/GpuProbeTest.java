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

    /** In a temporary directory of its own, where nothing of an earlier run can lie. */
    @Test
    void shouldCountDevicesWithoutLeavingNativesInTheSharedTemporaryDirectory(@TempDir Path shared) throws IOException {
        String before = System.getProperty("java.io.tmpdir");
        int[] devices = {-1};
        Path[] during = new Path[1];
        System.setProperty("java.io.tmpdir", shared.toString());
        try {
            PrivateTemporaryDirectory.during(() -> {
                during[0] = Path.of(System.getProperty("java.io.tmpdir"));
                jcuda.runtime.JCuda.cudaGetDeviceCount(devices);
            });

            assertThat(System.getProperty("java.io.tmpdir")).isEqualTo(shared.toString());
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
        assertThat(devices[0]).isNotNegative();
        assertThat(during[0].getParent()).isEqualTo(shared.toAbsolutePath());
        try (var files = Files.list(shared)) {
            assertThat(files).isEmpty();
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
