package org.ieengine.engine.mi.continuous;

import org.ieengine.engine.tensor.Philox;

/** A few points, each with a partner, read through noise: what hidden states read through noise are like. At most the logarithm of their number is there. */
final class BlurredPoints {
    private BlurredPoints() {}

    /** Samples of x = point + noise and y = its partner + noise, d columns each; a point in five lies four times as far out. */
    static SamplePairs of(int points, int d, int samples, double noise, long seed) {
        float[] x = new float[samples * d];
        float[] y = new float[samples * d];
        Philox places = new Philox(seed, 1, 0, 0, 0);
        Philox draws = new Philox(seed, 2, 0, 0, 0);
        Philox blur = new Philox(seed, 3, 0, 0, 0);
        for (int i = 0; i < samples; i++) {
            int point = draws.below(points, i);
            double scale = point % 5 == 0 ? 4 : 1;
            for (int c = 0; c < d; c++) {
                double place = scale * places.normal((long) point * d + c);
                x[i * d + c] = (float) (place + noise * blur.normal(2L * (i * d + c)));
                y[i * d + c] = (float) (place + Math.tanh(place) + noise * blur.normal(2L * (i * d + c) + 1));
            }
        }
        return new SamplePairs(x, d, y, d);
    }
}
