package org.ieengine.kernels.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The emulation finds mistakes that a GPU often lets pass: kernels of {@code src/test/cuda/planted} with each of them, and without.
 * Run by {@code kernels/checks.sh}, plainly and under the sanitizers, in every order of threads and both timings of copies.
 */
final class PlantedFaultsTest {
    private record Outcome(int code, String output) {}

    private static Outcome run(String mode, String cases) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        "bash",
                        EmulatedDriverBuild.ofThisCheckout()
                                .module()
                                .resolve("checks.sh")
                                .toString(),
                        mode,
                        "--planted",
                        "--",
                        cases))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "address", "thread"})
    void kernelsWithoutMistakesPass(String mode) throws IOException, InterruptedException {
        Outcome outcome = run(mode, "_sound");
        assertThat(outcome.output()).contains("18 cases in 6 modes, 0 failures");
        assertThat(outcome.code()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "reverse_block, reversed",
        "refill_buffer, reversed",
        "read_behind, bytes behind the end of an allocation of 512",
        "write_behind, bytes behind the end of an allocation of 512",
        "freed_memory, 'no allocation''s bounds (freed, or never allocated)'",
        "misaligned_copy, cp.async: misaligned address",
        "wrong_arguments, 'skip_barrier takes (pi), given (pl)'",
        "large_block, a block has 1 to 1024 threads",
        "skip_barrier, exited",
        "two_barriers, threads of one block wait in different __syncthreads",
        "shuffle_masks, exited",
        "shuffle_with_the_dead, a lane exited while its warp waits for it in __shfl_xor_sync",
        "read_unwritten, nan instead of 1"
    })
    void theEmulatorAloneFindsInEveryMode(String mistake, String words) throws IOException, InterruptedException {
        Outcome outcome = run("plain", mistake + "_planted");
        assertThat(outcome.output()).contains(words).contains("1 cases in 6 modes, 6 failures");
        assertThat(outcome.code()).isEqualTo(1);
    }

    @Test
    void aMissingWaitForACopyIsFoundWhenCopiesLandLate() throws IOException, InterruptedException {
        Outcome outcome = run("plain", "wait_for_copies_planted");
        assertThat(outcome.output()).contains("copies late): doubled").contains("1 cases in 6 modes, 3 failures");
    }

    @ParameterizedTest
    @CsvSource({
        "dynamic_overrun, AddressSanitizer",
        "static_overrun, insufficient space for an object",
        "write_behind, AddressSanitizer",
        "misaligned_vector, misaligned address"
    })
    void theAddressAndUndefinedBehaviourSanitizersNameTheLine(String mistake, String words)
            throws IOException, InterruptedException {
        Outcome outcome = run("address", mistake + "_planted");
        assertThat(outcome.output()).contains(words).containsPattern("planted\\.cu:\\d+");
        assertThat(outcome.code()).isNotZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"reverse_block", "swap_neighbours", "refill_buffer"})
    void theThreadSanitizerNamesBothSidesOfARace(String mistake) throws IOException, InterruptedException {
        Outcome outcome = run("thread", mistake + "_planted");
        assertThat(outcome.output()).contains("data race").containsPattern("planted\\.cu:\\d+");
        assertThat(outcome.code()).isNotZero();
    }
}
