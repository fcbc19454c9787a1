package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Sequences whose states are the vector of their last token and a small part of their own, before a block that is far from linear:
 * x = u[token] + e c, y = x + W2 tanh(W1 x).
 */
class HardStatesTest {
    private static final int STATES = 1200;
    private static final int TOKENS = 80;
    private static final int D = 24;
    private static final int HIDDEN = 96;
    private static final EstimateContext CONTEXT = new EstimateContext(3, 1, 7);

    private static int token(int i) {
        return i < TOKENS ? i : (int) (TOKENS * Math.pow((i * 0.618034) % 1, 2));
    }

    private static float[] normals(int purpose, int n, double deviation) {
        float[] values = new float[n];
        new Philox(9, purpose, 0, 0, 0).normals(0, deviation, values);
        return values;
    }

    private static float[] before(double share) {
        float[] tokens = normals(1, TOKENS * D, 1);
        float[] x = normals(2, STATES * D, share);
        for (int i = 0; i < x.length; i++) {
            x[i] += tokens[token(i / D) * D + i % D];
        }
        return x;
    }

    private static float[] after(float[] x) {
        float[] in = normals(3, HIDDEN * D, 1 / Math.sqrt(D));
        float[] out = normals(4, HIDDEN * D, 1 / Math.sqrt(HIDDEN));
        float[] y = x.clone();
        for (int row = 0; row < STATES; row++) {
            for (int h = 0; h < HIDDEN; h++) {
                double z = 0;
                for (int c = 0; c < D; c++) {
                    z += in[h * D + c] * x[row * D + c];
                }
                for (int c = 0; c < D; c++) {
                    y[row * D + c] += (float) (Math.tanh(z) * out[h * D + c]);
                }
            }
        }
        return y;
    }

    private static <R> R on(double share, boolean grouped, CriticSettings settings, Body<R> body) {
        int[] group = new int[grouped ? STATES : 0];
        Arrays.setAll(group, HardStatesTest::token);
        double[] weight = new double[STATES];
        Arrays.fill(weight, 1);
        float[] before = before(share);
        try (Backend backend = new CpuBackend(2);
                Tensor x = backend.allocate(STATES, D);
                Tensor y = backend.allocate(STATES, D)) {
            backend.write(before, x, 0);
            backend.write(after(before), y, 0);
            PairedStates pairs = new PairedStates(x, y, PairSymbols.oneToOne(group, weight));
            return body.read(new StandardProtocol(backend, settings), pairs);
        }
    }

    private interface Body<R> {
        R read(StandardProtocol protocol, PairedStates pairs);
    }

    private static CriticSettings settings() {
        return CriticSettings.standard().withWidths(List.of(128, 32, 1)).withCritics(1);
    }

    private static SeedEstimate trained(double share, boolean grouped, CriticSettings settings) {
        return on(
                share,
                grouped,
                settings,
                (protocol, pairs) -> protocol.train(pairs, CONTEXT, 0, TrainingListener.SILENT));
    }

    @Test
    void smallContextsAreReadWithGroupsGivenAndWithGroupsFound() {
        double ceiling = Math.log(STATES) / Math.log(2);
        for (boolean grouped : new boolean[] {true, false}) {
            for (double share : new double[] {0.3, 0.1, 0.03}) {
                SeedEstimate estimate = trained(share, grouped, settings());
                assertThat(estimate.bits() / ceiling)
                        .as("contexts of %s, groups %s", share, grouped ? "given" : "found")
                        .isBetween(0.98, 1 + 1e-9);
                // the published protocol spends 2 S rows an epoch for 10,000 epochs
                assertThat(estimate.rowPasses()).isLessThan(2L * STATES * 10_000 / 300);
            }
        }
    }

    @Test
    void pairsHeldOutAreToldApartByWhatTheOthersTaught() {
        SeedEstimate estimate = trained(0.1, false, settings().withHoldout(0.2));
        double ceiling = Math.log(STATES / 5) / Math.log(2);
        assertThat(estimate.heldOutBits()).isBetween(0.75 * ceiling, ceiling + 1e-9);
    }

    @Test
    void estimatorsOfOneTrainingStandAsTheirFormulasSay() {
        List<MiEstimate> estimates = on(0.3, false, settings().withCritics(2), (protocol, pairs) -> {
            List<MiEstimate> all =
                    protocol.estimates(List.of("dv", "nwj", "smile"), pairs, CONTEXT, TrainingListener.SILENT);
            assertThat(protocol.estimate(pairs, CONTEXT, TrainingListener.SILENT)
                            .bits())
                    .isEqualTo(all.get(0).bits());
            return all;
        });
        double nats = Math.log(STATES);
        assertThat(estimates).extracting(MiEstimate::estimator).containsExactly("dv", "nwj", "smile");
        MiEstimate dv = estimates.get(0);
        MiEstimate nwj = estimates.get(1);
        assertThat(dv.share()).isBetween(0.98, 1d);
        assertThat(nwj.bits())
                .isCloseTo(dv.bits(), within(0.05))
                .isLessThanOrEqualTo(dv.ceiling().bits());
        // own pairs are 1 in S of the product and clipped to e^5, all others to e^-5
        double clipped = Math.exp(5) / STATES + (1 - 1d / STATES) * Math.exp(-5);
        assertThat(estimates.get(2).bits()).isCloseTo((nats - Math.log(clipped)) / Math.log(2), within(0.15));
        for (MiEstimate estimate : List.of(dv, nwj)) {
            assertThat(estimate.low()).isLessThan(estimate.bits()).isGreaterThan(0.9 * estimate.bits());
            assertThat(estimate.high())
                    .isBetween(estimate.bits(), estimate.ceiling().bits());
        }
    }
}
