package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;

/** The same products of bf16 by the kernels of compute capability 8.0 and by those that 9.0 has besides. */
class CudaCapabilitiesTest {
    private static final int ROWS = 70;
    private static final int COLUMNS = 140;
    private static final int DEPTH = 90;

    /** What a device computed, and the kernels that it ran. */
    private record Computed(List<float[]> results, Set<String> kernels) {}

    private static Computed on(int capability, int driver) {
        EmulatedGpu gpu = EmulatedGpu.start().capability(capability).driverVersion(driver);
        List<float[]> results = new ArrayList<>();
        try (GpuDevice device = gpu.open();
                CudaBackend backend = CudaBackend.withTensorsApart(device, Precision.BF16)) {
            for (int layout = 0; layout < 4; layout++) {
                boolean transposeA = layout / 2 == 1;
                boolean transposeB = layout % 2 == 1;
                try (Tensor a = matrix(backend, transposeA ? DEPTH : ROWS, transposeA ? ROWS : DEPTH);
                        Tensor b = matrix(backend, transposeB ? COLUMNS : DEPTH, transposeB ? DEPTH : COLUMNS);
                        Tensor out = matrix(backend, ROWS, COLUMNS)) {
                    backend.product(a, transposeA, b, transposeB, 0.5f, out);
                    if (!transposeA) {
                        Layout of = transposeB ? Layout.OUT_IN : Layout.IN_OUT;
                        backend.linear(a, b, of, new Epilogue(null, Activation.GELU_TANH, true), out);
                    }
                    float[] values = new float[ROWS * COLUMNS];
                    backend.read(out, 0, ROWS, values);
                    results.add(values);
                }
            }
        }
        assertThat(gpu.leftBehind()).isEmpty();
        return new Computed(results, gpu.launchedKernels());
    }

    private static Tensor matrix(CudaBackend backend, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(1 + i * (double) (rows + 7));
        }
        Tensor matrix = backend.allocate(rows, columns);
        backend.write(values, matrix, 0);
        return matrix;
    }

    @Test
    void productsAgreeWhicheverKernelsThereAre() {
        Computed older = on(80, 12_040);
        Computed newer = on(90, 12_040);
        Computed newerOfOldDriver = on(90, 11_080);

        assertThat(older.kernels)
                .contains("matmul_bf16", "matmul_bf16_bt", "matmul_bf16_at", "matmul_bf16_at_bt")
                .noneMatch(name -> name.startsWith("matmul_wgmma"));
        assertThat(newer.kernels)
                .contains("matmul_wgmma_192", "matmul_wgmma_bt_192", "matmul_wgmma_at_192", "matmul_bf16_at_bt");
        assertThat(newerOfOldDriver.kernels).isEqualTo(older.kernels);
        for (int layout = 0; layout < 4; layout++) {
            assertThat(newerOfOldDriver.results.get(layout)).isEqualTo(older.results.get(layout));
            // Sums of 90 products below 1 in magnitude, in float32 and in different orders.
            assertThat(newer.results.get(layout)).hasSameSizeAs(older.results.get(layout));
            for (int i = 0; i < ROWS * COLUMNS; i++) {
                assertThat(newer.results.get(layout)[i]).isCloseTo(older.results.get(layout)[i], Offset.offset(1e-4f));
            }
        }
    }
}
