package org.ieengine.engine.mi.continuous;

/** Ways to read mutual information from the scores f of a trained critic on pairs it has not seen; p joint, q product of the marginals. */
public enum Bound {
    /** E_p f - ln E_q e^f (Donsker and Varadhan 1983; Belghazi et al. 2018, arXiv 1801.04062). */
    DV("dv"),
    /**
     * E_p (f - c) + 1 - E_q e^(f - c) with c the logarithm of E_q e^f on other pairs than those that judge, at least E_p f less the
     * logarithm of their number there (Nguyen, Wainwright and Jordan 2010, IEEE Transactions on Information Theory 56:5847-5861):
     * unbiased for a given critic, never above dv with the same pairs.
     */
    NWJ("nwj"),
    /**
     * E_p f - ln E_q clip(e^f, e^-5, e^5) (Song and Ermon 2020, arXiv 1910.06222, eq. 11): less variance, no bound where scores of
     * product pairs lie beyond 5 nats. The clip is in the evaluation only.
     */
    SMILE("smile");

    /** Nats beyond which {@link #SMILE} cuts off. */
    static final double CLIP = 5;

    private final String label;

    Bound(String label) {
        this.label = label;
    }

    /** As on the command line. */
    public String label() {
        return label;
    }
}
