package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.ieengine.kernels.VendorMatrices.Extents;
import org.ieengine.kernels.VendorMatrices.Matrix;
import org.ieengine.kernels.VendorMatrices.Rounding;
import org.ieengine.kernels.VendorMatrices.Storage;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.kernels.emulated.VendorLibraries;
import org.junit.jupiter.api.Test;

/** Products of cuBLAS through JCuda's binding, over a libcublas.so.12 that computes on the processor. */
class VendorMatricesTest {
    private static final int PAD = 3;

    private final VendorLibraries.Cublas fake = VendorLibraries.cublas();

    @Test
    void shouldSayThatCublasWasNotFound() {
        assertThatThrownBy(() -> VendorMatrices.requireFound(""))
                .isInstanceOf(GpuException.class)
                .hasMessage("libcublas.so.12 was not found; install the libraries of CUDA 12, or give --libraries own");
    }

    @Test
    void shouldFindNoFaultWhereCublasAnswers() {
        EmulatedGpu.start();
        try (JcudaDevice device = JcudaDevice.open(0)) {
            assertThat(VendorMatrices.fault(device)).isEmpty();
            assertThat(fake.fake_living_handles()).isZero();
        }
    }

    @Test
    void shouldMultiplyEveryLayoutWithStridesAndAccumulate() {
        EmulatedGpu.start().streams(EmulatedGpu.Timing.EARLY);
        Random random = new Random(5);
        try (JcudaDevice device = JcudaDevice.open(0);
                VendorMatrices cublas = VendorMatrices.open(device);
                GpuStream stream = device.newStream();
                PinnedMemory pinned = device.allocatePinned(1 << 16);
                GpuMemory memory = device.allocate(1 << 16)) {
            for (Rounding rounding : Rounding.values()) {
                for (int layout = 0; layout < 4; layout++) {
                    for (float beta : new float[] {0, 1, -0.5f}) {
                        Extents extents =
                                new Extents(1 + random.nextInt(9), 1 + random.nextInt(9), 1 + random.nextInt(9));
                        Operands operands = new Operands(extents, layout % 2 == 1, layout / 2 == 1, pinned, random);
                        stream.upload(pinned, 0, memory.address(), operands.bytes());
                        cublas.multiply(
                                stream,
                                rounding,
                                extents,
                                operands.a(memory.address()),
                                operands.b(memory.address()),
                                beta,
                                operands.out(memory.address()));
                        float[] before = operands.values.clone();
                        stream.download(memory.address(), pinned, 0, operands.bytes());
                        stream.synchronise();
                        operands.compare(before, beta, pinned);
                    }
                }
                assertThat(fake.fake_last_compute())
                        .isEqualTo(rounding == Rounding.F32 ? 68 : rounding == Rounding.TF32 ? 77 : 75);
            }
            assertThat(fake.fake_living_handles()).isEqualTo(1);
        }
        assertThat(fake.fake_living_handles()).isZero();
    }

    @Test
    void shouldSayWhatCublasRefuses() {
        EmulatedGpu.start().streams(EmulatedGpu.Timing.EARLY);
        try (JcudaDevice device = JcudaDevice.open(0);
                VendorMatrices cublas = VendorMatrices.open(device);
                GpuStream stream = device.newStream();
                GpuMemory memory = device.allocate(64)) {
            Matrix narrow = new Matrix(memory.address(), 1, false, Storage.F32);
            assertThatThrownBy(() ->
                            cublas.multiply(stream, Rounding.F32, new Extents(2, 2, 2), narrow, narrow, 0, narrow))
                    .isInstanceOf(GpuException.class)
                    .hasMessageContaining("cublasGemmEx of ")
                    .hasMessageContaining("CUBLAS_STATUS_INVALID_VALUE (7)");
            Matrix transposed = new Matrix(memory.address(), 2, true, Storage.F32);
            assertThatThrownBy(() ->
                            cublas.multiply(stream, Rounding.F32, new Extents(2, 2, 2), narrow, narrow, 0, transposed))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldRefuseProductsOnceClosed() {
        EmulatedGpu.start();
        try (JcudaDevice device = JcudaDevice.open(0);
                GpuStream stream = device.newStream();
                GpuMemory memory = device.allocate(64)) {
            VendorMatrices cublas = VendorMatrices.open(device);
            cublas.close();
            cublas.close();
            Matrix matrix = new Matrix(memory.address(), 2, false, Storage.F32);
            assertThatThrownBy(() ->
                            cublas.multiply(stream, Rounding.F32, new Extents(2, 2, 2), matrix, matrix, 0, matrix))
                    .hasMessage("cuBLAS is closed");
        }
    }

    /** Two factors and a result one after the other, rows further apart than they are long, random everywhere. */
    private static final class Operands {
        private final Extents extents;
        private final boolean transposeA;
        private final boolean transposeB;
        private final int strideA;
        private final int strideB;
        private final int startB;
        private final int startOut;
        private final float[] values;

        private Operands(Extents extents, boolean transposeA, boolean transposeB, PinnedMemory to, Random random) {
            this.extents = extents;
            this.transposeA = transposeA;
            this.transposeB = transposeB;
            strideA = (transposeA ? extents.rows() : extents.inner()) + PAD;
            strideB = (transposeB ? extents.inner() : extents.columns()) + PAD;
            startB = strideA * (transposeA ? extents.inner() : extents.rows());
            startOut = startB + strideB * (transposeB ? extents.columns() : extents.inner());
            values = new float[startOut + strideOut() * extents.rows()];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat() - 0.5f;
                to.buffer().putFloat(Float.BYTES * i, values[i]);
            }
        }

        private int strideOut() {
            return extents.columns() + PAD;
        }

        private int bytes() {
            return Float.BYTES * values.length;
        }

        private Matrix a(long start) {
            return new Matrix(start, strideA, transposeA, Storage.F32);
        }

        private Matrix b(long start) {
            return new Matrix(start + Float.BYTES * startB, strideB, transposeB, Storage.F32);
        }

        private Matrix out(long start) {
            return new Matrix(start + Float.BYTES * startOut, strideOut(), false, Storage.F32);
        }

        /** One rounding to float32 of numbers below 3: 2e-7. What lies between rows stays as it was. */
        private void compare(float[] before, float beta, PinnedMemory after) {
            for (int row = 0; row < extents.rows(); row++) {
                for (int column = 0; column < strideOut(); column++) {
                    int at = startOut + row * strideOut() + column;
                    double expected =
                            column < extents.columns() ? product(row, column) + beta * (double) before[at] : before[at];
                    assertThat((double) after.buffer().getFloat(Float.BYTES * at))
                            .isCloseTo(expected, within(2e-7));
                }
            }
        }

        private double product(int row, int column) {
            double sum = 0;
            for (int i = 0; i < extents.inner(); i++) {
                double left = values[transposeA ? i * strideA + row : row * strideA + i];
                double right = values[startB + (transposeB ? column * strideB + i : i * strideB + column)];
                sum += left * right;
            }
            return sum;
        }
    }
}
