package org.ieengine.engine.mi.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.mi.CriticProtocol;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.CurvePoint;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuGraph;
import org.ieengine.kernels.GpuGraph.Node;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.kernels.emulated.EmulatedGpu.Timing;
import org.junit.jupiter.api.Test;

/** Critics trained on the emulated device: a step recorded and replayed, the same step asked for anew, and the processor. */
class RecordedTrainingTest {
    private static final List<Integer> WIDTHS = List.of(24, 12, 6, 1);
    private static final EstimateContext CONTEXT = new EstimateContext(5, 1, 3);
    private static final int D = 6;

    private static CriticSettings standard() {
        return CriticSettings.standard()
                .withWidths(WIDTHS)
                .withCritics(1)
                .withSteps(22)
                .withLearningRate(2e-3)
                .withStopShare(Double.POSITIVE_INFINITY);
    }

    private static CriticSettings paper() {
        return CriticSettings.paper().withWidths(WIDTHS).withSteps(67).withLearningRate(1e-3);
    }

    /** More symbols than have all their pairs in a step; a few that repeat. */
    private static PairSymbols symbols(int n) {
        double[] weight = new double[n];
        Arrays.setAll(weight, i -> i % 7 == 0 ? 3 : 1);
        int[] group = new int[n];
        Arrays.setAll(group, i -> i % 5);
        return PairSymbols.oneToOne(group, weight);
    }

    /** Pairs of which each is near its own. */
    private static PairedStates pairs(Backend backend, int n) {
        float[] x = new float[n * D];
        float[] y = new float[n * D];
        new Philox(1, 0, 0, 0, 0).normals(0, 1, x);
        new Philox(2, 0, 0, 0, 0).normals(0, 0.3, y);
        for (int i = 0; i < y.length; i++) {
            y[i] += x[i];
        }
        Tensor before = backend.allocate(n, D);
        Tensor after = backend.allocate(n, D);
        backend.write(x, before, 0);
        backend.write(y, after, 0);
        return new PairedStates(before, after, symbols(n));
    }

    private static SeedEstimate train(Backend backend, Function<Backend, CriticProtocol> protocol, int n) {
        PairedStates pairs = pairs(backend, n);
        try {
            return protocol.apply(backend).train(pairs, CONTEXT, 0, TrainingListener.SILENT);
        } finally {
            pairs.x().close();
            pairs.y().close();
        }
    }

