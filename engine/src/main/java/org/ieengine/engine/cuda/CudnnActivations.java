package org.ieengine.engine.cuda;

import java.util.Map;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.VendorActivations;
import org.ieengine.kernels.VendorActivations.Function;
import org.ieengine.kernels.VendorActivations.Rows;

/** Activations by cuDNN on the stream of a backend, as far as cuDNN has them. */
final class CudnnActivations implements AutoCloseable {
    private static final Map<Activation, Function> SHARED = Map.of(
            Activation.RELU, Function.RELU, Activation.TANH, Function.TANH, Activation.SIGMOID, Function.SIGMOID);

    private final DeviceQueue queue;
    private final VendorActivations cudnn;

    /**
     * @throws org.ieengine.kernels.GpuException of kind UNAVAILABLE with the reason when cuDNN cannot be used
     */
    CudnnActivations(GpuDevice device, DeviceQueue queue) {
        this.queue = queue;
        this.cudnn = VendorActivations.open(device);
    }

    /** Whether cuDNN has it. */
    boolean has(Activation activation) {
        return SHARED.containsKey(activation);
    }

    /** out = activation(x), of which {@link #has} is true; shapes have been checked. */
    void activate(CudaTensor x, Activation activation, CudaTensor out) {
        Rows from = new Rows(x.address(), x.stride());
        Rows to = new Rows(out.address(), out.stride());
        queue.queue(
                "cudnnActivationForward",
                stream -> cudnn.activate(stream, SHARED.get(activation), x.rows(), x.columns(), from, to));
    }

    @Override
    public void close() {
        cudnn.close();
    }
}
