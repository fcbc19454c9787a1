package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;

/** Clusters of planted states: tight bunches, some of one state alone, many more states in some than in others. */
class StateClustersTest {
    private static final int D = 8;
    private static final int BUNCHES = 90;

    /** Bunch of each of n states: the first is in every second, the last bunches in one each. */
    private static int[] bunches(int n) {
        int[] bunch = new int[n];
        Arrays.setAll(bunch, i -> i < BUNCHES ? i : (int) (BUNCHES * Math.pow((i * 0.618034) % 1, 3)));
        return bunch;
    }

    private static float[] states(int[] bunch) {
        float[] centres = new float[BUNCHES * D];
        float[] states = new float[bunch.length * D];
        new Philox(1, 0, 0, 0, 0).normals(0, 1, centres);
        new Philox(2, 0, 0, 0, 0).normals(0, 0.01, states);
        for (int i = 0; i < states.length; i++) {
            states[i] += centres[bunch[i / D] * D + i % D];
        }
        return states;
    }

    private static StateClusters clusters(float[] values, int seed) {
        try (Backend backend = new CpuBackend(2)) {
            return clusters(backend, values, seed);
        }
    }

    private static StateClusters clusters(Backend backend, float[] values, int seed) {
        int n = values.length / D;
        try (Tensor states = backend.allocate(n, D)) {
            backend.write(values, states, 0);
            int[] drawn = new int[n];
            Arrays.setAll(drawn, i -> i);
            new Philox(seed, 1, 0, 0, 0).shuffle(drawn);
            return StateClusters.of(
                    backend,
                    (rows, out) -> {
                        try (Indices indices = backend.indices(rows)) {
                            backend.gatherRows(states, indices, out);
                        }
                    },
                    new StateClusters.Rows(n, drawn, D),
                    new Philox(seed, 2, 0, 0, 0));
        }
    }

    @Test
    void noClusterHoldsTwoBunches() {
        int[] bunch = bunches(3000);
        StateClusters found = clusters(states(bunch), 5);
        assertThat(found.label()).hasSize(3000);
        assertThat(found.count()).isBetween(BUNCHES, 3000 / 4);
        Map<Integer, Integer> bunchOf = new HashMap<>();
        for (int i = 0; i < bunch.length; i++) {
            int first = bunchOf.computeIfAbsent(found.label()[i], label -> -1);
            if (first < 0) {
                bunchOf.put(found.label()[i], bunch[i]);
            } else {
                assertThat(bunch[i]).as("state %d", i).isEqualTo(first);
            }
        }
    }

    @Test
    void sameSeedSameClusters() {
        float[] states = states(bunches(700));
        assertThat(clusters(states, 3).label()).isEqualTo(clusters(states, 3).label());
        assertThat(clusters(states, 3).label()).isNotEqualTo(clusters(states, 4).label());
    }

    @Test
    void fewStatesHaveNone() {
        assertThat(clusters(states(bunches(500)), 3)).isSameAs(StateClusters.NONE);
    }

    @Test
    void equalStatesAreOneCluster() {
        StateClusters found = clusters(new float[600 * D], 3);
        assertThat(found.count()).isEqualTo(1);
        assertThat(found.label()).containsOnly(0);
    }

    /** n states of 40 different ones, whole numbers: products, norms and means are exact, so every backend must find the same. */
    private static float[] wholeStates(int n) {
        float[] kinds = new float[40 * D];
        new Philox(4, 0, 0, 0, 0).normals(0, 3, kinds);
        float[] states = new float[n * D];
        for (int i = 0; i < states.length; i++) {
            states[i] = Math.round(kinds[i / D * 17 % 40 * D + i % D]);
        }
        return states;
    }

    @Test
    void aDeviceFindsThoseOfTheProcessor() {
        float[] states = wholeStates(600);
        StateClusters expected = clusters(states, 7);
        EmulatedGpu gpu = EmulatedGpu.start();
        try (GpuDevice device = gpu.open();
                CudaBackend backend = new CudaBackend(device, Precision.BF16, Long.MAX_VALUE)) {
            StateClusters found = clusters(backend, states, 7);
            assertThat(found.count()).isEqualTo(expected.count()).isGreaterThanOrEqualTo(40);
            assertThat(found.label()).isEqualTo(expected.label());
            assertThat(Arrays.stream(found.label()).distinct()).hasSize(40);
            assertThat(gpu.launchedKernels()).contains("nearest_centroid");
            assertThat(backend.peakBytes())
                    .isLessThanOrEqualTo(StateClusters.bytes(backend, 600, D) + Float.BYTES * states.length);
        }
        assertThat(gpu.leftBehind()).isEmpty();
    }

    @Test
    void largerChunksFindTheSame() {
        float[] states = wholeStates(1500);
        try (CpuBackend processor = new CpuBackend(1)) {
            Backend device = (Backend) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {Backend.class},
                    (proxy, method, arguments) ->
                            method.getName().equals("ownMemory") ? true : method.invoke(processor, arguments));
            assertThat(clusters(device, states, 7).label())
                    .isEqualTo(clusters(processor, states, 7).label());
        }
    }
}
