package org.ieengine.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.assertj.core.data.Offset;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which devices use the kernels of warpgroups, and that a device whose ones are wrong is found out when it is opened. */
class WarpgroupProofTest {
    private EmulatedGpu gpu;
    private GpuDevice device;
    private DeviceQueue queue;

    @BeforeEach
    void start() {
        gpu = EmulatedGpu.start();
    }

    @AfterEach
    void close() {
        System.clearProperty(WarpgroupProof.SWITCH);
        if (queue != null) {
            queue.close();
            device.close();
            assertThat(gpu.leftBehind()).isEmpty();
        }
    }

    private void open(int capability) {
        gpu.capability(capability);
        device = JcudaDevice.open(0);
        queue = new DeviceQueue(device, Long.MAX_VALUE, DeviceArena.Placement.APART, Staging.Room.USUAL);
    }

    /** The queue, with something done after each launch: given the kernel and its arguments. */
    private CudaLauncher after(BiConsumer<String, Object[]> launched) {
        return (CudaLauncher) Proxy.newProxyInstance(
                CudaLauncher.class.getClassLoader(),
                new Class<?>[] {CudaLauncher.class},
                (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(queue, arguments);
                        if (method.getName().equals("launch")) {
                            launched.accept((String) arguments[0], (Object[]) arguments[2]);
                        }
                        return result;
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    }
                });
    }

    @Test
    void shouldTryEveryKernelOfThemOn90() {
        open(90);
        List<String> names = new ArrayList<>();

        assertThat(WarpgroupProof.passed(after((kernel, arguments) -> names.add(kernel))))
                .isTrue();

        // Those that can meet rows of another matrix, or sum up a factor, also so.
        assertThat(names).hasSize(15).allMatch(name -> name.startsWith("matmul_wgmma"));
        assertThat(names.stream().distinct()).hasSize(9);
        assertThat(queue.arena().allocatedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {75, 80, 89, 100})
    void shouldUseNoneElsewhere(int capability) {
        open(capability);

        assertThat(WarpgroupProof.passed(queue)).isFalse();

        assertThat(gpu.launches()).isZero();
    }

    @Test
    void shouldUseNoneWhenSwitchedOff() {
        open(90);
        System.setProperty(WarpgroupProof.SWITCH, "off");
        assertThat(WarpgroupProof.passed(queue)).isFalse();
        assertThat(gpu.launches()).isZero();

        System.setProperty(WarpgroupProof.SWITCH, "no");
        assertThatThrownBy(() -> WarpgroupProof.passed(queue))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ieengine.wgmma is on or off, not no");
    }

    @Test
    void shouldNameTheKernelThatComputesSomethingElseAndTheWayOut() {
        open(90);
        CudaLauncher wrong = after((kernel, arguments) -> {
            if (kernel.equals("matmul_wgmma_at_192")) {
                // Element [1, 2] of the result.
                queue.fill((Long) arguments[0] + Float.BYTES * (264 + 2), Float.floatToRawIntBits(0.5f), 1);
            }
        });

        assertThatThrownBy(() -> WarpgroupProof.passed(wrong)).isInstanceOfSatisfying(GpuException.class, fault -> {
            assertThat(fault.kind()).isEqualTo(GpuException.Kind.UNAVAILABLE);
            assertThat(fault.reason())
                    .startsWith("the kernel matmul_wgmma_at_192 computes wrong products on Emulated GPU: "
                            + "element [1, 2] of a trial is 0.5, not ");
            assertThat(fault.remedy())
                    .isEqualTo("start Java with -Dieengine.wgmma=off to compute without such kernels");
        });
        assertThat(queue.arena().allocatedBytes()).isZero();
    }

    @Test
    void shouldNameTheKernelThatMeetsAnotherRow() {
        open(90);
        CudaLauncher wrong = after((kernel, arguments) -> {
            boolean met = arguments.length > 17 && !arguments[17].equals(0L);
            if (kernel.equals("matmul_wgmma_bt_128") && met) {
                // Elements [72, 4] and [72, 5] of the pairs: of the first one with another row than its own.
                queue.fill((Long) arguments[0] + Short.BYTES * (72 * 264 + 4), 0x3F003F00, 1);
            }
        });

        assertThatThrownBy(() -> WarpgroupProof.passed(wrong)).isInstanceOfSatisfying(GpuException.class, fault -> {
            assertThat(fault.reason())
                    .startsWith("the kernel matmul_wgmma_bt_128 computes wrong products on Emulated GPU: "
                            + "element [72, 4] of a trial is 0.5, not ");
        });
        assertThat(queue.arena().allocatedBytes()).isZero();
    }

    @Test
    void shouldNameTheKernelThatFails() {
        open(90);
        CudaLauncher lost = after((kernel, arguments) -> {
            if (kernel.equals("matmul_wgmma_256")) {
                gpu.fault("lost:1:715");
            }
        });

        assertThatThrownBy(() -> WarpgroupProof.passed(lost)).isInstanceOfSatisfying(GpuException.class, fault -> {
            assertThat(fault.kind()).isEqualTo(GpuException.Kind.LOST);
            assertThat(fault).hasMessageContaining("the kernel matmul_wgmma_192 failed when it was tried: ");
            assertThat(fault.remedy()).contains("-Dieengine.wgmma=off");
        });
        queue = null;
    }

    /** The same product by both kinds of kernels; they sum in different orders. */
    @Test
    void shouldComputeWhatTheOtherKernelsDo() {
        open(90);
        List<String> names = new ArrayList<>();
        OwnProductKernels with =
                new OwnProductKernels(after((kernel, arguments) -> names.add(kernel)), Precision.BF16, true);
        OwnProductKernels without = new OwnProductKernels(queue, Precision.BF16, false);
        for (int layout = 0; layout < 4; layout++) {
            boolean transposedA = layout / 2 == 1;
            boolean transposedB = layout % 2 == 1;
            Factor a = new Factor(transposedA ? matrix(1100, 20) : matrix(20, 1100), transposedA);
            Factor b = new Factor(transposedB ? matrix(150, 1100) : matrix(1100, 150), transposedB);
            CudaTensor bias = matrix(1, 150);
            CudaTensor first = matrix(20, 150);
            CudaTensor second = matrix(20, 150);
            queue.copy(first.address(), second.address(), Float.BYTES * 20 * 150);
            with.product(a, b, false, 0.5f, first);
            without.product(a, b, false, 0.5f, second);
            assertClose(first, second);
            if (!transposedA) {
                with.linear(a, b, bias, Activation.GELU_TANH, true, first);
                without.linear(a, b, bias, Activation.GELU_TANH, true, second);
                assertClose(first, second);
            }
        }
        assertThat(names)
                .contains("matmul_wgmma_192", "matmul_wgmma_bt_192", "matmul_wgmma_at_192", "matmul_bf16_at_bt")
                .doesNotContain("matmul_bf16", "matmul_bf16_bt", "matmul_bf16_at");
        queue.arena().close();
    }

    private CudaTensor matrix(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(1 + i * (double) (rows + 7));
        }
        DeviceArena.Block block = queue.allocate((long) Float.BYTES * values.length);
        queue.write(values, block.address());
        return new CudaTensor(block, block.address(), rows, columns);
    }

    /** Sums of 1100 products below 1 in magnitude, in float32 and in different orders. */
    private void assertClose(CudaTensor actual, CudaTensor expected) {
        float[] is = read(actual);
        float[] should = read(expected);
        for (int i = 0; i < is.length; i++) {
            assertThat(is[i]).isCloseTo(should[i], Offset.offset(2e-3f));
        }
    }

    private float[] read(CudaTensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        queue.read(tensor.address(), values);
        return values;
    }
}
