package org.ieengine.engine.mi.continuous;

import java.util.Locale;

/**
 * Which of {@code copula}, {@code ksg} and {@code dv} to believe, by what held-out pairs show.
 *
 * <ol>
 *   <li>The critic's network gains nothing over its closed form on pairs that neither has seen (less than two standard errors, or
 *       less than 0.01 bits), or the critic reads no more than the copula does on pairs held out from it; and that held-out value bears
 *       out what the copula reads (short of it by at most 15 %, or by 0.03 bits and 2.5 half widths of its interval, since a fifth of
 *       the samples scatters more than all): no evidence against a Gaussian copula. Take {@code copula}, which uses all samples and is
 *       corrected for their number, unless {@code ksg} reads more than its interval allows.
 *   <li>Otherwise {@code dv} and {@code ksg} both tend to read too little, a critic where it has not learned all, neighbours where columns are
 *       many. Take {@code ksg} when it reads more than {@code dv}'s interval allows, or when its own interval lies within one of at
 *       most three columns, where its bias is small; otherwise {@code dv}.
 * </ol>
 *
 * {@code ksg} is never taken when rows repeat, which it is not made for.
 *
 * @param estimator the one to believe
 * @param reason why, a sentence with the numbers
 */
public record Recommendation(String estimator, String reason) {
    private static final double LEAST_GAIN_BITS = 0.01;

    /** What held-out pairs may be short of a copula's value that they bear out: a share of it, or so many half intervals and bits. */
    private static final double SHORT_SHARE = 0.15;

    private static final double SHORT_HALVES = 2.5;
    private static final double SHORT_BITS = 0.03;

    /** Columns of x and y together up to which neighbours have little bias. */
    private static final int FEW_COLUMNS = 3;

    /**
     * What a critic's network gains over the closed form that it starts from, on pairs that neither has seen.
     *
     * @param bits mean over critics
     * @param error standard error of the mean, in bits
     */
    record Gain(double bits, double error) {
        /** Of no critic. */
        static final Gain NONE = new Gain(Double.NaN, Double.NaN);

        private boolean none() {
            return Double.isNaN(bits);
        }

        private boolean small() {
            return bits < Math.max(LEAST_GAIN_BITS, 2 * error);
        }
    }

    /**
     * What the rule goes by.
     *
     * @param ksg null where it was not compared
     * @param gain of dv over its closed form
     * @param columns of x and y together
     */
    record Evidence(ContinuousEstimate copula, ContinuousEstimate ksg, ContinuousEstimate dv, Gain gain, int columns) {}

    /** By the rule. */
    static Recommendation of(Evidence evidence) {
        ContinuousEstimate copula = evidence.copula;
        ContinuousEstimate ksg = evidence.ksg;
        ContinuousEstimate dv = evidence.dv;
        Gain gain = evidence.gain;
        boolean neighboursServe = ksg != null && Double.isFinite(ksg.bits()) && !Ksg.repeatedRows(ksg);
        if (!Double.isFinite(dv.bits())) {
            if (neighboursServe) {
                return new Recommendation("ksg", "too few samples to train and judge a critic");
            }
            return new Recommendation(
                    "copula",
                    Double.isFinite(copula.bits())
                            ? "too few samples for anything else"
                            : "too few samples for any estimator: none reads a number");
        }
        if (gain.none()) {
            return new Recommendation("dv", "x or y is constant");
        }
        boolean borneOut = borneOut(copula);
        // Nor does a critic count that reads less than the copula itself on pairs that it was not fitted to.
        boolean small = gain.small() || dv.bits() <= copula.heldOutBits();
        if (small && borneOut) {
            if (neighboursServe && ksg.interval().low() > copula.interval().high()) {
                return new Recommendation(
                        "ksg",
                        text(
                                "nearest neighbours see more (%.3f bits) than a Gaussian copula has (%.3f)",
                                ksg.bits(), copula.bits()));
            }
            return new Recommendation(
                    "copula",
                    text(
                            "on held-out pairs the network gains %.3f ± %.3f bits over a Gaussian copula: no evidence against it",
                            gain.bits, gain.error));
        }
        String beyond = small && !borneOut && Double.isFinite(copula.bits())
                ? text(
                        "held-out pairs do not bear out a Gaussian copula (%.3f bits, held out %.3f)",
                        copula.bits(), copula.heldOutBits())
                : text(
                        "the network gains %.3f ± %.3f bits over a Gaussian copula on held-out pairs",
                        gain.bits, gain.error);
        if (neighboursServe && ksg.bits() > dv.interval().high()) {
            return new Recommendation(
                    "ksg",
                    beyond + text("; nearest neighbours see more still (%.3f bits, dv %.3f)", ksg.bits(), dv.bits()));
        }
        if (neighboursServe
                && evidence.columns <= FEW_COLUMNS
                && ksg.bits() > dv.interval().low()) {
            return new Recommendation(
                    "ksg",
                    beyond + "; in " + evidence.columns
                            + " columns nearest neighbours have little bias, and agree with dv");
        }
        return new Recommendation("dv", beyond);
    }

    /** Whether the pairs that a copula was not fitted to read about as much as it claims. */
    private static boolean borneOut(ContinuousEstimate copula) {
        if (!Double.isFinite(copula.bits()) || !Double.isFinite(copula.heldOutBits())) {
            return false;
        }
        double half = (copula.interval().high() - copula.interval().low()) / 2;
        double allowed = Math.max(SHORT_SHARE * copula.bits(), SHORT_HALVES * half + SHORT_BITS);
        return copula.bits() - copula.heldOutBits() <= allowed;
    }

    private static String text(String format, double... values) {
        Object[] boxed = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return String.format(Locale.ROOT, format, boxed);
    }
}
