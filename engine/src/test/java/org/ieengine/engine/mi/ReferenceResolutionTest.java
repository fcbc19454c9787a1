package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** Information at a resolution by plain float64 loops over its definition, against the stored values. */
class ReferenceResolutionTest {
    private static final int STATES = 40;
    private static final int D = 6;
    private static final double EXACT = 1e-12;

    private final StoredArrays golden = StoredArrays.open("estimators/resolution");
    private final double[] p = probabilities(golden.doubles("counts"));
    private final double[] x = standardised(golden.doubles("x"));
    private final double[] y = standardised(golden.doubles("y"));

    private static double[] probabilities(double[] counts) {
        double sum = Arrays.stream(counts).sum();
        return Arrays.stream(counts).map(c -> c / sum).toArray();
    }

    private double[] standardised(double[] states) {
        double[] result = new double[states.length];
        for (int c = 0; c < D; c++) {
            double mean = 0;
            double square = 0;
            for (int m = 0; m < STATES; m++) {
                mean += p[m] * states[m * D + c];
            }
            for (int m = 0; m < STATES; m++) {
                square += p[m] * Math.pow(states[m * D + c] - mean, 2);
            }
            for (int m = 0; m < STATES; m++) {
                result[m * D + c] = (states[m * D + c] - mean) / Math.sqrt(square);
            }
        }
        return result;
    }

    /** -(|x' - x_m|^2 - |x' - x_n|^2) / (2 sigma^2) for every state m, with x' = x_n + sigma eps. */
    private static double[] exponents(double[] states, int n, double[] noise, int draw, double sigma) {
        double[] exponents = new double[STATES];
        for (int m = 0; m < STATES; m++) {
            double more = 0;
            for (int c = 0; c < D; c++) {
                double eps = sigma * noise[draw * D + c];
                more += Math.pow(states[n * D + c] + eps - states[m * D + c], 2) - eps * eps;
            }
            exponents[m] = -more / (2 * sigma * sigma);
        }
        return exponents;
    }

    private double log2Mixture(double[] exponents, IntPredicate within) {
        double mass = 0;
        double sum = 0;
        for (int m = 0; m < STATES; m++) {
            if (within.test(m)) {
                mass += p[m];
                sum += p[m] * Math.exp(exponents[m]);
            }
        }
        return Math.log(sum / mass) / Math.log(2);
    }

    @Test
    void standardisedStatesAreTheStoredOnes() {
        assertClose(x, golden.doubles("x_standardised"));
        assertClose(y, golden.doubles("y_standardised"));
    }

    @Test
    void everyTermAndEveryMeanIsTheStoredOne() {
        double[] sigmas = golden.doubles("sigma");
        int[] draws = golden.ints("draw");
        int[] group = golden.ints("group");
        double[] noiseX = golden.doubles("eps_x");
        double[] noiseY = golden.doubles("eps_y");
        double[][] terms = new double[4][sigmas.length * draws.length]; // state, group, context, block
        for (int s = 0; s < sigmas.length; s++) {
            for (int r = 0; r < draws.length; r++) {
                int n = draws[r];
                int at = s * draws.length + r;
                double[] ofX = exponents(x, n, noiseX, r, sigmas[s]);
                double[] ofY = exponents(y, n, noiseY, r, sigmas[s]);
                double[] ofBoth = new double[STATES];
                Arrays.setAll(ofBoth, m -> ofX[m] + ofY[m]);
                terms[0][at] = -log2Mixture(ofX, m -> true);
                terms[2][at] = -log2Mixture(ofX, m -> group[m] == group[n]);
                terms[1][at] = terms[0][at] - terms[2][at];
                terms[3][at] = log2Mixture(ofBoth, m -> true) + terms[0][at] - log2Mixture(ofY, m -> true);
            }
        }
        assertClose(terms[0], golden.doubles("state_terms_bits"));
        assertClose(terms[1], golden.doubles("group_terms_bits"));
        assertClose(terms[3], golden.doubles("block_terms_bits"));
        assertClose(means(terms[0], draws.length), golden.doubles("state_bits"));
        assertClose(means(terms[1], draws.length), golden.doubles("group_bits"));
        assertClose(means(terms[2], draws.length), golden.doubles("context_bits"));
        assertClose(means(terms[3], draws.length), golden.doubles("block_bits"));
    }

    private static double[] means(double[] terms, int draws) {
        double[] means = new double[terms.length / draws];
        Arrays.setAll(
                means, s -> Arrays.stream(terms, s * draws, (s + 1) * draws).sum() / draws);
        return means;
    }

    private static void assertClose(double[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i])
                    .as("entry %d", i)
                    .isCloseTo(expected[i], within(EXACT * Math.max(1, Math.abs(expected[i]))));
        }
    }
}
