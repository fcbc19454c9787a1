package org.ieengine.engine.mi.continuous;

/** The digamma function psi, the derivative of ln Gamma (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18), to about 1e-15. */
final class Digamma {
    private Digamma() {}

    /**
     * psi(x).
     *
     * @throws IllegalArgumentException unless x &gt; 0
     */
    static double of(double x) {
        if (!(x > 0)) {
            throw new IllegalArgumentException("psi is taken of positive numbers here, not of " + x);
        }
        double shifted = x;
        double below = 0;
        while (shifted < 12) {
            below += 1 / shifted;
            shifted++;
        }
        double r = 1 / (shifted * shifted);
        double series = r
                * (1 / 12.0
                        - r
                                * (1 / 120.0
                                        - r
                                                * (1 / 252.0
                                                        - r
                                                                * (1 / 240.0
                                                                        - r
                                                                                * (1 / 132.0
                                                                                        - r
                                                                                                * (691 / 32760.0
                                                                                                        - r / 12))))));
        return Math.log(shifted) - 0.5 / shifted - series - below;
    }
}
