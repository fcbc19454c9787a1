package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What closing says once the device is lost: nothing when that was said before, and the loss when it was not. */
class CudaLostDeviceTest {
    private final EmulatedGpu gpu = EmulatedGpu.start();

    private static CudaBackend backend(GpuDevice device, boolean apart) {
        return apart
                ? CudaBackend.withTensorsApart(device, Precision.F32)
                : new CudaBackend(device, Precision.F32, Long.MAX_VALUE);
    }

    /** Queues more kernels than the device survives. */
    private void loseAt(CudaBackend backend, Tensor tensor) {
        gpu.fault("lost:1");
        backend.softCap(tensor, 1);
        backend.softCap(tensor, 2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingIsQuietOnceTheLossHasBeenThrown(boolean apart) {
        GpuDevice device = JcudaDevice.open(0);
        CudaBackend backend = backend(device, apart);
        Tensor tensor = backend.allocate(3, 4);
        backend.allocate(5, 6);
        Recording recording = backend.record(() -> backend.softCap(tensor, 3));
        backend.record(() -> backend.softCap(tensor, 4));
        assertThat(device.lost()).isFalse();
        loseAt(backend, tensor);
        assertThatThrownBy(backend::synchronise)
                .isInstanceOfSatisfying(
                        GpuException.class, fault -> assertThat(fault.kind()).isEqualTo(GpuException.Kind.LOST));

        assertThat(device.lost()).isTrue();
        recording.close();
        tensor.close();
        backend.close();
        device.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingThrowsTheLossThatNobodyHasHeardOf(boolean apart) {
        GpuDevice device = JcudaDevice.open(0);
        CudaBackend backend = backend(device, apart);
        Tensor tensor = backend.allocate(3, 4);
        loseAt(backend, tensor);

        assertThatThrownBy(backend::close).isInstanceOfSatisfying(GpuException.class, fault -> assertThat(fault.kind())
                .isEqualTo(GpuException.Kind.LOST));
        assertThat(device.lost()).isTrue();
        backend.close();
        device.close();
    }
}
