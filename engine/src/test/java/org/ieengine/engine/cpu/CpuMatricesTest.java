package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuMatricesTest {
    /** M, K, N: ones, primes, around the tiles (512 by 4096), around the blocks of the plain product (64, 512), narrow. */
    private static final int[][] SHAPES = {
        {1, 1, 1},
        {1, 7, 13},
        {2, 3, 1},
        {5, 64, 8},
        {63, 65, 67},
        {64, 64, 512},
        {65, 129, 513},
        {1, 300, 1031},
        {511, 12, 6},
        {513, 17, 31},
        {1031, 48, 24},
        {700, 6, 3},
        {530, 33, 1030},
        {3, 17, 4099},
        {1, 1_100_000, 1},
        {1, 600_000, 2},
        {2, 600_000, 1},
        {1, 3000, 1500},
    };

    private static double[] product(int m, int k, int n, float[] a, boolean ta, float[] b, boolean tb) {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int l = 0; l < k; l++) {
                double left = ta ? a[l * m + i] : a[i * k + l];
                for (int j = 0; j < n; j++) {
                    c[i * n + j] += left * (tb ? b[j * k + l] : b[l * n + j]);
                }
            }
        }
        return c;
    }

    /** Rounding of a sum of k products of standard normals, with room: 1e-6 times k^(1/2) times a few standard deviations. */
    private static double tolerance(int k) {
        return 1e-5 * Math.sqrt(k);
    }

    @Test
    void linearIsTheProductInBothLayouts() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : SHAPES) {
                    int m = shape[0];
                    int k = shape[1];
                    int n = shape[2];
                    float[] x = CpuFixtures.normal(1, m * k);
                    float[] w = CpuFixtures.normal(2, k * n);
                    for (Layout layout : Layout.values()) {
                        boolean transposed = layout == Layout.OUT_IN;
                        Tensor weight =
                                transposed ? CpuFixtures.view(backend, n, k, w) : CpuFixtures.view(backend, k, n, w);
                        Tensor out = CpuFixtures.view(backend, m, n, new float[m * n]);
                        backend.fill(out, Float.NaN);
                        backend.linear(CpuFixtures.view(backend, m, k, x), weight, layout, Epilogue.NONE, out);
                        CpuFixtures.assertClose(
                                backend.description() + " " + m + "x" + k + "x" + n + " " + layout,
                                CpuFixtures.read(backend, out),
                                product(m, k, n, x, false, w, transposed),
                                tolerance(k));
                    }
                }
            }
        }
    }

    @Test
    void epiloguesAddBiasActivateAndAccumulate() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : new int[][] {{1, 5, 3}, {70, 31, 33}, {515, 10, 1027}}) {
                    for (int variant = 0; variant < 8; variant++) {
                        checkEpilogue(backend, shape, variant);
                    }
                }
            }
        }
    }

    private static void checkEpilogue(Backend backend, int[] shape, int variant) {
        int m = shape[0];
        int k = shape[1];
        int n = shape[2];
        boolean biased = (variant & 1) != 0;
        boolean activated = (variant & 2) != 0;
        boolean accumulated = (variant & 4) != 0;
        float[] x = CpuFixtures.normal(3, m * k);
        float[] w = CpuFixtures.normal(4, k * n);
        float[] bias = CpuFixtures.normal(5, n);
        float[] held = CpuFixtures.normal(6, m * n);
        Epilogue epilogue = Epilogue.NONE
                .withBias(biased ? CpuFixtures.tensor(backend, 1, n, bias) : null)
                .withActivation(activated ? Activation.RELU : Activation.IDENTITY);
        epilogue = accumulated ? epilogue.accumulating() : epilogue;
        Tensor out = CpuFixtures.view(backend, m, n, held);
        backend.linear(
                CpuFixtures.tensor(backend, m, k, x),
                CpuFixtures.tensor(backend, n, k, w),
                Layout.OUT_IN,
                epilogue,
                out);
        double[] expected = product(m, k, n, x, false, w, true);
        for (int i = 0; i < expected.length; i++) {
            double value = expected[i] + (biased ? bias[i % n] : 0);
            value = activated ? Math.max(value, 0) : value;
            expected[i] = value + (accumulated ? held[i] : 0);
        }
        CpuFixtures.assertClose("variant " + variant, CpuFixtures.read(backend, out), expected, tolerance(k));
    }

    @Test
    void productTransposesEitherFactorAndScalesWhatWasThere() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : SHAPES) {
                    for (int variant = 0; variant < 4; variant++) {
                        checkProduct(backend, shape, (variant & 1) != 0, (variant & 2) != 0, variant * 0.5f);
                    }
                }
            }
        }
    }

    @Test
    void deepProductsAreSummedOverPanels() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                checkProduct(backend, new int[] {3, 16384, 2}, true, false, 1f);
                checkProduct(backend, new int[] {13, 30011, 7}, true, false, 0f);
                checkProduct(backend, new int[] {1, 20000, 5}, false, true, 0.5f);
            }
        }
    }

    private static void checkProduct(Backend backend, int[] shape, boolean ta, boolean tb, float beta) {
        int m = shape[0];
        int k = shape[1];
        int n = shape[2];
        float[] a = CpuFixtures.normal(7, m * k);
        float[] b = CpuFixtures.normal(8, k * n);
        float[] held = CpuFixtures.normal(9, m * n);
        Tensor left = ta ? CpuFixtures.view(backend, k, m, a) : CpuFixtures.view(backend, m, k, a);
        Tensor right = tb ? CpuFixtures.view(backend, n, k, b) : CpuFixtures.view(backend, k, n, b);
        Tensor out = CpuFixtures.view(backend, m, n, held);
        if (beta == 0f) {
            backend.fill(out, Float.NaN);
        }
        backend.product(left, ta, right, tb, beta, out);
        double[] expected = product(m, k, n, a, ta, b, tb);
        for (int i = 0; i < expected.length; i++) {
            expected[i] += beta * held[i];
        }
        CpuFixtures.assertClose(
                "product " + m + "x" + k + "x" + n + " " + ta + " " + tb + " beta " + beta,
                CpuFixtures.read(backend, out),
                expected,
                tolerance(k));
    }

    @Test
    void randomShapesAgreeWithTheReference() {
        Random random = new Random(11);
        try (CpuBackend backend = new CpuBackend(2);
                CpuBackend plain = CpuBackend.plainJava(2)) {
            for (int i = 0; i < 60; i++) {
                int[] shape = {1 + random.nextInt(200), 1 + random.nextInt(150), 1 + random.nextInt(180)};
                boolean ta = random.nextBoolean();
                boolean tb = random.nextBoolean();
                float beta = random.nextInt(3) * 0.5f;
                checkProduct(backend, shape, ta, tb, beta);
                checkProduct(plain, shape, ta, tb, beta);
            }
        }
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        int m = 1700;
        int k = 130;
        int n = 1100;
        float[] x = CpuFixtures.normal(1, m * k);
        float[] w = CpuFixtures.normal(2, k * n);
        float[] expected = null;
        float[] expectedDeep = null;
        for (int threads : new int[] {1, 2, 3, 7}) {
            try (CpuBackend backend = new CpuBackend(threads)) {
                Tensor out = backend.allocate(m, n);
                Tensor in = CpuFixtures.tensor(backend, m, k, x);
                backend.linear(
                        in,
                        CpuFixtures.tensor(backend, k, n, w),
                        Layout.IN_OUT,
                        Epilogue.NONE.withActivation(Activation.GELU_TANH),
                        out);
                float[] found = CpuFixtures.read(backend, out);
                Tensor deep = backend.allocate(1, 1);
                Tensor column = CpuFixtures.tensor(backend, m * k, 1, x);
                backend.product(column, true, column, false, 0f, deep);
                float[] foundDeep = CpuFixtures.read(backend, deep);
                assertThat(expected == null || java.util.Arrays.equals(found, expected))
                        .as("%d threads", threads)
                        .isTrue();
                assertThat(expectedDeep == null || java.util.Arrays.equals(foundDeep, expectedDeep))
                        .isTrue();
                expected = found;
                expectedDeep = foundDeep;
            }
        }
    }

    @Test
    void infinitiesAndNaNsOfAFactorReachTheResult() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                Tensor x = CpuFixtures.tensor(backend, 1, 2, new float[] {0f, 1f});
                Tensor w = CpuFixtures.tensor(backend, 2, 2, new float[] {Float.NaN, 1f, 1f, Float.POSITIVE_INFINITY});
                Tensor out = backend.allocate(1, 2);
                backend.product(x, false, w, false, 0f, out);
                float[] found = CpuFixtures.read(backend, out);
                assertThat(found[0]).isNaN();
                assertThat(found[1]).isEqualTo(Float.POSITIVE_INFINITY);
            }
        }
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor a = backend.allocate(3, 4);
            Tensor b = backend.allocate(5, 6);
            assertThatThrownBy(() -> backend.product(a, false, b, false, 0f, backend.allocate(3, 6)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[3, 4]")
                    .hasMessageContaining("[5, 6]");
            Tensor w = backend.allocate(4, 6);
            assertThatThrownBy(() -> backend.linear(a, w, Layout.IN_OUT, Epilogue.NONE, backend.allocate(3, 7)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[3, 7]")
                    .hasMessageContaining("[3, 6]");
            assertThatThrownBy(() -> backend.linear(
                            a,
                            w,
                            Layout.IN_OUT,
                            Epilogue.NONE.withBias(backend.allocate(1, 5)),
                            backend.allocate(3, 6)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[1, 5]")
                    .hasMessageContaining("[1, 6]");
            Tensor square = backend.allocate(4, 4);
            assertThatThrownBy(() -> backend.product(square, false, square, false, 0f, square))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("overlap");
        }
    }
}
