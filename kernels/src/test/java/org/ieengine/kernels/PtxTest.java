package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The committed PTX: whole, of these sources, and what GPUs get from it. Leaves {@code target/registers.txt}, a line for each kernel
 * and target.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PtxTest {
    private static final String TINY =
            """
            #include "tiny.cuh"
            extern "C" __global__ void __launch_bounds__(128) tiny_scale(float* values, float factor, long long count, int stride) {
              const long long i = threadIdx.x + 128LL * blockIdx.x;
              if (i < count) values[i * stride] *= factor;
            }
            extern "C" __global__ void tiny_wait(float* values) {
              wait_for_copies();
              values[0] = 1.0f;
            }
            """;
    private static final String HEADER =
            """
            __device__ void wait_for_copies() { asm volatile("cp.async.wait_all;"); }
            """;

    private final KernelTable table = new KernelTable();

    @AfterAll
    void writeTable() throws IOException {
        table.write(PtxSources.MODULE.resolve("target/registers.txt"));
    }

    static List<Arguments> modulesAndTargets() throws IOException {
        List<Arguments> all = new ArrayList<>();
        for (Path ptx : PtxSources.ptx()) {
            for (String target : targets(ptx)) {
                all.add(Arguments.of(ptx.getFileName().toString(), ptx, target));
            }
        }
        return all;
    }

    private static List<String> targets(Path ptx) {
        if (isOld(ptx)) {
            return List.of("sm_75");
        }
        return ptx.toString().endsWith(".sm_90a.ptx") ? List.of("sm_90a") : List.of("sm_80", "sm_90");
    }

    private static boolean isOld(Path ptx) {
        return ptx.toString().endsWith(".sm_75.ptx");
    }

    private static PtxModules set(int capability) {
        return PtxModules.shipped(capability);
    }

    @ParameterizedTest(name = "{0} for {2}")
    @MethodSource("modulesAndTargets")
    void shouldAssembleWithoutSpills(String name, Path ptx, String target) throws IOException {
        PtxAssembler.Assembled assembled = PtxAssembler.assemble(Files.readString(ptx), target);

        assertThat(assembled.error()).isEmpty();
        table.add(target, assembled.kernels());
        Set<String> expected = new HashSet<>(PtxSources.kernels(PtxSources.sourceOf(ptx)));
        if (isOld(ptx)) {
            expected.removeAll(set(75).leftOut());
        }
        assertThat(assembled.kernels().stream().map(PtxAssembler.Kernel::name))
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(assembled.kernels()).allSatisfy(kernel -> {
            assertThat(kernel.registers()).isBetween(1, 255);
            assertThat(isOld(ptx) ? 0 : kernel.spilled()).isZero();
        });
    }

    @Test
    void shouldBeOfTheSourcesAsTheyAre() throws Exception {
        for (Path ptx : PtxSources.ptx()) {
            assertThat(Files.readAllLines(ptx).get(0))
                    .as(ptx.getFileName() + " (run kernels/ptx.sh)")
                    .isEqualTo("// sources " + PtxSources.hash(PtxSources.sourceOf(ptx)));
        }
    }

    @Test
    void shouldHoldEveryKernelOfTheSourcesAndNothingElse() throws IOException {
        Set<String> kernels = new HashSet<>();
        Set<String> hopper = new HashSet<>();
        Set<String> files = new HashSet<>();
        for (Path source : PtxSources.sources()) {
            String name = source.getFileName().toString().replace(".cu", "");
            boolean everywhere = !name.endsWith(".sm_90a");
            (everywhere ? kernels : hopper).addAll(PtxSources.kernels(source));
            files.addAll(everywhere ? List.of(name + ".ptx", name + ".sm_75.ptx") : List.of(name + ".ptx"));
        }

        assertThat(kernels).isNotEmpty();
        assertThat(hopper).isNotEmpty().doesNotContainAnyElementsOf(kernels);
        assertThat(set(80).names()).isEqualTo(kernels);
        assertThat(set(89).names()).isEqualTo(kernels);
        assertThat(set(100).names()).isEqualTo(kernels);
        hopper.addAll(kernels);
        assertThat(set(90).names()).isEqualTo(hopper);
        assertThat(set(80).leftOut()).isEmpty();
        Set<String> old = new HashSet<>(set(75).names());
        assertThat(old).doesNotContainAnyElementsOf(set(75).leftOut());
        old.addAll(set(75).leftOut());
        assertThat(old).isEqualTo(kernels);
        assertThat(PtxSources.ptx().stream().map(file -> file.getFileName().toString()))
                .containsExactlyInAnyOrderElementsOf(files);
    }

    @Test
    void shouldBeReadByTheDriversThatTheProductAsksFor() {
        assertThat(set(80).cudaVersion()).isLessThanOrEqualTo(CudaDriver.LEAST_FUNCTIONS);
        assertThat(set(75).cudaVersion()).isLessThanOrEqualTo(CudaDriver.LEAST_FUNCTIONS);
        assertThat(set(90).cudaVersion()).isEqualTo(12_000);
        assertThat(PtxModules.shipped(90, 12_000)).isSameAs(set(90));
        assertThat(PtxModules.shipped(90, 11_080)).isSameAs(set(80));
    }

    /** Where the compiler that the repository names is not at hand, {@code ptx.sh} must say so and write nothing. */
    @Test
    void shouldBeWhatTheNamedCompilerMakesOfTheSources() throws Exception {
        PtxSources.Ended check = PtxSources.run(List.of(), "bash", "ptx.sh", "--check");

        if (PtxSources.compilerIsHere()) {
            assertThat(check.output()).isEmpty();
            assertThat(check.code()).isZero();
        } else {
            assertThat(check.output()).containsPattern("is missing|the committed PTX is made by");
            assertThat(check.code()).isEqualTo(1);
        }
    }

    @Test
    void shouldBuildOnlyWhatChangedAndNoticeWhatIsStale(@TempDir Path sources, @TempDir Path made) throws Exception {
        Files.writeString(sources.resolve("tiny.cu"), TINY);
        Files.writeString(sources.resolve("tiny.cuh"), HEADER);
        List<String> variables = List.of("PTX_SOURCES=" + sources, "PTX_MADE=" + made);
        PtxSources.Ended built = PtxSources.run(variables, "bash", "ptx.sh");
        if (!PtxSources.compilerIsHere()) {
            assertThat(built.code()).isEqualTo(1);
            assertThat(made).isEmptyDirectory();
            return;
        }

        assertThat(built.output()).contains("tiny_scale", "sm_80", "sm_90", "sm_75");
        String whole = Files.readString(made.resolve("tiny.ptx"));
        String old = Files.readString(made.resolve("tiny.sm_75.ptx"));
        PtxModules modules = new PtxModules(Map.of("tiny", whole));
        assertThat(modules.names()).containsExactlyInAnyOrder("tiny_scale", "tiny_wait");
        assertThat(modules.entry("tiny_scale").parameters())
                .containsExactly(
                        PtxModules.Parameter.LONG,
                        PtxModules.Parameter.FLOAT,
                        PtxModules.Parameter.LONG,
                        PtxModules.Parameter.INT);
        assertThat(modules.cudaVersion()).isEqualTo(11_000);
        PtxModules without = new PtxModules(Map.of("tiny", old));
        assertThat(without.names()).containsExactly("tiny_scale");
        assertThat(without.leftOut()).containsExactly("tiny_wait");
        assertThat(whole).doesNotContain(sources.toString()).doesNotContain("//\n");

        assertThat(PtxSources.run(variables, "bash", "ptx.sh").output()).isEmpty();
        assertThat(PtxSources.run(variables, "bash", "ptx.sh", "--check").code())
                .isZero();
        Files.writeString(sources.resolve("tiny.cuh"), HEADER + "// changed\n");
        PtxSources.Ended stale = PtxSources.run(variables, "bash", "ptx.sh", "--check");
        assertThat(stale.code()).isEqualTo(1);
        assertThat(stale.output()).contains("tiny.ptx is not what tiny.cu gives", "tiny.sm_75.ptx is not what");
        assertThat(Files.readString(made.resolve("tiny.ptx"))).isEqualTo(whole);
    }

    @Test
    void shouldBuildSourcesForOneArchitectureForThatAlone(@TempDir Path sources, @TempDir Path made) throws Exception {
        String source =
                """
                extern "C" __global__ void __launch_bounds__(128) only_here(float* values) {
                  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
                  values[threadIdx.x] = 1.0f;
                }
                """;
        Files.writeString(sources.resolve("only.sm_90a.cu"), source);
        List<String> variables = List.of("PTX_SOURCES=" + sources, "PTX_MADE=" + made);
        PtxSources.Ended built = PtxSources.run(variables, "bash", "ptx.sh");
        if (!PtxSources.compilerIsHere()) {
            assertThat(built.code()).isEqualTo(1);
            return;
        }

        assertThat(built.output()).contains("only_here", "sm_90a").doesNotContain("sm_80", "sm_75");
        assertThat(made.toFile().list()).containsExactly("only.sm_90a.ptx");
        String ptx = Files.readString(made.resolve("only.sm_90a.ptx"));
        assertThat(ptx).contains(".target sm_90a\n");
        assertThat(new PtxModules(Map.of("only", ptx)).cudaVersion()).isEqualTo(12_000);
        assertThat(PtxSources.run(variables, "bash", "ptx.sh").output()).isEmpty();
        assertThat(PtxSources.run(variables, "bash", "ptx.sh", "--check").code())
                .isZero();
        Files.delete(sources.resolve("only.sm_90a.cu"));
        PtxSources.run(variables, "bash", "ptx.sh");
        assertThat(made).isEmptyDirectory();
    }

    static Stream<Arguments> sourcesAtFault() {
        return Stream.of(
                Arguments.of("int unused = 3;", "never referenced"),
                Arguments.of(
                        "int kept[64]; for (int i = 0; i < 64; i++) kept[i] = i; x[0] = kept[int(x[1])];",
                        "Local memory"),
                Arguments.of("asm volatile(\"no.such;\");", "Not a name of any known instruction"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("sourcesAtFault")
    void shouldNotBuildWarningsLocalMemoryAndWhatDoesNotAssemble(
            String line, String reason, @TempDir Path sources, @TempDir Path made) throws Exception {
        Files.writeString(
                sources.resolve("fault.cu"), "extern \"C\" __global__ void fault(float* x) { " + line + " }\n");

        PtxSources.Ended built =
                PtxSources.run(List.of("PTX_SOURCES=" + sources, "PTX_MADE=" + made), "bash", "ptx.sh");

        assertThat(built.code()).isEqualTo(1);
        assertThat(built.output()).contains(PtxSources.compilerIsHere() ? reason : "nvcc");
        assertThat(made).isEmptyDirectory();
    }
}
