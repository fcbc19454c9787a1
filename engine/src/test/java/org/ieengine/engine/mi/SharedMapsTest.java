package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Critics of one estimate fit the alignment of their states once, whichever of them comes first. */
class SharedMapsTest {
    private static final int N = 200;
    private static final int D = 6;

    private interface Body<R> {
        R run(TracedBackend trace, PairedStates pairs);
    }

    private static <R> R on(Body<R> body) {
        float[] x = new float[N * D];
        float[] y = new float[N * D];
        new Philox(1, 0, 0, 0, 0).normals(0, 1, x);
        new Philox(2, 0, 0, 0, 0).normals(0, 0.2, y);
        for (int i = 0; i < y.length; i++) {
            y[i] += x[i];
        }
        double[] weight = new double[N];
        Arrays.fill(weight, 1);
        try (Backend backend = new CpuBackend(1);
                Tensor before = backend.allocate(N, D);
                Tensor after = backend.allocate(N, D)) {
            backend.write(x, before, 0);
            backend.write(y, after, 0);
            return body.run(
                    new TracedBackend(backend, 0),
                    new PairedStates(before, after, PairSymbols.oneToOne(new int[0], weight)));
        }
    }

    private static CriticSettings settings(double holdout) {
        return CriticSettings.standard()
                .withWidths(List.of(16, 8, 1))
                .withSteps(30)
                .withHoldout(holdout);
    }

    private static double bits(StandardProtocol protocol, PairedStates pairs, int position, int critic) {
        return protocol.train(pairs, new EstimateContext(7, 2, position), critic, TrainingListener.SILENT)
                .bits();
    }

    /** Products that are read at once: three a fit. Those that align batches are followed by other work. */
    private static long covariances(TracedBackend trace) {
        List<String> calls = trace.calls();
        long found = 0;
        for (int i = 0; i + 1 < calls.size(); i++) {
            found += calls.get(i).equals("strictProduct") && calls.get(i + 1).equals("read") ? 1 : 0;
        }
        assertThat(found % 3).isZero();
        assertThat(found).isPositive();
        return found;
    }

    @Test
    void aSecondCriticFitsNothing() {
        double[] once = on((trace, pairs) -> {
            StandardProtocol protocol = new StandardProtocol(trace.traced(), settings(0));
            bits(protocol, pairs, 0, 0);
            long before = covariances(trace);
            double second = bits(protocol, pairs, 0, 1);
            assertThat(covariances(trace)).isEqualTo(before);
            double elsewhere = bits(protocol, pairs, 1, 1);
            assertThat(covariances(trace)).isEqualTo(2 * before);
            return new double[] {second, elsewhere};
        });
        // A resumed run makes the second critic alone: the same to the last bit.
        double alone = on((trace, pairs) -> bits(new StandardProtocol(trace.traced(), settings(0)), pairs, 0, 1));
        assertThat(once[0]).isEqualTo(alone).isNotEqualTo(once[1]);
    }

    @Test
    void criticsThatHoldPairsOutFitTheirOwn() {
        on((trace, pairs) -> {
            StandardProtocol protocol = new StandardProtocol(trace.traced(), settings(0.2));
            bits(protocol, pairs, 0, 0);
            long before = covariances(trace);
            bits(protocol, pairs, 0, 1);
            assertThat(covariances(trace)).isEqualTo(2 * before);
            return null;
        });
    }
}
