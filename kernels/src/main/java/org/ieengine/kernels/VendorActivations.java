package org.ieengine.kernels;

import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.jcudnn.cudnnSoftmaxAlgorithm;
import jcuda.jcudnn.cudnnSoftmaxMode;
import jcuda.jcudnn.cudnnStatus;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.runtime.cudaStream_t;
import org.ieengine.kernels.GpuException.Kind;

/**
 * Activations and softmax of cuDNN 8 on a device's streams, float32. The backend takes activations alone from here: its attention
 * never writes scores to memory, so it has no matrix to give to a softmax.
 */
public final class VendorActivations implements AutoCloseable {
    private static final String LIBRARY = "libcudnn.so.8";
    private static final String REMEDY = "install cuDNN 8 for CUDA 12, or give --libraries own";

    /** Elements that cuDNN counts in one matrix. */
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

    /** The activations that cuDNN and this project both have. */
    public enum Function {
        /** max(x, 0). */
        RELU(cudnnActivationMode.CUDNN_ACTIVATION_RELU),
        /** tanh(x). */
        TANH(cudnnActivationMode.CUDNN_ACTIVATION_TANH),
        /** 1 / (1 + exp(-x)). */
        SIGMOID(cudnnActivationMode.CUDNN_ACTIVATION_SIGMOID);

        private final int mode;

        Function(int mode) {
            this.mode = mode;
        }
    }

    /**
     * A matrix in device memory, row-major.
     *
     * @param address of its first element
     * @param stride elements from one row to the next
     */
    public record Rows(long address, int stride) {
        private Rows from(long row) {
            return new Rows(address + Float.BYTES * row * stride, stride);
        }
    }

    /** A call of cuDNN on matrices that {@code x} and {@code out} describe. */
    private interface Call {
        int apply(Pointer one, Pointer zero, Pointer from, Pointer to);
    }

    /** Loaded when it is first needed. */
    private static final class Binding {
        private static final NativeBinding OF_CUDNN =
                NativeBinding.load("JCudnn", () -> JCudnn.setExceptionsEnabled(false));
    }

    private final JcudaDevice device;
    private final cudnnHandle handle = new cudnnHandle();
    private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    private final cudnnTensorDescriptor out = new cudnnTensorDescriptor();
    private final cudnnActivationDescriptor activation = new cudnnActivationDescriptor();
    private boolean closed;

    /**
     * Opens cuDNN on a device.
     *
     * @throws GpuException of kind {@link GpuException.Kind#UNAVAILABLE} with the reason when it is not found or cannot be loaded
     */
    public static VendorActivations open(GpuDevice device) {
        if (!(device instanceof JcudaDevice ours)) {
            throw new IllegalArgumentException("cuDNN computes on devices of the CUDA driver alone");
        }
        if (SharedLibraries.findLoadable(LIBRARY).isEmpty()) {
            throw new GpuException(Kind.UNAVAILABLE, LIBRARY + " was not found", REMEDY);
        }
        Binding.OF_CUDNN.require();
        return new VendorActivations(ours);
    }

    /** Why cuDNN cannot be used on a device, one line; empty when it can. */
    public static String fault(GpuDevice device) {
        try {
            open(device).close();
            return "";
        } catch (GpuException fault) {
            if (fault.kind() == Kind.DEFECT || fault.kind() == Kind.LOST) {
                throw fault;
            }
            return fault.reason();
        }
    }

    private VendorActivations(JcudaDevice device) {
        this.device = device;
        device.enter();
        check(JCudnn.cudnnCreate(handle), "cudnnCreate");
        check(JCudnn.cudnnCreateTensorDescriptor(x), "cudnnCreateTensorDescriptor");
        check(JCudnn.cudnnCreateTensorDescriptor(out), "cudnnCreateTensorDescriptor");
        check(JCudnn.cudnnCreateActivationDescriptor(activation), "cudnnCreateActivationDescriptor");
    }

