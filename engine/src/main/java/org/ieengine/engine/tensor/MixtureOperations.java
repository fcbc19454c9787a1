package org.ieengine.engine.tensor;

/**
 * Log-sums over mixtures of Gaussians at the states, statistics of columns, and which of some points a state is nearest to: what
 * exact information at a resolution and clusters of states need.
 */
public interface MixtureOperations {
    /**
     * Weighted mean and (biased) variance of each column, float64 in two passes.
     *
     * @param weights [M], any positive scale
     * @param mean [n] receives the means
     * @param variance [n] receives the variances
     */
    void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance);

    /** out = (x - shift) * scale column by column, shapes [M, n] and [1, n]; out may be x. */
    void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out);

    /** out[i] = sum of the squares of row i, float64 inside; shapes [M, n] and [M, 1]. */
    void squaredNorms(Tensor x, Tensor out);

    /**
     * Which of k points each row is nearest to, told from its products with them: the column c of the greatest
     * products[i, c] - halfNorms[c], of several as great the lowest, and that difference. Half the squared distance of the row from
     * that point is half the row's squared norm less it. Float64 and exact, so the same in every backend; NaNs are passed over, and
     * a row without any difference above minus infinity gets column 0.
     *
     * @param products [n, k]
     * @param halfNorms [k] half the squared norm of each point
     * @param nearest [n] receives the columns
     * @param scores [n] receives the differences
     */
    void nearestCentroid(Tensor products, double[] halfNorms, int[] nearest, double[] scores);

    /**
     * One side of a piece of the mixture: products of R draws with C states. With x_n the state of a draw and e its noise, the
     * exponent of component m at noise sigma is -(|x_m|^2 - 2 (x_n . x_m + sigma e . x_m)) / (2 sigma^2), up to what does not depend
     * on m.
     *
     * @param stateProducts [R, C] x_n . x_m
     * @param noiseProducts [R, C] e_n . x_m
     * @param squaredNorms [C, 1] |x_m|^2
     */
    record MixtureSide(Tensor stateProducts, Tensor noiseProducts, Tensor squaredNorms) {}

    /**
     * Which components belong to which draw.
     *
     * @param logWeights [C, 1] ln p_m
     * @param own [R] column of the component a draw came from; -1 when it lies in another piece
     * @param groupFrom [R] first column of the draw's group; from = to for none in this piece
     * @param groupTo [R] column after the last of the group
     */
    record MixtureComponents(Tensor logWeights, Indices own, Indices groupFrom, Indices groupTo) {}

    /** Values per draw and sigma that {@link #mixtureLogSums} gives, in this order. */
    enum MixtureSum {
        /** ln sum_m p_m e^{exponent of x}. */
        X,
        /** The same of y. */
        Y,
        /** The same of x and y together. */
        JOINT,
        /** As X over the draw's group alone. */
        X_GROUP,
        /** As Y over the draw's group alone. */
        Y_GROUP,
        /** Exponent of the draw's own component in x, NaN when it lies in another piece. */
        X_OWN,
        /** The same in y. */
        Y_OWN
    }

    /**
     * Log-sums of exponentials over the components of a piece. Exponents in float32, sums in float64; empty sums are minus
     * infinity.
     *
     * @param sigmas noise levels
     * @param sums [R * sigmas * 7] receives the values in the order of {@link MixtureSum}
     */
    void mixtureLogSums(MixtureSide x, MixtureSide y, MixtureComponents components, double[] sigmas, double[] sums);
}
