package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;

/** Moments whose sums lie on a device beside those whose sums lie on the heap. */
class AlignmentMomentsTest {
    private static final int ROWS = 150;
    private static final int D = 7;

    /** Clusters of very different sizes; nothing is in the last one. */
    private static StateClusters clusters(int count) {
        int[] label = new int[ROWS];
        Arrays.setAll(label, i -> count == 0 ? 0 : i * i % (count - 1));
        return count == 0 ? StateClusters.NONE : new StateClusters(label, count);
    }

    private static AlignmentMoments.Gathered gathered(
            Backend backend, AlignmentMoments moments, StateClusters clusters, int chunk) {
        float[] states = new float[2 * ROWS * D];
        new Philox(1, 0, 0, 0, 0).normals(0, 1, states);
        try (moments;
                Tensor x = backend.allocate(chunk, D);
                Tensor y = backend.allocate(chunk, D)) {
            for (int pass = clusters.count() > 0 ? 0 : 1; pass < 2; pass++) {
                for (int from = 0; from < ROWS; from += chunk) {
                    int n = Math.min(chunk, ROWS - from);
                    int[] rows = new int[n];
                    for (int i = 0; i < n; i++) {
                        rows[i] = from + i;
                    }
                    backend.write(Arrays.copyOfRange(states, from * D, (from + n) * D), x, 0);
                    backend.write(Arrays.copyOfRange(states, (ROWS + from) * D, (ROWS + from + n) * D), y, 0);
                    if (pass == 0) {
                        moments.addToMeans(rows, x.rowRange(0, n), y.rowRange(0, n));
                    } else {
                        moments.add(rows, x.rowRange(0, n), y.rowRange(0, n));
                    }
                }
            }
            return moments.gathered();
        }
    }

    private static void assertSame(AlignmentMoments.Gathered found, AlignmentMoments.Gathered expected) {
        // float32 sums of ROWS products of normals, of which the largest is some ROWS
        double rounding = 1e-6 * ROWS;
        assertThat(found.rows()).isEqualTo(expected.rows());
        assertThat(found.xx().data).containsExactly(expected.xx().data, within(rounding));
        assertThat(found.xy().data).containsExactly(expected.xy().data, within(rounding));
        assertThat(found.yy().data).containsExactly(expected.yy().data, within(rounding));
        assertThat(found.means().counts()).isEqualTo(expected.means().counts());
        assertThat(found.means().x()).containsExactly(expected.means().x(), within(1e-6));
        assertThat(found.means().y()).containsExactly(expected.means().y(), within(1e-6));
        if (expected.means().counts().length > 0) {
            assertThat(found.squaresOfY()).isCloseTo(expected.squaresOfY(), within(rounding * D));
        }
    }

    @Test
    void sumsOnADeviceAreThoseOnTheHeap() {
        // without products by warpgroups, the proof of which would take more memory than what is measured here
        EmulatedGpu gpu = EmulatedGpu.start().capability(80);
        try (CpuBackend processor = new CpuBackend(1);
                GpuDevice device = gpu.open();
                CudaBackend cuda = new CudaBackend(device, Precision.BF16, Long.MAX_VALUE)) {
            for (int count : new int[] {0, 2, 70}) {
                StateClusters clusters = clusters(count);
                AlignmentMoments moments = AlignmentMoments.of(processor, D, clusters);
                assertThat(moments).isInstanceOf(HostMoments.class);
                AlignmentMoments.Gathered expected = gathered(processor, moments, clusters, 40);
                assertSame(gathered(cuda, AlignmentMoments.of(cuda, D, clusters), clusters, 64), expected);
            }
            assertThat(cuda.allocatedBytes()).isZero();
            assertThat(cuda.peakBytes())
                    .isLessThanOrEqualTo(AlignmentMoments.bytes(cuda, 64, D, 70) + 2L * Float.BYTES * 64 * D);
        }
        assertThat(gpu.leftBehind()).isEmpty();
    }

    @Test
    void aDeviceIsReadAsOftenForManyChunksAsForOne() {
        for (int chunk : new int[] {ROWS, 11}) {
            for (int count : new int[] {0, 70}) {
                try (CpuBackend processor = new CpuBackend(1)) {
                    TracedBackend traced = new TracedBackend(processor, 0);
                    StateClusters clusters = clusters(count);
                    gathered(traced.traced(), new DeviceMoments(traced.traced(), D, clusters), clusters, chunk);
                    // three sums of products, and sums over the clusters of both states
                    assertThat(Collections.frequency(traced.calls(), "read")).isEqualTo(count == 0 ? 3 : 5);
                }
            }
        }
    }
}