    /** to = function(from), both [rows, columns], queued; they may be the same matrix. NaN stays NaN. */
    public void activate(GpuStream stream, Function function, long rows, int columns, Rows from, Rows to) {
        enter(stream);
        check(
                JCudnn.cudnnSetActivationDescriptor(
                        activation, function.mode, cudnnNanPropagation.CUDNN_PROPAGATE_NAN, 0),
                "cudnnSetActivationDescriptor");
        inPieces(
                "cudnnActivationForward of " + function,
                rows,
                columns,
                from,
                to,
                (one, zero, source, target) ->
                        JCudnn.cudnnActivationForward(handle, activation, one, x, source, zero, out, target));
    }

    /** Each row of to = softmax of that row of from, both [rows, columns], queued; they may be the same matrix. */
    public void softmax(GpuStream stream, long rows, int columns, Rows from, Rows to) {
        enter(stream);
        inPieces(
                "cudnnSoftmaxForward",
                rows,
                columns,
                from,
                to,
                (one, zero, source, target) -> JCudnn.cudnnSoftmaxForward(
                        handle,
                        cudnnSoftmaxAlgorithm.CUDNN_SOFTMAX_ACCURATE,
                        cudnnSoftmaxMode.CUDNN_SOFTMAX_MODE_INSTANCE,
                        one,
                        x,
                        source,
                        zero,
                        out,
                        target));
    }

    private void enter(GpuStream stream) {
        if (closed) {
            throw new IllegalStateException("cuDNN is closed");
        }
        device.enter();
        cudaStream_t queue = new cudaStream_t(((JcudaStream) stream).handle(device));
        check(JCudnn.cudnnSetStream(handle, queue), "cudnnSetStream");
    }

    private void inPieces(String name, long rows, int columns, Rows from, Rows to, Call call) {
        long height = Math.max(1, MOST_ELEMENTS / Math.max(from.stride(), to.stride()));
        for (long row = 0; row < rows; row += height) {
            int piece = (int) Math.min(height, rows - row);
            describe(x, piece, columns, from);
            describe(out, piece, columns, to);
            check(
                    call.apply(
                            Pointer.to(new float[] {1}),
                            Pointer.to(new float[] {0}),
                            new DriverPointers.Device(from.from(row).address()),
                            new DriverPointers.Device(to.from(row).address())),
                    name);
        }
    }

    /** A row is an image of one pixel, its columns are the channels. */
    private static void describe(cudnnTensorDescriptor descriptor, int rows, int columns, Rows matrix) {
        check(
                JCudnn.cudnnSetTensor4dDescriptorEx(
                        descriptor, cudnnDataType.CUDNN_DATA_FLOAT, rows, columns, 1, 1, matrix.stride(), 1, 1, 1),
                "cudnnSetTensor4dDescriptorEx of [" + rows + ", " + columns + "]");
    }

    private static void check(int status, String call) {
        if (status == cudnnStatus.CUDNN_STATUS_SUCCESS) {
            return;
        }
        Kind kind =
                switch (status) {
                    case cudnnStatus.CUDNN_STATUS_ALLOC_FAILED -> Kind.OUT_OF_MEMORY;
                    case cudnnStatus.CUDNN_STATUS_NOT_INITIALIZED,
                            cudnnStatus.CUDNN_STATUS_ARCH_MISMATCH,
                            cudnnStatus.CUDNN_STATUS_RUNTIME_PREREQUISITE_MISSING,
                            cudnnStatus.CUDNN_STATUS_VERSION_MISMATCH -> Kind.UNAVAILABLE;
                    case cudnnStatus.CUDNN_STATUS_EXECUTION_FAILED -> Kind.LOST;
                    default -> Kind.DEFECT;
                };
        throw new GpuException(
                kind,
                call + ": " + cudnnStatus.stringFor(status) + " (" + status + ")",
                kind == Kind.DEFECT ? "" : "give --libraries own");
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        device.release(
                () -> {
                    check(JCudnn.cudnnDestroyActivationDescriptor(activation), "cudnnDestroyActivationDescriptor");
                    check(JCudnn.cudnnDestroyTensorDescriptor(out), "cudnnDestroyTensorDescriptor");
                    check(JCudnn.cudnnDestroyTensorDescriptor(x), "cudnnDestroyTensorDescriptor");
                    check(JCudnn.cudnnDestroy(handle), "cudnnDestroy");
                    return 0;
                },
                "cudnnDestroy");
    }
}
