package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Libraries;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.kernels.emulated.VendorLibraries;

/** An emulated device and the backends that a test opens on it; closing it closes them and finds what they left behind. */
final class EmulatedBackends implements AutoCloseable {
    private final EmulatedGpu gpu;
    private final GpuDevice device;
    private final Deque<CudaBackend> open = new ArrayDeque<>();

    private EmulatedBackends(EmulatedGpu gpu) {
        this.gpu = gpu;
        this.device = JcudaDevice.open(0);
    }

    /** A device that does queued work, and a kernel's asynchronous copies, as late as the rules allow. */
    static EmulatedBackends late() {
        return new EmulatedBackends(EmulatedGpu.start());
    }

    /** The same, of a compute capability, times ten. */
    static EmulatedBackends late(int capability) {
        return new EmulatedBackends(EmulatedGpu.start().capability(capability));
    }

    /** A device that does everything at once. */
    static EmulatedBackends early() {
        return new EmulatedBackends(
                EmulatedGpu.start().copies(EmulatedGpu.Timing.EARLY).streams(EmulatedGpu.Timing.EARLY));
    }

    /** What the device is emulated by. */
    EmulatedGpu gpu() {
        return gpu;
    }

    /** A backend whose tensors are allocations of their own, guarded on both sides. */
    CudaBackend apart(Precision precision) {
        return opened(CudaBackend.withTensorsApart(device, precision));
    }

    /** A backend whose tensors share segments, as outside tests. */
    CudaBackend packed(Precision precision, long memoryCap) {
        return opened(new CudaBackend(device, precision, memoryCap));
    }

    /** A backend whose products and activations stand-ins for cuBLAS and cuDNN compute. */
    CudaBackend vendor(Precision precision) {
        VendorLibraries.cublas();
        VendorLibraries.cudnn();
        return opened(new CudaBackend(device, precision, Long.MAX_VALUE, Libraries.VENDOR));
    }

    private CudaBackend opened(CudaBackend backend) {
        open.push(backend);
        return backend;
    }

    @Override
    public void close() {
        open.forEach(CudaBackend::close);
        device.close();
        assertThat(gpu.leftBehind()).isEmpty();
    }
}
