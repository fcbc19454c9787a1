package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.ieengine.kernels.VendorActivations.Function;
import org.ieengine.kernels.VendorActivations.Rows;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.kernels.emulated.VendorLibraries;
import org.junit.jupiter.api.Test;

/** Activations and softmax of cuDNN through JCuda's binding, over a libcudnn.so.8 that computes on the processor. */
class VendorActivationsTest {
    private static final int ROWS = 4;
    private static final int COLUMNS = 5;
    private static final int STRIDE = 8;
    private static final int OUT_STRIDE = 7;
    private static final int OUT = ROWS * STRIDE;
    private static final int ELEMENTS = OUT + ROWS * OUT_STRIDE;

    private final VendorLibraries.Cudnn fake = VendorLibraries.cudnn();

    /** What is queued for a matrix and where its result goes. */
    private interface Work {
        void queue(VendorActivations cudnn, GpuStream stream, Rows from, Rows to);
    }

    /** Random numbers before and after the work, as the device had them. */
    private record Numbers(float[] before, float[] after) {
        double in(int row, int column) {
            return before[row * STRIDE + column];
        }

        /** Rounded once to float32 from below 4; what lies between rows stays as it was. */
        void compare(double[][] expected) {
            for (int row = 0; row < ROWS; row++) {
                for (int column = 0; column < OUT_STRIDE; column++) {
                    int at = OUT + row * OUT_STRIDE + column;
                    double wanted = column < COLUMNS ? expected[row][column] : before[at];
                    assertThat((double) after[at]).isCloseTo(wanted, within(2.5e-7));
                }
            }
        }
    }

    private Numbers done(Work work) {
        EmulatedGpu.start().streams(EmulatedGpu.Timing.EARLY);
        Random random = new Random(7);
        float[] before = new float[ELEMENTS];
        float[] after = new float[ELEMENTS];
        try (JcudaDevice device = JcudaDevice.open(0);
                VendorActivations cudnn = VendorActivations.open(device);
                GpuStream stream = device.newStream();
                PinnedMemory pinned = device.allocatePinned(Float.BYTES * ELEMENTS);
                GpuMemory memory = device.allocate(Float.BYTES * ELEMENTS)) {
            for (int i = 0; i < ELEMENTS; i++) {
                before[i] = 4 * random.nextFloat() - 2;
                pinned.buffer().putFloat(Float.BYTES * i, before[i]);
            }
            stream.upload(pinned, 0, memory.address(), Float.BYTES * ELEMENTS);
            work.queue(
                    cudnn,
                    stream,
                    new Rows(memory.address(), STRIDE),
                    new Rows(memory.address() + Float.BYTES * OUT, OUT_STRIDE));
            stream.download(memory.address(), pinned, 0, Float.BYTES * ELEMENTS);
            stream.synchronise();
            for (int i = 0; i < ELEMENTS; i++) {
                after[i] = pinned.buffer().getFloat(Float.BYTES * i);
            }
            assertThat(fake.fake_living_objects()).isEqualTo(4);
        }
        assertThat(fake.fake_living_objects()).isZero();
        return new Numbers(before, after);
    }

    private void shouldGive(Function function, DoubleUnaryOperator expected) {
        Numbers numbers = done((cudnn, stream, from, to) -> cudnn.activate(stream, function, ROWS, COLUMNS, from, to));
        double[][] wanted = new double[ROWS][COLUMNS];
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                wanted[row][column] = expected.applyAsDouble(numbers.in(row, column));
            }
        }
        numbers.compare(wanted);
    }

    @Test
    void shouldGiveTheActivationsThatTheirNamesSay() {
        shouldGive(Function.RELU, value -> Math.max(value, 0));
        shouldGive(Function.TANH, Math::tanh);
        shouldGive(Function.SIGMOID, value -> 1 / (1 + Math.exp(-value)));
    }

    @Test
    void shouldNormaliseEachRowBySoftmax() {
        Numbers numbers = done((cudnn, stream, from, to) -> cudnn.softmax(stream, ROWS, COLUMNS, from, to));
        double[][] wanted = new double[ROWS][COLUMNS];
        for (int row = 0; row < ROWS; row++) {
            double sum = 0;
            for (int column = 0; column < COLUMNS; column++) {
                wanted[row][column] = Math.exp(numbers.in(row, column));
                sum += wanted[row][column];
            }
            for (int column = 0; column < COLUMNS; column++) {
                wanted[row][column] /= sum;
            }
        }
        numbers.compare(wanted);
    }

    @Test
    void shouldSayWhatCudnnRefuses() {
        assertThatThrownBy(() -> done(
                        (cudnn, stream, from, to) -> cudnn.activate(stream, Function.TANH, ROWS, STRIDE + 1, from, to)))
                .isInstanceOf(GpuException.class)
                .hasMessageContaining("cudnnSetTensor4dDescriptorEx of [4, 9]")
                .hasMessageContaining("CUDNN_STATUS_BAD_PARAM (3)");
    }

    @Test
    void shouldRefuseWorkOnceClosed() {
        EmulatedGpu.start();
        try (JcudaDevice device = JcudaDevice.open(0);
                GpuStream stream = device.newStream()) {
            assertThat(VendorActivations.fault(device)).isEmpty();
            VendorActivations cudnn = VendorActivations.open(device);
            cudnn.close();
            cudnn.close();
            Rows rows = new Rows(0, 1);
            assertThatThrownBy(() -> cudnn.softmax(stream, 1, 1, rows, rows)).hasMessage("cuDNN is closed");
        }
    }
}
