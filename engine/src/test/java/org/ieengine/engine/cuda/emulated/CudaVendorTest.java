package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.emulated.VendorLibraries;
import org.junit.jupiter.api.Test;

/** A backend with vendor libraries, over stand-ins for them, against the own kernels. */
class CudaVendorTest {
    private static final int ROWS = 11;
    private static final int DEPTH = 6;
    private static final int COLUMNS = 5;

    /** Compute types of cuBLAS: float32, through tf32, through bf16. */
    private static final int F32 = 68;

    private static final int TF32 = 77;
    private static final int BF16 = 75;

    private static Tensor random(CudaBackend backend, int seed, int rows, int columns) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Tensor tensor = backend.allocate(rows, columns);
        backend.write(values, tensor, 0);
        return tensor;
    }

    private static float[] values(CudaBackend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, Math.toIntExact(tensor.rows()), values);
        return values;
    }

    private static float[] linear(CudaBackend backend) {
        Tensor x = random(backend, 1, ROWS, DEPTH);
        Tensor weight = random(backend, 2, COLUMNS, DEPTH);
        Tensor bias = random(backend, 3, 1, COLUMNS);
        Tensor out = random(backend, 4, ROWS, COLUMNS);
        backend.linear(x, weight, Layout.OUT_IN, new Epilogue(bias, Activation.GELU_TANH, true), out);
        return values(backend, out);
    }

    private static float[] product(CudaBackend backend, boolean strict) {
        Tensor a = random(backend, 5, DEPTH, ROWS);
        Tensor b = random(backend, 6, DEPTH, COLUMNS);
        Tensor out = random(backend, 7, ROWS, COLUMNS);
        if (strict) {
            backend.strictProduct(a, true, b, false, -0.5f, out);
        } else {
            backend.product(a, true, b, false, -0.5f, out);
        }
        return values(backend, out);
    }

    private static float[] activated(CudaBackend backend, Activation activation) {
        Tensor x = random(backend, 8, ROWS, COLUMNS + 2);
        Tensor out = random(backend, 9, ROWS, COLUMNS);
        backend.activate(x.columnRange(1, COLUMNS + 1), activation, out);
        backend.activate(out, activation, out);
        return values(backend, out);
    }

    /** Sums of 6 products of float32, added in another order. */
    private static void assertClose(float[] found, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], Offset.offset(2e-6f));
        }
    }

    @Test
    void productsOfCublasAreThoseOfTheOwnKernels() {
        try (EmulatedBackends backends = EmulatedBackends.early()) {
            CudaBackend own = backends.apart(Precision.F32);
            CudaBackend vendor = backends.vendor(Precision.F32);
            assertThat(vendor.description()).endsWith(", f32, vendor libraries: cuBLAS, cuDNN)");
            float[] linear = linear(own);
            float[] product = product(own, false);
            long launched = backends.gpu().launches();
            assertClose(linear(vendor), linear);
            assertClose(product(vendor, false), product);
            assertThat(backends.gpu().launches() - launched)
                    .as("the epilogue alone")
                    .isEqualTo(1);
        }
    }

    @Test
    void activationsOfCudnnAreThoseOfTheOwnKernels() {
        VendorLibraries.Cudnn cudnn = VendorLibraries.cudnn();
        try (EmulatedBackends backends = EmulatedBackends.early()) {
            CudaBackend own = backends.apart(Precision.F32);
            CudaBackend vendor = backends.vendor(Precision.F32);
            Set<Activation> shared = EnumSet.of(Activation.RELU, Activation.TANH, Activation.SIGMOID);
            for (Activation activation : Activation.values()) {
                float[] expected = activated(own, activation);
                int calls = cudnn.fake_calls();
                assertClose(activated(vendor, activation), expected);
                assertThat(cudnn.fake_calls() - calls)
                        .as("calls of cuDNN for a matrix with gaps and one in place: " + activation)
                        .isEqualTo(shared.contains(activation) ? 2 : 0);
            }
        }
        assertThat(cudnn.fake_living_objects()).isZero();
    }

    @Test
    void everyPrecisionIsAskedOfCublasAndStrictProductsAreFloat32() {
        int[] expected = {F32, TF32, BF16};
        VendorLibraries.Cublas cublas = VendorLibraries.cublas();
        try (EmulatedBackends backends = EmulatedBackends.early()) {
            for (Precision precision : Precision.values()) {
                CudaBackend vendor = backends.vendor(precision);
                product(vendor, true);
                assertThat(cublas.fake_last_compute()).isEqualTo(F32);
                product(vendor, false);
                assertThat(cublas.fake_last_compute()).isEqualTo(expected[precision.ordinal()]);
            }
            assertThat(cublas.fake_living_handles()).isEqualTo(expected.length);
        }
        assertThat(cublas.fake_living_handles()).isZero();
    }
}
