package org.ieengine.kernels;

import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import org.ieengine.kernels.GpuException.Kind;

/** Matrix products of cuBLAS 12 on a device's streams, of float32 or bf16, with float32 results. */
public final class VendorMatrices implements AutoCloseable {
    private static final String LIBRARY = "libcublas.so.12";
    private static final String REMEDY = "install the libraries of CUDA 12, or give --libraries own";

    /** How operands of float32 are rounded before they are multiplied; sums are float32. */
    public enum Rounding {
        /** Not at all. */
        F32(cublasComputeType.CUBLAS_COMPUTE_32F),
        /** To tf32. */
        TF32(cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32),
        /** To bf16. */
        BF16(cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF);

        private final int compute;

        Rounding(int compute) {
            this.compute = compute;
        }
    }

    /** How an element lies in memory. */
    public enum Storage {
        /** As float32. */
        F32(cudaDataType.CUDA_R_32F),
        /** As bf16. */
        BF16(cudaDataType.CUDA_R_16BF);

        private final int type;

        Storage(int type) {
            this.type = type;
        }
    }

    /**
     * A factor or result in device memory, row-major.
     *
     * @param address of its first element
     * @param stride elements from one row to the next
     * @param transposed whether it is multiplied as its transpose
     * @param storage of its elements
     */
    public record Matrix(long address, int stride, boolean transposed, Storage storage) {}

    /**
     * Extents of a product: [rows, inner] times [inner, columns].
     *
     * @param rows of the result
     * @param columns of the result
     * @param inner summed over
     */
    public record Extents(int rows, int columns, int inner) {}

    /** Loaded when it is first needed. */
    private static final class Binding {
        private static final NativeBinding OF_CUBLAS =
                NativeBinding.load("JCublas2", () -> JCublas2.setExceptionsEnabled(false));
    }

    private final JcudaDevice device;
    private final cublasHandle handle = new cublasHandle();
    private boolean closed;

    /**
     * Opens cuBLAS on a device.
     *
     * @throws GpuException of kind {@link GpuException.Kind#UNAVAILABLE} with the reason when it is not found or cannot be loaded
     */
    public static VendorMatrices open(GpuDevice device) {
        if (!(device instanceof JcudaDevice ours)) {
            throw new IllegalArgumentException("cuBLAS computes on devices of the CUDA driver alone");
        }
        requireFound(SharedLibraries.findLoadable(LIBRARY));
        Binding.OF_CUBLAS.require();
        return new VendorMatrices(ours);
    }

    /** Why cuBLAS cannot be used on a device, one line; empty when it can. */
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

    /** Refuses when {@code library}, where it lies, is empty. */
    static void requireFound(String library) {
        if (library.isEmpty()) {
            throw new GpuException(Kind.UNAVAILABLE, LIBRARY + " was not found", REMEDY);
        }
    }

    private VendorMatrices(JcudaDevice device) {
        this.device = device;
        device.enter();
        check(JCublas2.cublasCreate(handle), "cublasCreate");
    }

    /**
     * out = a b + beta out, queued; with beta 0 what {@code out} held is not read. Both factors are stored alike, the result as float32;
     * what is stored as bf16 is not rounded again.
     */
    public void multiply(
            GpuStream stream, Rounding rounding, Extents extents, Matrix a, Matrix b, float beta, Matrix out) {
        if (closed) {
            throw new IllegalStateException("cuBLAS is closed");
        }
        if (out.transposed()) {
            throw new IllegalArgumentException("a result cannot be transposed");
        }
        if (a.storage() != b.storage() || out.storage() != Storage.F32) {
            throw new IllegalArgumentException("factors of " + a.storage() + " and " + b.storage() + " to a result of "
                    + out.storage() + ": factors must be alike, the result F32");
        }
        int compute = a.storage() == Storage.F32 ? rounding.compute : cublasComputeType.CUBLAS_COMPUTE_32F;
        device.enter();
        cudaStream_t queue = new cudaStream_t(((JcudaStream) stream).handle(device));
        check(JCublas2.cublasSetStream(handle, queue), "cublasSetStream");
        // cuBLAS is column-major: what is row-major here is a transpose there, and out' = b' a'.
        check(
                JCublas2.cublasGemmEx_new(
                        handle,
                        operation(b),
                        operation(a),
                        extents.columns(),
                        extents.rows(),
                        extents.inner(),
                        Pointer.to(new float[] {1}),
                        new DriverPointers.Device(b.address()),
                        b.storage().type,
                        b.stride(),
                        new DriverPointers.Device(a.address()),
                        a.storage().type,
                        a.stride(),
                        Pointer.to(new float[] {beta}),
                        new DriverPointers.Device(out.address()),
                        out.storage().type,
                        out.stride(),
                        compute,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT),
                "cublasGemmEx of " + extents);
    }

    private static int operation(Matrix matrix) {
        return matrix.transposed() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    private static void check(int status, String call) {
        if (status == cublasStatus.CUBLAS_STATUS_SUCCESS) {
            return;
        }
        Kind kind =
                switch (status) {
                    case cublasStatus.CUBLAS_STATUS_ALLOC_FAILED -> Kind.OUT_OF_MEMORY;
                    case cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED, cublasStatus.CUBLAS_STATUS_ARCH_MISMATCH ->
                        Kind.UNAVAILABLE;
                    case cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED -> Kind.LOST;
                    default -> Kind.DEFECT;
                };
        throw new GpuException(
                kind,
                call + ": " + cublasStatus.stringFor(status) + " (" + status + ")",
                kind == Kind.DEFECT ? "" : "give --libraries own");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.release(
                    () -> {
                        check(JCublas2.cublasDestroy(handle), "cublasDestroy");
                        return 0;
                    },
                    "cublasDestroy");
        }
    }
}
