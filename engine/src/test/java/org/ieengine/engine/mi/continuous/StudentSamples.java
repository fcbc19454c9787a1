package org.ieengine.engine.mi.continuous;

import org.ieengine.engine.tensor.Philox;

/** Pairs of Student's t law without correlation, which depend on each other through their length alone, and a noisy ring. */
final class StudentSamples {
    private StudentSamples() {}

    /** Normal pairs over the root of the mean of so many squares of normals, the same for all d columns of both sides. */
    static SamplePairs student(int n, int d, int freedom, long seed) {
        SamplePairs pairs = GaussianSamples.canonical(n, d, d, new double[0], seed);
        Philox stream = new Philox(seed, 9, 0, 0, 0);
        for (int i = 0; i < n; i++) {
            double square = 0;
            for (int f = 0; f < freedom; f++) {
                double z = stream.normal((long) i * freedom + f);
                square += z * z / freedom;
            }
            float scale = (float) (1 / Math.sqrt(square));
            for (int c = i * d; c < (i + 1) * d; c++) {
                pairs.x()[c] *= scale;
                pairs.y()[c] *= scale;
            }
        }
        return pairs;
    }

    /** Cauchy pairs, one column a side: Student's t with one degree of freedom, ln(8 pi) - 3 nats. */
    static SamplePairs cauchy(int n, long seed) {
        return student(n, 1, 1, seed);
    }

    /** Bits of {@link #cauchy}. */
    static double cauchyBits() {
        return (Math.log(8 * Math.PI) - 3) / Math.log(2);
    }

    /** Points of a circle with normal noise of a tenth: uncorrelated columns that tell each other up to the sign. */
    static SamplePairs ring(int n, long seed) {
        Philox stream = new Philox(seed, 8, 0, 0, 0);
        float[] x = new float[n];
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            double angle = 2 * Math.PI * stream.uniform(4L * i + 2);
            x[i] = (float) (Math.cos(angle) + 0.1 * stream.normal(4L * i));
            y[i] = (float) (Math.sin(angle) + 0.1 * stream.normal(4L * i + 1));
        }
        return new SamplePairs(x, 1, y, 1);
    }
}
