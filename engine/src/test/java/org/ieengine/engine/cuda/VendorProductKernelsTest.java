package org.ieengine.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;

/** What surrounds a vendor's product, with an own kernel in the library's place: the same numbers as all in one. */
class VendorProductKernelsTest {
    private static final int ROWS = 19;
    private static final int COLUMNS = 7;
    private static final int DEPTH = 10;

    private static final class Numbers {
        private final DeviceQueue queue;
        private final Random random = new Random(5);

        Numbers(DeviceQueue queue) {
            this.queue = queue;
        }

        CudaTensor matrix(int rows, int columns) {
            DeviceArena.Block block = queue.allocate((long) Float.BYTES * rows * columns);
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            queue.write(values, block.address());
            return new CudaTensor(block, block.address(), rows, columns);
        }

        float[] read(CudaTensor tensor) {
            float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
            queue.read(tensor.address(), values);
            return values;
        }
    }

    @Test
    void linearAndProductsAreThoseOfTheOwnKernels() {
        EmulatedGpu gpu = EmulatedGpu.start();
        try (GpuDevice device = JcudaDevice.open(0);
                DeviceQueue queue =
                        new DeviceQueue(device, Long.MAX_VALUE, DeviceArena.Placement.APART, Staging.Room.USUAL)) {
            OwnProductKernels own = new OwnProductKernels(queue, Precision.BF16, false);
            VendorProductKernels vendor =
                    new VendorProductKernels(queue, Precision.BF16, (precision, a, b, beta, out, stride) -> {
                        assertThat(stride).isEqualTo(COLUMNS);
                        CudaTensor target = new CudaTensor(null, out, a.rows(), COLUMNS);
                        own.product(a, b, precision == Precision.F32, beta, target);
                    });
            Numbers numbers = new Numbers(queue);
            Factor x = new Factor(numbers.matrix(ROWS, DEPTH), false);
            Factor weight = new Factor(numbers.matrix(COLUMNS, DEPTH), true);
            CudaTensor bias = numbers.matrix(1, COLUMNS);
            CudaTensor once = numbers.matrix(ROWS, COLUMNS);
            CudaTensor twice = numbers.matrix(ROWS, COLUMNS);
            for (Activation activation : Activation.values()) {
                for (boolean accumulate : new boolean[] {false, true}) {
                    for (CudaTensor each : new CudaTensor[] {null, bias}) {
                        queue.copy(once.address(), twice.address(), (long) Float.BYTES * ROWS * COLUMNS);
                        own.linear(x, weight, each, activation, accumulate, once);
                        vendor.linear(x, weight, each, activation, accumulate, twice);
                        assertSame(activation + " accumulate " + accumulate, numbers.read(twice), numbers.read(once));
                    }
                }
            }
            for (boolean strict : new boolean[] {false, true}) {
                queue.copy(once.address(), twice.address(), (long) Float.BYTES * ROWS * COLUMNS);
                own.product(x, weight, strict, 0.5f, once);
                vendor.product(x, weight, strict, 0.5f, twice);
                assertSame("product, strict " + strict, numbers.read(twice), numbers.read(once));
            }
            assertThat(gpu.launchedKernels()).contains("matmul_epilogue");
        }
    }

    /** Rounded in the same places; compilers may fuse a multiplication with an addition in one and not in the other. */
    private static void assertSame(String what, float[] found, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).as(what).isCloseTo(expected[i], Offset.offset(1e-6f * (1 + Math.abs(expected[i]))));
        }
    }
}
