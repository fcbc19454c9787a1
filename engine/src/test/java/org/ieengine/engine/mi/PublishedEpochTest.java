package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;

import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many pairs of the published epoch (N = 300,000: joint and permuted ones) GPUs of different sizes take through at once. */
class PublishedEpochTest {
    private static final int PAIRS = 600_000;

    /** Bytes of the layers 768-384-192-96 of a pair, and of their gradients, in bf16. */
    private static final int BYTES_PER_PAIR = 2 * 2 * (768 + 384 + 192 + 96);

    @ParameterizedTest
    @CsvSource({"79, 600000", "80, 600000", "141, 600000", "24, 559104", "8, 186368"})
    void aLargeGpuTakesItWholeAndOthersWhatAnEighthOfTheirMemoryHolds(long gibibytes, int expected) {
        EmulatedGpu.start().memory(gibibytes << 30);
        try (GpuDevice device = JcudaDevice.open(0);
                CudaBackend backend = new CudaBackend(device, Precision.BF16, Long.MAX_VALUE)) {
            int pairs = CriticPass.capacity(backend, CriticSettings.PUBLISHED_WIDTHS, PAIRS);

            assertThat(pairs).isEqualTo(expected);
            assertThat((long) pairs * BYTES_PER_PAIR).isLessThanOrEqualTo((gibibytes << 30) / 8);
        }
    }
}
