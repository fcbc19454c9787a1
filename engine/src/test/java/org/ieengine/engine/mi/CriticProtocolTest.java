package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Both protocols on channels whose information is known. Critics are small here, so that the tests are quick. */
class CriticProtocolTest {
    private static final List<Integer> WIDTHS = List.of(64, 32, 1);
    private static final EstimateContext CONTEXT = new EstimateContext(1, 0, 7);

    private static CriticSettings standard() {
        return CriticSettings.standard()
                .withWidths(WIDTHS)
                .withCritics(1)
                .withSteps(400)
                .withLearningRate(3e-3);
    }

    private static float[] states(int[] symbol, int d, int seed) {
        int most = Arrays.stream(symbol).max().orElseThrow() + 1;
        float[] table = new float[most * d];
        new Philox(seed, 0, 0, 0, 0).normals(0, 1, table);
        float[] states = new float[symbol.length * d];
        for (int i = 0; i < symbol.length; i++) {
            System.arraycopy(table, symbol[i] * d, states, i * d, d);
        }
        return states;
    }

    /** States after: the state before and something of the symbol after. */
    private static float[] after(PairSymbols symbols) {
        float[] x = states(symbols.x(), 16, 1);
        float[] own = states(symbols.y(), 16, 2);
        for (int i = 0; i < x.length; i++) {
            x[i] += 0.4f * own[i];
        }
        return x;
    }

    private interface Body<R> {
        R run(Backend backend, PairedStates pairs);
    }

    private static <R> R on(int threads, float[] x, float[] y, PairSymbols symbols, Body<R> body) {
        int n = symbols.size();
        try (Backend backend = new CpuBackend(threads);
                Tensor before = backend.allocate(n, x.length / n);
                Tensor after = backend.allocate(n, y.length / n)) {
            backend.write(x, before, 0);
            backend.write(y, after, 0);
            return body.run(backend, new PairedStates(before, after, symbols));
        }
    }

    private static SeedEstimate trained(PairSymbols symbols, CriticSettings settings, int threads) {
        return on(
                threads, states(symbols.x(), 16, 1), after(symbols), symbols, (backend, pairs) -> new StandardProtocol(
                                backend, settings)
                        .train(pairs, CONTEXT, 0, TrainingListener.SILENT));
    }

    private static PairSymbols uniform(int n, boolean grouped) {
        int[] group = new int[grouped ? n : 0];
        Arrays.setAll(group, i -> i % 5);
        double[] weight = new double[n];
        Arrays.fill(weight, 1);
        return PairSymbols.oneToOne(group, weight);
    }

    @Test
    void distinctStatesReachTheirEntropyAndNeverMore() {
        for (boolean grouped : new boolean[] {false, true}) {
            PairSymbols symbols = uniform(400, grouped);
            SeedEstimate estimate = trained(symbols, standard(), 2);
            double ceiling = Math.log(400) / Math.log(2);
            assertThat(estimate.bits()).isBetween(0.97 * ceiling, ceiling);
            assertThat(estimate.curve()).allMatch(point -> point.bits() <= ceiling + 1e-6);
            assertThat(estimate.rowPasses()).isPositive();
        }
    }

    @Test
    void twoSymbolsAreOneBitAndOneIsNothing() {
        assertThat(trained(uniform(2, false), standard(), 2).bits()).isBetween(0.97, 1d);
        SeedEstimate nothing = trained(uniform(1, false), standard(), 2);
        assertThat(nothing.bits()).isZero();
        assertThat(nothing.steps()).isZero();
    }

    @Test
    void independentSymbolsCarryNothing() {
        int[] x = new int[36];
        int[] y = new int[36];
        double[] weight = new double[36];
        for (int i = 0; i < 36; i++) {
            x[i] = i / 6;
            y[i] = i % 6;
            weight[i] = 2;
        }
        PairSymbols symbols = new PairSymbols(x, y, new int[0], weight);
        assertThat(symbols.ceiling().bits()).isCloseTo(0, within(1e-12));
        assertThat(trained(symbols, standard(), 2).bits()).isCloseTo(0, within(1e-6));
    }

