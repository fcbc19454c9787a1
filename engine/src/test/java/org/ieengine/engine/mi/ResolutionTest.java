package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against float64 goldens, the binary-input Gaussian channel, and the bounds that hold for any states. */
class ResolutionTest {
    private static final List<Double> GRID = List.of(1 / 32d, 1 / 16d, 1 / 8d, 3 / 16d, 5 / 16d);

    private static ResolutionEstimate estimate(float[] x, float[] y, PairSymbols symbols, ResolutionSettings settings) {
        return estimate(x, y, symbols, settings, 2);
    }

    private static ResolutionEstimate estimate(
            float[] x, float[] y, PairSymbols symbols, ResolutionSettings settings, int threads) {
        int n = symbols.size();
        try (Backend backend = new CpuBackend(threads);
                Resolution resolution = new Resolution(backend, settings);
                Tensor before = backend.allocate(n, x.length / n);
                Tensor after = backend.allocate(n, y.length / n)) {
            backend.write(x, before, 0);
            backend.write(y, after, 0);
            return resolution.estimate(new PairedStates(before, after, symbols), TrainingListener.SILENT);
        }
    }

    @Test
    void everyTermAgreesWithTheStoredOnes() {
        StoredArrays golden = StoredArrays.open("estimators/resolution");
        double[] sigmas = golden.doubles("sigma");
        int[] draws = golden.ints("draw");
        PairSymbols symbols = PairSymbols.oneToOne(golden.ints("group"), golden.doubles("counts"));
        assertThat(sigmas[2]).isCloseTo(ResolutionSettings.standardSigmas(6).get(2), within(1e-12));
        try (Backend backend = new CpuBackend(2);
                Resolution resolution = new Resolution(backend, ResolutionSettings.standard(0));
                Tensor x = backend.allocate(40, 6);
                Tensor y = backend.allocate(40, 6)) {
            backend.write(golden.floats("x"), x, 0);
            backend.write(golden.floats("y"), y, 0);
            float[][] noise = {golden.floats("eps_x"), golden.floats("eps_y")};
            double[] sums = resolution.logSums(new PairedStates(x, y, symbols), draws, noise, sigmas);
            ResolutionTerms terms = new ResolutionTerms(symbols, draws, sums, sigmas.length);
            double[] state = golden.doubles("state_terms_bits");
            double[] group = golden.doubles("group_terms_bits");
            double[] block = golden.doubles("block_terms_bits");
            for (int s = 0; s < 5; s++) {
                double blockMean = 0;
                double contextMean = 0;
                for (int r = 0; r < draws.length; r++) {
                    int at = s * draws.length + r;
                    // float32 exponents of up to d / (2 sigma^2) = 256, so 1e-4 bits
                    assertThat(terms.xTerm(r, s)).isCloseTo(state[at], within(1e-4));
                    assertThat(terms.xTerm(r, s) - terms.xContextTerm(r, s)).isCloseTo(group[at], within(1e-4));
                    assertThat(terms.blockTerm(r, s)).isCloseTo(block[at], within(1e-4));
                    blockMean += terms.blockTerm(r, s) / draws.length;
                    contextMean += terms.xContextTerm(r, s) / draws.length;
                }
                assertThat(blockMean).isCloseTo(golden.doubles("block_bits")[s], within(1e-4));
                assertThat(contextMean).isCloseTo(golden.doubles("context_bits")[s], within(1e-4));
            }
        }
    }

    @Test
    void twoPointsAreTheBinaryInputGaussianChannel() {
        float[] points = {-1, 1};
        PairSymbols symbols = PairSymbols.oneToOne(new int[0], new double[] {5, 5});
        ResolutionEstimate estimate =
                estimate(points, points, symbols, new ResolutionSettings(List.of(0.05, 1d, 50d), 20_000, 3));
        ResolutionEstimate.Level level = estimate.levels().get(1);
        // capacity of the binary-input channel at signal-to-noise ratio 1
        assertThat(level.x().total().bits()).isCloseTo(0.486, within(0.01));
        assertThat(level.y().total().bits()).isCloseTo(0.486, within(0.01));
        assertThat(level.block().bits()).isLessThan(0.486).isGreaterThan(0.2);
        assertThat(estimate.levels().get(0).block().bits()).isCloseTo(1, within(1e-4));
        assertThat(estimate.levels().get(2).block().bits()).isCloseTo(0, within(0.01));
    }

