package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What the host asks of a backend while a critic is trained: a recording of a step, and little between its replays. */
class RecordedStepsTest {
    private static final EstimateContext CONTEXT = new EstimateContext(1, 0, 7);
    private static final int SYMBOLS = 300;
    private static final int D = 6;

    /** What a recording may not hold. */
    private static final Set<String> HOSTS = Set.of(
            "recorded allocate",
            "recorded indices",
            "recorded pairList",
            "recorded parameters",
            "recorded steps",
            "recorded load",
            "recorded read",
            "recorded write",
            "recorded record",
            "recorded synchronise",
            "recorded firstNonFiniteRow",
            "recorded columnMoments");

    private static List<String> traced(Function<Backend, CriticProtocol> protocol, double[] weight) {
        int n = weight.length;
        float[] x = new float[n * D];
        float[] y = new float[n * D];
        new Philox(1, 0, 0, 0, 0).normals(0, 1, x);
        new Philox(2, 0, 0, 0, 0).normals(0, 0.3, y);
        for (int i = 0; i < y.length; i++) {
            y[i] += x[i];
        }
        try (Backend backend = new CpuBackend(1);
                Tensor before = backend.allocate(n, D);
                Tensor after = backend.allocate(n, D)) {
            backend.write(x, before, 0);
            backend.write(y, after, 0);
            PairedStates pairs = new PairedStates(before, after, PairSymbols.oneToOne(new int[0], weight));
            TracedBackend trace = new TracedBackend(backend, 0);
            SeedEstimate estimate = protocol.apply(trace.traced()).train(pairs, CONTEXT, 0, TrainingListener.SILENT);
            assertThat(estimate.bits()).isFinite();
            return trace.calls();
        }
    }

    /** What was asked for before each replay, since the one before, and after the last one. */
    private static List<List<String>> between(List<String> calls) {
        List<List<String>> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        for (String call : calls) {
            if (call.equals("replay")) {
                parts.add(part);
                part = new ArrayList<>();
            } else if (!call.equals("replayed") && !call.startsWith("recorded ")) {
                part.add(call);
            }
        }
        parts.add(part);
        return parts;
    }

    private static double[] weights(int n, double second) {
        double[] weight = new double[n];
        Arrays.fill(weight, 1);
        weight[1] = second;
        return weight;
    }

    @Test
    void aStandardStepWaitsForNothingBetweenChecks() {
        CriticSettings settings = CriticSettings.standard()
                .withWidths(List.of(32, 8, 1))
                .withSteps(45)
                .withStopShare(Double.POSITIVE_INFINITY);
        List<String> calls = traced(backend -> new StandardProtocol(backend, settings), weights(SYMBOLS, 2));
        assertThat(calls).doesNotContainAnyElementsOf(HOSTS).contains("recorded adam", "recorded gatherRows");
        assertThat(Collections.frequency(calls, "record")).isEqualTo(1);
        List<List<String>> parts = between(calls);
        assertThat(parts).hasSize(45 + 1);
        for (int step = 1; step < 45; step++) {
            if (step % 20 == 0) {
                assertThat(parts.get(step)).as("step %d", step).contains("read");
            } else {
                assertThat(parts.get(step)).as("step %d", step).containsExactly("write", "write", "write");
            }
        }
    }

    @Test
    void anEpochOfThePublishedProtocolIsAReplayAndNothingElse() {
        CriticSettings settings =
                CriticSettings.paper().withWidths(List.of(16, 8, 1)).withSteps(140);
        List<String> calls = traced(backend -> new PaperProtocol(backend, settings), weights(40, 3));
        assertThat(calls).doesNotContainAnyElementsOf(HOSTS).contains("recorded adam", "recorded nextStep");
        assertThat(Collections.frequency(calls, "record")).isEqualTo(1);
        List<List<String>> parts = between(calls);
        assertThat(parts).hasSize(140 + 1);
        for (int step = 1; step <= 140; step++) {
            boolean read = step == 1 || step == 64 || step == 128 || step == 140;
            assertThat(parts.get(step)).as("after step %d", step).isEqualTo(read ? List.of("read") : List.of());
        }
    }

    @Test
    void aBatchOfThePublishedProtocolIsWrittenAndReplayed() {
        CriticSettings settings = CriticSettings.paper()
                .withWidths(List.of(16, 8, 1))
                .withSteps(10)
                .withBatch(16);
        List<List<String>> parts = between(traced(backend -> new PaperProtocol(backend, settings), weights(40, 1)));
        assertThat(parts).hasSize(10 + 1);
        for (int step = 2; step < 10; step++) {
            assertThat(parts.get(step)).as("after step %d", step).containsExactly("write");
        }
    }
}