    @Test
    void zipfianAndManyToOneChannelsStayBelowTheirPlugInValue() {
        int n = 200;
        int[] x = new int[n];
        int[] y = new int[n];
        double[] weight = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = i / 4;
            y[i] = i;
            weight[i] = 1 + Math.floor(400d / (i + 1));
        }
        PairSymbols symbols = new PairSymbols(x, y, new int[0], weight);
        double ceiling = symbols.ceiling().bits();
        assertThat(ceiling).isCloseTo(symbols.ceiling().xBits(), within(1e-12));
        assertThat(trained(symbols, standard(), 2).bits()).isBetween(0.9 * ceiling, ceiling + 1e-6);
    }

    @Test
    void sameSeedSameBitsForAnyThreads() {
        PairSymbols symbols = uniform(300, true);
        CriticSettings settings = standard().withSteps(40);
        SeedEstimate one = trained(symbols, settings, 1);
        SeedEstimate two = trained(symbols, settings, 2);
        assertThat(two.bits()).isEqualTo(one.bits());
        assertThat(two.curve()).isEqualTo(one.curve());
    }

    @Test
    void pooledCriticIsReadUnderEveryWeighting() {
        int n = 120;
        PairSymbols symbols = uniform(n, false);
        double[] half = new double[n];
        Arrays.fill(half, 0, n / 2, 3);
        double[] alone = new double[n];
        alone[7] = 5;
        List<MiEstimate> estimates =
                on(2, states(symbols.x(), 16, 1), after(symbols), symbols, (backend, pairs) -> new StandardProtocol(
                                backend, standard())
                        .estimatePooled(
                                pairs, List.of(symbols.weight(), half, alone), CONTEXT, TrainingListener.SILENT));
        assertThat(estimates.get(0).share()).isBetween(0.97, 1d);
        assertThat(estimates.get(1).ceiling().bits()).isCloseTo(Math.log(60) / Math.log(2), within(1e-12));
        assertThat(estimates.get(1).share()).isBetween(0.97, 1d);
        assertThat(estimates.get(2).bits()).isZero();
    }

    @Test
    void withNothingSampledTheNormaliserIsTheOneThatShiftsTheCritic() {
        PairSymbols symbols = uniform(20, false);
        List<MiEstimate> estimates =
                on(2, states(symbols.x(), 16, 1), after(symbols), symbols, (backend, pairs) -> new StandardProtocol(
                                backend, standard())
                        .estimates(List.of("smile", "nwj", "dv"), pairs, CONTEXT, TrainingListener.SILENT));
        double dv = estimates.get(2).bits();
        assertThat(dv).isBetween(0.98 * Math.log(20) / Math.log(2), Math.log(20) / Math.log(2));
        assertThat(estimates.get(1).bits()).isCloseTo(dv, within(1e-9));
        // 20 states are within the clip but for the floor under the 19 in 20 that do not belong together
        double floor = Math.log(1 + 0.95 * Math.exp(-5)) / Math.log(2);
        assertThat(estimates.get(0).bits()).isBetween(dv - floor - 1e-6, dv + 1e-6);
        assertThatThrownBy(() -> on(
                        2,
                        states(symbols.x(), 16, 1),
                        after(symbols),
                        symbols,
                        (backend, pairs) -> new StandardProtocol(backend, standard())
                                .estimates(List.of("ksg"), pairs, CONTEXT, TrainingListener.SILENT)))
                .hasMessageContaining("ksg is none of dv, nwj, smile");
    }

    @Test
    void heldOutPairsGetAValueOfTheirOwn() {
        SeedEstimate estimate = trained(uniform(200, false), standard().withHoldout(0.25), 2);
        double heldOut = Math.log(50) / Math.log(2);
        double all = Math.log(200) / Math.log(2);
        assertThat(estimate.heldOutBits()).isBetween(0.8 * heldOut, heldOut + 1e-6);
        assertThat(estimate.bits()).isBetween(0.9 * all, all + 1e-6);
    }

    @Test
    void statesThatAreNoNumbersEndTheEstimateWithAWarning() {
        PairSymbols symbols = uniform(50, false);
        float[] x = states(symbols.x(), 16, 1);
        x[13] = Float.NaN;
        SeedEstimate estimate =
                on(2, x, after(symbols), symbols, (backend, pairs) -> new StandardProtocol(backend, standard())
                        .train(pairs, CONTEXT, 0, TrainingListener.SILENT));
        assertThat(estimate.stoppedByNan()).isTrue();
        assertThat(estimate.bits()).isNaN();
        assertThat(estimate.warnings()).hasSize(1);
        assertThat(new MiEstimate("dv", "standard", symbols.ceiling(), List.of(estimate)).bits())
                .isNaN();
    }

    @Test
    void aListenerStopsTrainingAtOnceAndLeavesNoMemoryBehind() {
        PairSymbols symbols = uniform(50, false);
        int[] steps = new int[1];
        float[] x = states(symbols.x(), 16, 1);
        on(2, x, x, symbols, (backend, pairs) -> {
            long before = ((CpuBackend) backend).allocatedBytes();
            CriticProtocol[] protocols = {
                new StandardProtocol(backend, standard()),
                new PaperProtocol(backend, CriticSettings.paper().withWidths(WIDTHS))
            };
            for (CriticProtocol protocol : protocols) {
                steps[0] = 0;
                assertThatThrownBy(() -> protocol.train(pairs, CONTEXT, 0, progress -> {
                            steps[0]++;
                            throw new IllegalStateException("enough");
                        }))
                        .hasMessage("enough");
                assertThat(steps[0]).isEqualTo(1);
            }
            assertThat(((CpuBackend) backend).allocatedBytes() - before).isLessThan(8 << 20);
            return null;
        });
    }

    @Test
    void publishedProtocolTakesItsMaximumAndOvershootsSmallCeilings() {
        PairSymbols symbols = uniform(100, false);
        CriticSettings settings =
                CriticSettings.paper().withWidths(WIDTHS).withSteps(1500).withLearningRate(3e-3);
        MiEstimate estimate =
                on(2, states(symbols.x(), 16, 1), after(symbols), symbols, (backend, pairs) -> new PaperProtocol(
                                backend, settings)
                        .estimate(pairs, CONTEXT, TrainingListener.SILENT));
        SeedEstimate seed = estimate.seeds().get(0);
        double most = seed.curve().stream().mapToDouble(CurvePoint::bits).max().orElseThrow();
        assertThat(seed.bits()).isEqualTo(most);
        assertThat(estimate.aboveCeiling()).isTrue();
        assertThat(seed.rowPasses()).isEqualTo(200L * seed.steps());
    }

    @Test
    void publishedProtocolOverflowsOnOutliersAndKeepsWhatItHad() {
        PairSymbols symbols = uniform(60, false);
        float[] x = states(symbols.x(), 16, 1);
        for (int i = 0; i < 60; i++) {
            x[16 * i] *= 1e6f;
        }
        SeedEstimate estimate = on(2, x, after(symbols), symbols, (backend, pairs) -> new PaperProtocol(
                        backend, CriticSettings.paper().withSteps(50))
                .train(pairs, CONTEXT, 0, TrainingListener.SILENT));
        assertThat(estimate.stoppedByNan()).isTrue();
        assertThat(estimate.warnings().get(0)).contains("epoch");
        assertThat(estimate.steps()).isLessThanOrEqualTo(50);
    }

    @Test
    void repeatedRowsOfThePublishedProtocolAreItsWeights() {
        PairSymbols once = PairSymbols.oneToOne(new int[0], new double[] {2, 1, 3, 2});
        int[] rows = {0, 0, 1, 2, 2, 2, 3, 3};
        float[] distinct = states(once.x(), 16, 1);
        float[] all = new float[8 * 16];
        for (int i = 0; i < 8; i++) {
            System.arraycopy(distinct, rows[i] * 16, all, i * 16, 16);
        }
        CriticSettings settings =
                CriticSettings.paper().withWidths(WIDTHS).withSteps(20).withLearningRate(1e-3);
        Body<SeedEstimate> body = (backend, pairs) ->
                new PaperProtocol(backend, settings).train(pairs, CONTEXT, 0, TrainingListener.SILENT);
        SeedEstimate weighted = on(1, distinct, distinct, once, body);
        int[] each = {0, 1, 2, 3, 4, 5, 6, 7};
        double[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
        SeedEstimate repeated = on(1, all, all, new PairSymbols(each, each, new int[0], ones), body);
        assertThat(repeated.curve().stream()
                        .mapToDouble(point -> Math.abs(point.bits()))
                        .max()
                        .orElseThrow())
                .isGreaterThan(0.1);
        for (int i = 0; i < 20; i++) {
            assertThat(weighted.curve().get(i).bits())
                    .isCloseTo(repeated.curve().get(i).bits(), within(1e-4));
        }
        assertThatThrownBy(() ->
                        on(1, distinct, distinct, PairSymbols.oneToOne(new int[0], new double[] {1, 1.5, 1, 1}), body))
                .hasMessageContaining("whole number");
    }

    @Test
    void publishedScheduleWarmsUpFromZeroAndDecaysCubically() {
        assertThat(PaperProtocol.rate(0, 10_000, 1e-4)).isZero();
        assertThat(PaperProtocol.rate(4, 10_000, 1e-4)).isCloseTo(8e-5, within(1e-18));
        assertThat(PaperProtocol.rate(5, 10_000, 1e-4)).isCloseTo(1e-4, within(1e-18));
        assertThat(PaperProtocol.rate(10_000, 10_000, 1e-4)).isCloseTo(1e-8, within(1e-18));
    }
}