    /** Says how a call is answered; null when it is to be passed on. */
    private interface Answer {
        Object to(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T intercepted(Class<T> type, T real, Answer answer) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            try {
                Object answered = answer.to(method, arguments);
                return answered != null ? answered : method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(
                Proxy.newProxyInstance(RecordedTrainingTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** The device, telling the nodes of every graph that is recorded on it. */
    private static GpuDevice watched(GpuDevice device, List<Map<Node, Integer>> graphs) {
        return intercepted(GpuDevice.class, device, (method, arguments) -> {
            if (!method.getName().equals("newStream")) {
                return null;
            }
            GpuStream stream = device.newStream();
            return intercepted(GpuStream.class, stream, (called, given) -> {
                if (!called.getName().equals("capture")) {
                    return null;
                }
                GpuGraph graph = stream.capture((Runnable) given[0]);
                graphs.add(graph.nodes());
                return graph;
            });
        });
    }

    /** The backend, whose recordings are not graphs: their operations are asked for one by one. */
    private static Backend oneByOne(Backend backend) {
        return intercepted(Backend.class, backend, (method, arguments) -> {
            if (!method.getName().equals("record")) {
                return null;
            }
            List<?> series = arguments[0] instanceof List<?> several ? several : List.of(arguments[0]);
            Runnable operations = () -> series.forEach(each -> ((Runnable) each).run());
            return new Recording() {
                @Override
                public void replay() {
                    operations.run();
                }

                @Override
                public void close() {}
            };
        });
    }

    private static SeedEstimate onDevice(
            Timing timing,
            List<Map<Node, Integer>> graphs,
            Function<Backend, Backend> asked,
            Function<Backend, CriticProtocol> protocol,
            int n) {
        EmulatedGpu gpu = EmulatedGpu.start().streams(timing).copies(timing);
        try (GpuDevice device = JcudaDevice.open(0)) {
            try (CudaBackend backend = new CudaBackend(watched(device, graphs), Precision.F32, Long.MAX_VALUE)) {
                SeedEstimate estimate = train(asked.apply(backend), protocol, n);
                assertThat(backend.allocatedBytes())
                        .as("what is left on the device")
                        .isLessThan(1 << 20);
                return estimate;
            }
        } finally {
            assertThat(gpu.lastError()).isEmpty();
        }
    }

    /** Replayed as late as possible, and asked for one by one as early as possible: to the last bit. */
    private static void recordedAndNot(Function<Backend, CriticProtocol> protocol, int n) {
        List<Map<Node, Integer>> graphs = new ArrayList<>();
        SeedEstimate recorded = onDevice(Timing.LATE, graphs, backend -> backend, protocol, n);
        assertThat(graphs).hasSize(1);
        assertThat(graphs.get(0).keySet()).containsAnyOf(Node.KERNEL).isSubsetOf(Node.KERNEL, Node.COPY, Node.FILL);
        List<Map<Node, Integer>> none = new ArrayList<>();
        SeedEstimate asked = onDevice(Timing.EARLY, none, RecordedTrainingTest::oneByOne, protocol, n);
        assertThat(none).isEmpty();
        assertThat(recorded.curve()).isEqualTo(asked.curve());
        assertThat(recorded.bits()).isEqualTo(asked.bits());

        try (CpuBackend processor = new CpuBackend(1)) {
            SeedEstimate reference = train(processor, protocol, n);
            assertThat(recorded.curve()).hasSameSizeAs(reference.curve());
            // The same first weights, batches and permutations: what is left is rounding, grown by the steps in
            // between.
            for (int i = 0; i < reference.curve().size(); i++) {
                assertThat(recorded.curve().get(i).bits())
                        .as("step %d", reference.curve().get(i).step())
                        .isCloseTo(reference.curve().get(i).bits(), within(2e-3));
            }
            assertThat(recorded.bits()).isCloseTo(reference.bits(), within(2e-3));
        }
    }

    @Test
    void aStandardStepReplayedIsTheStep() {
        recordedAndNot(backend -> new StandardProtocol(backend, standard()), 64);
    }

    @Test
    void aStandardStepOverAllPairsReplayedIsTheStep() {
        recordedAndNot(backend -> new StandardProtocol(backend, standard()), 12);
    }

    /** Three critics in one graph, which end at different steps, and each of them alone: to the last bit. */
    @Test
    void criticsTrainedSideBySideAreThoseTrainedAlone() {
        CriticSettings settings = standard().withStopShare(0.9).withCritics(3);
        int n = 64;
        List<Map<Node, Integer>> graphs = new ArrayList<>();
        List<List<SeedEstimate>> trained = new ArrayList<>();
        for (int sideBySide : new int[] {3, 1}) {
            EmulatedGpu gpu = EmulatedGpu.start().streams(sideBySide == 3 ? Timing.LATE : Timing.EARLY);
            try (GpuDevice device = JcudaDevice.open(0)) {
                try (CudaBackend cuda = new CudaBackend(watched(device, graphs), Precision.F32, Long.MAX_VALUE)) {
                    Backend backend = intercepted(
                            Backend.class,
                            cuda,
                            (method, arguments) -> method.getName().equals("sideBySide") ? sideBySide : null);
                    try (StandardProtocol protocol = new StandardProtocol(backend, settings)) {
                        trained.add(protocol.estimate(pairs(backend, n), CONTEXT, TrainingListener.SILENT)
                                .seeds());
                    }
                }
            } finally {
                assertThat(gpu.lastError()).isEmpty();
            }
        }
        assertThat(trained.get(0)).extracting(SeedEstimate::bits).isEqualTo(bits(trained.get(1)));
        assertThat(trained.get(0)).extracting(SeedEstimate::curve).isEqualTo(curves(trained.get(1)));
        int kernelsOfThree = graphs.get(0).get(Node.KERNEL);
        int kernelsOfOne = graphs.get(graphs.size() - 1).get(Node.KERNEL);
        assertThat(kernelsOfThree).isEqualTo(3 * kernelsOfOne);
    }

    private static List<Double> bits(List<SeedEstimate> seeds) {
        return seeds.stream().map(SeedEstimate::bits).toList();
    }

    private static List<List<CurvePoint>> curves(List<SeedEstimate> seeds) {
        return seeds.stream().map(SeedEstimate::curve).toList();
    }

    @Test
    void anEpochOfThePublishedProtocolReplayedIsTheEpoch() {
        recordedAndNot(backend -> new PaperProtocol(backend, paper()), 40);
    }

    @Test
    void aBatchOfThePublishedProtocolReplayedIsTheBatch() {
        recordedAndNot(backend -> new PaperProtocol(backend, paper().withBatch(16)), 40);
    }

    /** Every number that the host writes before the first step: weights, and the terms of the value. */
    @Test
    void firstWeightsAreThoseOfTheProcessorToTheLastBit() {
        List<List<float[]>> written = new ArrayList<>();
        EmulatedGpu.start();
        try (GpuDevice device = JcudaDevice.open(0);
                CudaBackend cuda = new CudaBackend(device, Precision.BF16, Long.MAX_VALUE);
                CpuBackend processor = new CpuBackend(1)) {
            for (Backend backend : List.of(cuda, processor)) {
                List<float[]> writes = new ArrayList<>();
                written.add(writes);
                Backend listened = intercepted(Backend.class, backend, (method, arguments) -> {
                    if (method.getName().equals("write") && arguments[0] instanceof float[]) {
                        writes.add(((float[]) arguments[0]).clone());
                    }
                    return null;
                });
                train(listened, b -> new PaperProtocol(b, paper().withSteps(1)), 30);
            }
        }
        assertThat(written.get(0)).hasSameSizeAs(written.get(1)).hasSizeGreaterThan(WIDTHS.size());
        for (int i = 0; i < written.get(0).size(); i++) {
            assertThat(written.get(0).get(i)).isEqualTo(written.get(1).get(i));
        }
    }
}
