package org.ieengine.bench.tasks;

import java.util.Arrays;
import org.ieengine.engine.tensor.Philox;

/** Laws of pairs with a closed form of their mutual information, and how to draw from them. Everything in nats. */
final class BaseLaws {
    private BaseLaws() {}

    private static int even(int words) {
        return words + words % 2;
    }

    /** Draws that are a function of standard normals. */
    private record OfNormals(int normals, Fill fill) implements PairLawSampler {
        interface Fill {
            void fill(double[] z, double[] x, double[] y);
        }

        @Override
        public int words() {
            return even(normals);
        }

        @Override
        public void draw(Philox stream, long first, double[] x, double[] y) {
            double[] z = new double[normals];
            for (int i = 0; i < normals; i++) {
                z[i] = stream.normal(first + i);
            }
            fill.fill(z, x, y);
        }
    }

    /** X [dx], Y [dy] normal with correlation rho between X_i and Y_i for i below {@code pairs}, all other correlations 0. */
    static KnownTask pairedNormal(String name, int dx, int dy, Pairs correlated) {
        double rho = correlated.rho;
        double rest = Math.sqrt(1 - rho * rho);
        PairLawSampler law = new OfNormals(dx + dy, (z, x, y) -> {
            System.arraycopy(z, 0, x, 0, dx);
            for (int i = 0; i < dy; i++) {
                y[i] = i < correlated.pairs ? rho * z[i] + rest * z[dx + i] : z[dx + i];
            }
        });
        double truth = -0.5 * correlated.pairs * Math.log1p(-rho * rho);
        return KnownTask.of(name, new int[] {dx, dy}, truth, law);
    }

    /** How many pairs (X_i, Y_i) are correlated, and how. */
    record Pairs(int pairs, double rho) {}

    /**
     * X [dx], Y [dy] normal, every two of their coordinates with correlation rho. The determinant of such a matrix of n
     * variables is (1 - rho)^(n-1) (1 + (n-1) rho).
     */
    static KnownTask denseNormal(String name, int dx, int dy, double rho) {
        double own = Math.sqrt(1 - rho);
        double shared = Math.sqrt(rho);
        PairLawSampler law = new OfNormals(1 + dx + dy, (z, x, y) -> {
            for (int i = 0; i < dx; i++) {
                x[i] = shared * z[0] + own * z[1 + i];
            }
            for (int i = 0; i < dy; i++) {
                y[i] = shared * z[0] + own * z[1 + dx + i];
            }
        });
        double truth = 0.5 * (logDeterminant(dx, rho) + logDeterminant(dy, rho) - logDeterminant(dx + dy, rho));
        return KnownTask.of(name, new int[] {dx, dy}, truth, law);
    }

    private static double logDeterminant(int n, double rho) {
        return (n - 1) * Math.log1p(-rho) + Math.log1p((n - 1) * rho);
    }

    /**
     * (X, Y) of a multivariate Student-t law with v degrees of freedom, a whole number, and identity dispersion: a normal vector
     * times sqrt(v / chi^2_v). X and Y depend on each other by the common factor alone.
     */
    static KnownTask student(String name, int dx, int dy, int v) {
        PairLawSampler law = new OfNormals(dx + dy + v, (z, x, y) -> {
            double square = 0;
            for (int i = dx + dy; i < z.length; i++) {
                square += z[i] * z[i];
            }
            double factor = Math.sqrt(v / square);
            for (int i = 0; i < dx; i++) {
                x[i] = factor * z[i];
            }
            for (int i = 0; i < dy; i++) {
                y[i] = factor * z[dx + i];
            }
        });
        double truth = studentEntropy(dx, v) + studentEntropy(dy, v) - studentEntropy(dx + dy, v);
        return KnownTask.of(name, new int[] {dx, dy}, truth, law);
    }

    /**
     * Differential entropy of the d-variate t law with v degrees of freedom and identity dispersion (Kotz and Nadarajah 2004,
     * "Multivariate t Distributions and Their Applications"): -ln[ Gamma((v+d)/2) / (Gamma(v/2) (v pi)^(d/2)) ] + (v+d)/2
     * [psi((v+d)/2) - psi(v/2)].
     */
    private static double studentEntropy(int d, double v) {
        double half = (v + d) / 2;
        return GammaFunctions.logGamma(v / 2)
                + d / 2d * Math.log(v * Math.PI)
                - GammaFunctions.logGamma(half)
                + half * (GammaFunctions.digamma(half) - GammaFunctions.digamma(v / 2));
    }

    /** X uniform in (0, 1), Y = X + noise uniform in (-eps, eps): MI = 1 / (4 eps) for eps > 1/2, else eps - ln(2 eps). */
    static KnownTask uniformNoise(String name, double eps) {
        PairLawSampler law = new PairLawSampler() {
            @Override
            public int words() {
                return 2;
            }

            @Override
            public void draw(Philox stream, long first, double[] x, double[] y) {
                x[0] = stream.uniform(first);
                y[0] = x[0] + eps * (2 * stream.uniform(first + 1) - 1);
            }
        };
        double truth = eps > 0.5 ? 1 / (4 * eps) : eps - Math.log(2 * eps);
        return KnownTask.of(name, new int[] {1, 1}, truth, law);
    }

    /**
     * X [d] standard normal, Y = rho Q X + sqrt(1 - rho^2) noise with a random rotation Q: d canonical correlations, all rho, none of
     * them along a coordinate. MI = -d/2 ln(1 - rho^2).
     */
    static KnownTask rotatedNormal(String name, int d, double truth) {
        double rho = Math.sqrt(-Math.expm1(-2 * truth / d));
        double rest = Math.sqrt(1 - rho * rho);
        RandomRotation rotation = new RandomRotation(d);
        PairLawSampler law = new OfNormals(2 * d, (z, x, y) -> {
            System.arraycopy(z, 0, x, 0, d);
            Arrays.fill(y, 0);
            rotation.addTo(x, rho, y);
            for (int i = 0; i < d; i++) {
                y[i] += rest * z[d + i];
            }
        });
        return KnownTask.of(name, new int[] {d, d}, truth, law);
    }
}
