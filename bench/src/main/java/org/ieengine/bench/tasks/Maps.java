package org.ieengine.bench.tasks;

/** The injective maps of Czyz et al. 2023, "Beyond Normal: On the Evaluation of Mutual Information Estimators" (arXiv 2306.11078). */
final class Maps {
    /** x -> Phi(x), the normal distribution function: normal margins become uniform. */
    static final SideMap NORMAL_CDF = SideMap.each(NormalDistribution::cumulative);

    /** x -> x |x|^(1/2), which lengthens the tails. */
    static final SideMap HALF_CUBE = SideMap.each(x -> x * Math.sqrt(Math.abs(x)));

    /** x -> asinh x, which shortens the tails. */
    static final SideMap ASINH = SideMap.each(x -> Math.copySign(Math.log(Math.abs(x) + Math.hypot(x, 1)), x));

    /** x -> x + 0.4 sin x + 0.2 sin(1.7 x + 1) + 0.03 sin(3.3 x - 2.5). */
    static final SideMap WIGGLY_X =
            SideMap.each(x -> x + 0.4 * Math.sin(x) + 0.2 * Math.sin(1.7 * x + 1) + 0.03 * Math.sin(3.3 * x - 2.5));

    /** y -> y - 0.4 sin(0.4 y) + 0.17 sin(1.3 y + 3.5) + 0.02 sin(4.3 y - 2.5). */
    static final SideMap WIGGLY_Y = SideMap.each(
            y -> y - 0.4 * Math.sin(0.4 * y) + 0.17 * Math.sin(1.3 * y + 3.5) + 0.02 * Math.sin(4.3 * y - 2.5));

    /** [1] -> [2], u in (0, 1): t = 1.5 pi (1 + 2 u), (t cos t, t sin t) / 21. */
    static final SideMap SWISS_ROLL = v -> {
        double t = 1.5 * Math.PI * (1 + 2 * v[0]);
        return new double[] {t * Math.cos(t) / 21, t * Math.sin(t) / 21};
    };

    private Maps() {}

    /** A normal variable becomes one of the mixture: the normal distribution function, then the mixture's quantile function. */
    static SideMap toMixture(NormalMixture mixture) {
        return SideMap.each(mixture::fromNormal);
    }

    /**
     * v -> exp(G speed |v|^2) v, where G turns coordinate {@code first} towards {@code first + 1}: a rotation by an angle that the
     * radius sets. Its inverse has the opposite speed.
     */
    static SideMap spiral(double speed, int first) {
        return v -> {
            double square = 0;
            for (double c : v) {
                square += c * c;
            }
            double cos = Math.cos(speed * square);
            double sin = Math.sin(speed * square);
            double[] image = v.clone();
            image[first] = cos * v[first] - sin * v[first + 1];
            image[first + 1] = sin * v[first] + cos * v[first + 1];
            return image;
        };
    }
}
