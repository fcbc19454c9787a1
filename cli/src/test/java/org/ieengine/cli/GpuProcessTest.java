package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own on an emulated GPU: what works, and each bad situation with its sentence and exit code. */
class GpuProcessTest {
    private static final int SECONDS = 240;
    private static String libraries;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() {
        libraries = EmulatedGpu.libraryDirectory().toString();
    }

    /** What a process left behind. */
    private record Ended(int code, String out, String err) {
        String lastError() {
            return err.lines().reduce((first, last) -> last).orElse("");
        }
    }

    /** Runs the program; variables of the emulated driver without their common prefix. */
    private Ended run(Map<String, String> variables, List<String> virtualMachine, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(virtualMachine);
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(directory, "out", ".txt");
        Path err = Files.createTempFile(directory, "err", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("LD_LIBRARY_PATH", libraries);
        variables.forEach((name, value) -> builder.environment().put("EMULATED_CUDA_" + name, value));
        Process process = builder.start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as("it ends within %d seconds", SECONDS).isTrue();
        return new Ended(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private Ended run(Map<String, String> variables, String... arguments) throws IOException, InterruptedException {
        return run(variables, List.of(), arguments);
    }

    /** A measure that takes the emulated GPU seconds. */
    private String[] measure(String... more) {
        return measureOf(6, more);
    }

    private String[] measureOf(int sentences, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "-w",
                "../samples/gpt2-tiny",
                "-d",
                "../samples/sentences.txt",
                "-n",
                Integer.toString(sentences),
                "-t",
                "3",
                "--layers",
                "0"));
        words.addAll(List.of("--estimator", "dv", "--seeds", "1", "--epochs", "2", "--quiet"));
        words.addAll(List.of("--out", directory.resolve("run").toString()));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    private JsonNode results() throws IOException {
        return new ObjectMapper().readTree(directory.resolve("run/results.json").toFile());
    }

    @Test
    void shouldTakeTheGpuByItselfAndSayWhatComputed() throws IOException, InterruptedException {
        Ended run = run(Map.of("STREAMS", "early"), measure());

        assertThat(run.code).as(run.err).isZero();
        JsonNode engine = results().path("engine");
        assertThat(engine.path("device").asText()).startsWith("cuda:0 (");
        assertThat(engine.path("precision").asText()).isEqualTo("bf16");
        assertThat(engine.path("libraries").asText()).isEqualTo("own");
        assertThat(results().path("layers")).isNotEmpty();
    }

    @Test
    void shouldShowTheGpuInDoctor() throws IOException, InterruptedException {
        Ended run = run(Map.of(), "doctor");

        assertThat(run.code).isZero();
        assertThat(run.out)
                .containsPattern("ok  GPU 0 +.*compute capability 9\\.0")
                .containsPattern("ok  CUDA bindings")
                .containsPattern("ok  CUDA kernels +[1-9]")
                .contains("products in bf16, tf32 and f32", "CUDA up to 12.4");
    }

    @Test
    void shouldEndWithFourWithoutADriver() throws IOException, InterruptedException {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        libraries = empty.toString();
        try {
            Ended run = run(Map.of(), measure("--device", "cuda"));

            assertThat(run.code).isEqualTo(4);
            assertThat(run.err)
                    .startsWith("ie-engine: --device cuda: no GPU can be used: ")
                    .hasLineCount(1);
            assertThat(directory.resolve("run")).doesNotExist();
        } finally {
            libraries = EmulatedGpu.libraryDirectory().toString();
        }
    }

    @Test
    void shouldEndWithFourForAnOldDriverAndWarnWhereTheChoiceIsFree() throws IOException, InterruptedException {
        Ended asked = run(Map.of("DRIVER", "11000"), measure("--device", "cuda"));
        Ended free = run(Map.of("DRIVER", "11000"), measure());

        assertThat(asked.code).isEqualTo(4);
        assertThat(asked.err).contains("serves CUDA 11.0, the kernels need 11.4", "install driver 470 or newer");
        assertThat(asked.err).hasLineCount(1);
        assertThat(free.code).as(free.err).isZero();
        assertThat(free.err).contains("warning: no GPU can be used, the CPU computes: the driver serves CUDA 11.0");
        assertThat(results().path("engine").path("device").asText()).startsWith("cpu (");
    }

    @Test
    void shouldRefuseBf16OnAnOldGpuAndRunF32There() throws IOException, InterruptedException {
        Map<String, String> turing = Map.of("CAPABILITY", "75", "STREAMS", "early");
        Ended refused = run(turing, measure("--device", "cuda", "--precision", "bf16"));
        Ended done = run(turing, measure("--device", "cuda", "--precision", "f32"));

        assertThat(refused.code).isEqualTo(4);
        assertThat(refused.err)
                .startsWith("ie-engine: --precision bf16: ")
                .contains("has compute capability 7.5, and bf16 products need 8.0; give --precision f32")
                .hasLineCount(1);
        assertThat(done.code).as(done.err).isZero();
        assertThat(results().path("engine").path("precision").asText()).isEqualTo("f32");
    }

    @Test
    void shouldRefuseAGpuThatIsTooOldForAnyKernel() throws IOException, InterruptedException {
        Ended run = run(Map.of("CAPABILITY", "61"), measure("--device", "cuda"));
        Ended doctor = run(Map.of("CAPABILITY", "61"), "doctor");

        assertThat(run.code).isEqualTo(4);
        assertThat(run.err)
                .contains("has compute capability 6.1, the kernels need 7.5")
                .hasLineCount(1);
        assertThat(doctor.out).containsPattern("--  GPU 0 +cannot be used");
    }

    @Test
    void shouldTrustNoNativeThatLiesInTheTemporaryDirectory() throws IOException, InterruptedException {
        Path temporary = Files.createDirectory(directory.resolve("tmp"));
        List<Path> stale = new ArrayList<>();
        for (String name : List.of("JCudaDriver", "JCudaRuntime")) {
            Path file = temporary.resolve("lib" + name + "-12.6.0-linux-x86_64.so");
            stale.add(Files.writeString(file, "truncated"));
        }

        Ended run = run(Map.of(), List.of("-Djava.io.tmpdir=" + temporary), "doctor");

        assertThat(run.code).as(run.err).isZero();
        assertThat(run.out).containsPattern("ok  GPU 0 +");
        for (Path file : stale) {
            assertThat(file).hasContent("truncated");
        }
    }

    @Test
    void shouldNameATemporaryDirectoryThatCannotBeWritten() throws IOException, InterruptedException {
        String nowhere = directory.resolve("no/such/place").toString();

        Ended run = run(Map.of(), List.of("-Djava.io.tmpdir=" + nowhere), measure("--device", "cuda"));

        assertThat(run.code).isEqualTo(4);
        assertThat(run.err)
                .contains("no temporary directory can be written", "set -Djava.io.tmpdir to a directory")
                .hasLineCount(1);
    }

    private Ended activations(String name, String... more) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("activations", "-w", "../samples/gpt2-tiny", "--layers", "0"));
        words.addAll(List.of("-d", "../samples/sentences.txt", "-n", "6", "-t", "3", "--device", "cuda"));
        words.addAll(List.of("--quiet", "--out", directory.resolve(name).toString()));
        words.addAll(List.of(more));
        return run(Map.of("STREAMS", "early"), words.toArray(String[]::new));
    }

