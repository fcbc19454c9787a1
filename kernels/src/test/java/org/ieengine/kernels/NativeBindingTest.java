package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Natives that cannot be unpacked or loaded: each in a process of its own, since a process loads them once. */
class NativeBindingTest {
    private static final String NATIVE = "libJCudaDriver-12.6.0-linux-x86_64.so";

    /** Opens the device twice and prints what it is, or why not. */
    static final class Opening {
        private Opening() {}

        public static void main(String[] arguments) {
            for (int i = 0; i < 2; i++) {
                try (JcudaDevice device = JcudaDevice.open(0)) {
                    System.out.println(device.properties().name());
                } catch (GpuException refusal) {
                    System.out.println(refusal.kind() + " " + refusal.getMessage());
                }
            }
        }
    }

    private static List<String> opened(Path temporary, Path library, String... before) throws Exception {
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-Xmx128m",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Opening.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", library.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    private static List<String> twice(String line) {
        return List.of(line, line);
    }

    @Test
    void shouldNotTouchATruncatedNativeInTheSharedTemporaryDirectory(@TempDir Path directory) throws Exception {
        Path stale = Files.writeString(directory.resolve(NATIVE), "truncated");

        assertThat(opened(directory, EmulatedGpu.libraryDirectory())).isEqualTo(twice("Emulated GPU"));
        assertThat(stale).hasContent("truncated");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(stale);
        }
    }

    @Test
    void shouldSayThatTheTemporaryDirectoryCannotBeWritten(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        List<String> lines = opened(file, EmulatedGpu.libraryDirectory());

        assertThat(lines).hasSize(2).allSatisfy(line -> assertThat(line)
                .startsWith("UNAVAILABLE no temporary directory can be written (")
                .endsWith("set -Djava.io.tmpdir to a directory that can be written and executed from"));
    }

    @Test
    void shouldSayThatTheTemporaryDirectoryIsFull(@TempDir Path directory) throws Exception {
        List<String> lines =
                opened(directory, EmulatedGpu.libraryDirectory(), "bash", "-c", "ulimit -f 64; exec \"$@\"", "bash");

        assertThat(lines)
                .isEqualTo(
                        twice("UNAVAILABLE the binding JCudaDriver cannot be loaded: the temporary directory is full "
                                + "(File too large); free some space, or set -Djava.io.tmpdir to a directory that can be "
                                + "written and executed from"));
    }

    @Test
    void shouldSayWhatIsWrongWithTheDriversLibrary(@TempDir Path directory) throws Exception {
        Path libraries = Files.createDirectory(directory.resolve("libraries"));
        Files.writeString(libraries.resolve("libcuda.so.1"), "no library");

        assertThat(opened(directory, libraries))
                .isEqualTo(twice("UNAVAILABLE the binding JCudaDriver cannot be loaded: " + libraries
                        + "/libcuda.so.1: file too short; check the driver and LD_LIBRARY_PATH"));
    }

    @Test
    void shouldFindTheReasonInTheLoadersMessage() throws IOException {
        String message =
                """
                Error while loading native library "JCudaDriver-12.6.0-linux-x86_64"
                Stack trace from the attempt to load the library as a file:
                java.lang.UnsatisfiedLinkError: no JCudaDriver-12.6.0-linux-x86_64 in java.library.path: /usr/lib
                Stack trace from the attempt to load the library as a resource:
                java.lang.UnsatisfiedLinkError: /tmp/private/libJCudaDriver-12.6.0-linux-x86_64.so: %s
                \tat java.base/jdk.internal.loader.NativeLibraries.load(Native Method)
                """;

        assertThat(reason(message.formatted("/tmp/private/x.so: failed to map segment from shared object")))
                .isEqualTo("the binding JCudaDriver cannot be loaded: nothing may be executed from the temporary "
                        + "directory (it is mounted noexec)");
        assertThat(reason(message.formatted("libcuda.so.1: cannot open shared object file: No such file or directory")))
                .isEqualTo("the binding JCudaDriver cannot be loaded: libcuda.so.1: cannot open shared object file: "
                        + "No such file or directory");
        assertThat(reason("Could not initialize class jcuda.driver.JCudaDriver"))
                .isEqualTo("the binding JCudaDriver cannot be loaded: Could not initialize class "
                        + "jcuda.driver.JCudaDriver");
    }

    private static String reason(String message) {
        return NativeBinding.explain("JCudaDriver", message).reason();
    }
}
