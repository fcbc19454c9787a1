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
        assertThat(outcome.output()).contains("26 cases in 6 modes, 0 failures");
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
        "read_unwritten, nan instead of 1",
        "unfenced_copies, 'without fence.proxy.async after it had landed'",
        "unfenced_sums, without wgmma.fence",
        "warp_astray, the warps of a warpgroup multiply different operands",
        "sums_too_soon, worst [0] = nan",
        "product_abandoned, a warp ends while products of it are under way",
        "barrier_without_end, 'barrier at byte 512 of shared memory: 1 of 33 arrivals and 0 bytes are missing'",
        "barrier_not_prepared, the barrier is not initialised",
        "buffer_refilled, deadlock: thread ",
        "bulk_copy_of_too_few_bytes, 'thread 31 waits at line 116 for a phase of parity 0'",
        "bulk_copy_of_too_few_bytes, 0 of 1 arrivals and 16 bytes are missing",
        "bulk_copy_misaligned, cp.async.bulk: addresses and size are multiples of 16 bytes"
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

    @Test
    void aBulkCopyThatNobodyWaitsForIsFoundWhenCopiesLandLate() throws IOException, InterruptedException {
        Outcome outcome = run("plain", "bulk_copy_not_waited_for_planted");
        assertThat(outcome.output()).contains("copies late): copied").contains("1 cases in 6 modes, 3 failures");
    }

    @Test
    void anOperandOverwrittenBeforeItsProductEndsIsFoundWhenProductsReadLate()
            throws IOException, InterruptedException {
        Outcome outcome = run("plain", "operand_overwritten_planted");
        assertThat(outcome.output()).contains("copies early): product: ").contains("1 cases in 6 modes, 3 failures");
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
    @ValueSource(strings = {"reverse_block", "swap_neighbours", "refill_buffer", "operand_overwritten"})
    void theThreadSanitizerNamesBothSidesOfARace(String mistake) throws IOException, InterruptedException {
        Outcome outcome = run("thread", mistake + "_planted");
        assertThat(outcome.output()).contains("data race").containsPattern("planted\\w*\\.cu:\\d+");
        assertThat(outcome.code()).isNotZero();
    }
}