    @Test
    void shouldWriteActivationsWithinTheMemoryOfTheDevice() throws IOException, InterruptedException {
        Ended small = activations("small", "--device-memory", "0.001");
        Ended done = activations("done", "--memory", "0.001");

        assertThat(small.code).as(small.err).isEqualTo(5);
        assertThat(small.err)
                .contains("one block and one sequence take ", "--device-memory allows ")
                .hasLineCount(1);
        assertThat(directory.resolve("small/activations.safetensors")).doesNotExist();
        // What the host may occupy does not count: the states lie on the device.
        assertThat(done.code).as(done.err).isZero();
        assertThat(directory.resolve("done/activations.safetensors")).isNotEmptyFile();
    }

    @Test
    void shouldKeepWhatIsFinishedWhenMemoryRunsOutAndContinueSmaller() throws IOException, InterruptedException {
        // Fewer sentences fit into what was taken before the device became full.
        Ended broken = run(Map.of("FAULT", "full:3"), measureOf(12, "--device", "cuda"));

        assertThat(broken.code).as(broken.err).isEqualTo(5);
        assertThat(broken.lastError())
                .startsWith("ie-engine: ")
                .contains("finished estimates are in " + directory.resolve("run/journal.jsonl"))
                .contains("--resume continues, with a smaller --device-memory (smaller batches) or --device cpu");
        Ended resumed = run(Map.of("STREAMS", "early"), measureOf(12, "--device", "cuda", "--resume"));
        assertThat(resumed.code).as(resumed.err).isZero();
        assertThat(results().path("layers")).isNotEmpty();
    }

    @Test
    void shouldComputeOnTheProcessorWhereABusyGpuHasNoRoomForIt() throws IOException, InterruptedException {
        Ended free = run(Map.of("FAULT", "pinned:1"), measure());
        Ended asked = run(Map.of("FAULT", "pinned:1"), measure("--device", "cuda"));

        assertThat(free.code).as(free.err).isZero();
        assertThat(free.err).contains("warning: the GPU cannot be used, the CPU computes: no memory is left for");
        assertThat(asked.code).isEqualTo(5);
        assertThat(asked.err).hasLineCount(1);
    }

    @Test
    void shouldContinueOnTheProcessorWhenTheGpuIsLost() throws IOException, InterruptedException {
        Map<String, String> variables = new HashMap<>(Map.of("STREAMS", "early"));
        variables.put("FAULT", "lost:250");
        Ended broken = run(variables, measure("--device", "cuda"));

        assertThat(broken.code).as(broken.err).isEqualTo(4);
        assertThat(broken.lastError())
                .contains("finished estimates are in " + directory.resolve("run/journal.jsonl"))
                .contains("--resume continues, also with --device cpu");
        assertThat(broken.err).doesNotContain("    at ");
        Ended resumed = run(Map.of(), measure("--device", "cpu", "--resume"));
        assertThat(resumed.code).as(resumed.err).isZero();
        assertThat(results().path("engine").path("device").asText()).startsWith("cpu (");
    }

    @Test
    void shouldEndWithFourWhereTheDriverFindsNoDevice() throws IOException, InterruptedException {
        Ended run = run(Map.of("FAULT", "no-device"), measure("--device", "cuda:0"));

        assertThat(run.code).isEqualTo(4);
        assertThat(run.err)
                .startsWith("ie-engine: --device cuda:0: no GPU can be used: ")
                .hasLineCount(1);
    }
}
