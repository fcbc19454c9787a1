package org.ieengine.bench.tasks;

/**
 * w N(mean0, 1) + (1 - w) N(mean1, 1).
 *
 * @param w weight of the first component, 0 to 1
 * @param mean0 mean of the first
 * @param mean1 mean of the second
 */
record NormalMixture(double w, double mean0, double mean1) {
    private static final int TURNS = 200;

    /** Distribution function. */
    double cumulative(double x) {
        return w * NormalDistribution.cumulative(x - mean0) + (1 - w) * NormalDistribution.cumulative(x - mean1);
    }

    private double density(double x) {
        return w * NormalDistribution.density(x - mean0) + (1 - w) * NormalDistribution.density(x - mean1);
    }

    /**
     * The x whose distribution function is that of z under N(0, 1). Above the median the mirrored mixture is asked, so that the
     * upper tail loses no digits.
     */
    double fromNormal(double z) {
        return z <= 0
                ? quantile(NormalDistribution.cumulative(z))
                : -new NormalMixture(w, -mean0, -mean1).quantile(NormalDistribution.cumulative(-z));
    }

    /** Newton's steps kept inside a bracket that halves whenever one would leave it. */
    private double quantile(double p) {
        double low = Math.min(mean0, mean1) - 40;
        double high = Math.max(mean0, mean1) + 40;
        double x = (mean0 + mean1) / 2;
        for (int turn = 0; turn < TURNS && high - low > 1e-14 * Math.max(1, Math.abs(x)); turn++) {
            double excess = cumulative(x) - p;
            if (excess == 0) {
                return x;
            }
            if (excess > 0) {
                high = x;
            } else {
                low = x;
            }
            double next = x - excess / density(x);
            double before = x;
            x = next > low && next < high ? next : (low + high) / 2;
            if (Math.abs(x - before) < 1e-15 * Math.max(1, Math.abs(x))) {
                return x;
            }
        }
        return x;
    }
}
