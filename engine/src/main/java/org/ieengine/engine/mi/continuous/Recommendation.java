package org.ieengine.engine.mi.continuous;

import java.util.Locale;

/**
 * Which of {@code copula}, {@code ksg} and {@code dv} to believe, by what held-out pairs show.
 *
 * <ol>
 *   <li>The critic's network gains nothing over its closed form on pairs that neither has seen (less than two standard errors, or
 *       less than 0.01 bits): no evidence against a Gaussian copula. Take {@code copula}, which uses all samples and is corrected for their
 *       number, unless {@code ksg} reads more than its interval allows.
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

    /** Columns of x and y together up to which neighbours have little bias. */
    private static final int FEW_COLUMNS = 3;

    /**
     * By the rule.
     *
     * @param ksg null where it was not compared
     * @param columns of x and y together
     */
    static Recommendation of(
            ContinuousEstimate copula, ContinuousEstimate ksg, HeldOutCritics.Readings critics, int columns) {
        ContinuousEstimate dv = critics.estimate(Bound.DV);
        boolean neighboursServe = ksg != null && Double.isFinite(ksg.bits()) && !Ksg.repeatedRows(ksg);
        if (!Double.isFinite(dv.bits())) {
            return neighboursServe
                    ? new Recommendation("ksg", "too few samples to train and judge a critic")
                    : new Recommendation("copula", "too few samples for anything else");
        }
        if (critics.trained() == 0) {
            return new Recommendation("dv", "x or y is constant");
        }
        double[] gain = critics.gainBits();
        boolean gaussian = gain[0] < Math.max(LEAST_GAIN_BITS, 2 * gain[1]) && Double.isFinite(copula.bits());
        if (gaussian) {
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
                            gain[0], gain[1]));
        }
        String beyond =
                text("the network gains %.3f ± %.3f bits over a Gaussian copula on held-out pairs", gain[0], gain[1]);
        if (neighboursServe && ksg.bits() > dv.interval().high()) {
            return new Recommendation(
                    "ksg",
                    beyond + text("; nearest neighbours see more still (%.3f bits, dv %.3f)", ksg.bits(), dv.bits()));
        }
        if (neighboursServe
                && columns <= FEW_COLUMNS
                && ksg.bits() > dv.interval().low()) {
            return new Recommendation(
                    "ksg",
                    beyond + "; in " + columns + " columns nearest neighbours have little bias, and agree with dv");
        }
        return new Recommendation("dv", beyond);
    }

    private static String text(String format, double... values) {
        Object[] boxed = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return String.format(Locale.ROOT, format, boxed);
    }
}