    private static float[] randomStates(int n, int d, int seed) {
        float[] states = new float[n * d];
        new Philox(seed, 0, 0, 0, 0).normals(0, 1, states);
        return states;
    }

    private static PairSymbols weighted(int n) {
        int[] group = new int[n];
        double[] weight = new double[n];
        for (int i = 0; i < n; i++) {
            group[i] = i % 7;
            weight[i] = 1 + i % 5;
        }
        return PairSymbols.oneToOne(group, weight);
    }

    @Test
    void blockIsBoundedByItsStatesAndThoseByTheCeilingAndNoiseOnlyTakesAway() {
        int n = 300;
        float[] x = randomStates(n, 12, 1);
        float[] y = randomStates(n, 12, 2);
        PairSymbols symbols = weighted(n);
        ResolutionEstimate estimate = estimate(x, y, symbols, ResolutionSettings.standard(4));
        double last = Double.POSITIVE_INFINITY;
        for (ResolutionEstimate.Level level : estimate.levels()) {
            double slack = 5 * (level.block().se() + level.x().total().se()) + 1e-4;
            assertThat(level.block().bits())
                    .isLessThanOrEqualTo(level.x().total().bits() + slack)
                    .isLessThanOrEqualTo(level.y().total().bits() + slack)
                    .isLessThan(last + slack);
            assertThat(level.x().total().bits())
                    .isLessThanOrEqualTo(symbols.ceiling().xBits());
            assertThat(level.x().lastTokenBits() + level.x().contextBits())
                    .isCloseTo(level.x().total().bits(), within(1e-9));
            assertThat(level.x().contextBits())
                    .isBetween(-slack, symbols.ceiling().xBits());
            last = level.block().bits();
        }
        assertThat(estimate.levels().get(0).block().bits())
                .isCloseTo(symbols.ceiling().bits(), within(0.02));
        assertThat(estimate.leading()).isEqualTo(estimate.levels().get(2));
    }

    @Test
    void repeatedRowsCountLikeWeightsAndOneSymbolIsNothing() {
        float[] points = {0, 3, 1, 1, 4, 0};
        PairSymbols one = PairSymbols.oneToOne(new int[0], new double[] {1, 2, 1});
        float[] repeated = {0, 3, 1, 1, 1, 1, 4, 0};
        PairSymbols split =
                new PairSymbols(new int[] {0, 1, 1, 2}, new int[] {0, 1, 2, 3}, new int[0], new double[] {1, 1, 1, 1});
        ResolutionSettings settings = new ResolutionSettings(List.of(0.6), 8192, 1);
        double weighted =
                estimate(points, points, one, settings).leading().x().total().bits();
        double rows = estimate(repeated, repeated, split, settings)
                .leading()
                .x()
                .total()
                .bits();
        assertThat(rows).isCloseTo(weighted, within(0.03));
        PairSymbols alone = PairSymbols.oneToOne(new int[0], new double[] {9});
        ResolutionEstimate.Level level = estimate(new float[] {1, 2}, new float[] {3, 4}, alone, settings)
                .leading();
        assertThat(level.block().bits()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void sameSeedSameBitsForAnyThreads(int threads) {
        int n = 2500;
        PairSymbols symbols = weighted(n);
        float[] x = randomStates(n, 5, 1);
        float[] y = randomStates(n, 5, 2);
        ResolutionSettings settings = new ResolutionSettings(GRID, 300, 8);
        assertThat(estimate(x, y, symbols, settings, threads).levels())
                .isEqualTo(estimate(x, y, symbols, settings, 2).levels());
    }

    @Test
    void theGridIsTheStandardOne() {
        assertThat(ResolutionSettings.standardSigmas(128))
                .isEqualTo(GRID.stream().map(f -> 16 * f).toList());
    }
}
