package org.ieengine.engine.tensor;

import java.util.List;

/**
 * What training a critic on pairs of states needs besides matrix products. Nothing here hands a value back to the host, so a step
 * can be queued on a device as a whole. Sums have a fixed order: the same bits for any number of threads.
 */
public interface CriticOperations {
    /** Slope of LeakyReLU for negative inputs in every operation here. */
    float LEAKY_SLOPE = 0.01f;

    /** How exponentials of the Donsker-Varadhan value are taken. */
    enum Exponential {
        /** Maximum subtracted first, float64 sums: never overflows. */
        STABLE,
        /** Plain float32 exponentials as published: an overflow gives an infinite or NaN value. */
        PLAIN
    }

    /**
     * The split first layer: out[i] = LeakyReLU(projectedX[x row of pair f + i] + projectedY[y row of pair f + i]) for the
     * out.rows() pairs from f = piece.firstPair() on.
     *
     * @param projectedX [rows of x, width]
     * @param projectedY [rows of y, width]
     * @param out [pairs of this piece, width]; may be an operand, see {@link MemoryOperations#allocateOperand}, and is where the others are
     */
    void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out);

    /**
     * Backward of the sums of {@link #pairRows}: adds gradient[i] to gradX[x row] and gradY[y row].
     *
     * @param gradient [pairs of this piece, width] of what LeakyReLU is given, as {@link #inputGradient} and {@link #tailBackward}
     *     give it; may be an operand
     * @param gradX [rows of x, width], added to
     * @param gradY [rows of y, width], added to
     */
    void pairRowsBackward(Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY);

    /**
     * The same for two whole pairings at once, every row with its own ({@link Pairing.Identity}) and then with another:
     * gradX[r] = gradient[r] + gradient[n + r], gradY[r] = gradient[r] + gradient[n + i] where pair i of the permutation takes row r
     * of y.
     *
     * @param gradient [2 n, width] of what LeakyReLU is given; may be an operand
     * @param permuted n pairs of samples that are the rows themselves
     * @param gradX [n, width], overwritten; an operand where the gradient is one
     * @param gradY [n, width], overwritten; an operand where the gradient is one
     */
    void pairRowsBackward(Tensor gradient, Pairing.Permuted permuted, Tensor gradX, Tensor gradY);

    /**
     * Scores of a bilinear form on listed pairs: out[i] = sum_c x[x row of pair f + i, c] y[y row of pair f + i, c] for the
     * out.rows() pairs from f = piece.firstPair() on.
     *
     * @param x [rows of x, width], may be an operand
     * @param y [rows of y, width], an operand where x is one
     * @param out [pairs of this piece, 1]; shares nothing with x or y
     */
    void pairProducts(Tensor x, Tensor y, PairPiece piece, Tensor out);

    /**
     * A piece of a pairing.
     *
     * @param pairing the whole
     * @param firstPair where the piece begins
     */
    record PairPiece(Pairing pairing, long firstPair) {}

    /**
     * Backward of a linear layer towards what went in: out = (gradient weight) LeakyReLU'(in), LeakyReLU' read off the sign of what
     * the layer before gave, as in {@link #leakyReluBackward}.
     *
     * @param gradient [M, n], may be an operand
     * @param weight [n, k], may be an operand
     * @param in [M, k], may be an operand; null for no LeakyReLU
     * @param out [M, k], may be an operand; shares nothing with the others
     */
    void inputGradient(Tensor gradient, Tensor weight, Tensor in, Tensor out);

    /** gradient *= LeakyReLU' at the pre-activation, read off the sign of the output: 1 for out &gt; 0, 0.01 otherwise. */
    void leakyReluBackward(Tensor out, Tensor gradient);

    /** sums = beta sums + column sums of x, which may be an operand, float64 inside; shapes [M, n] and [1, n]. */
    void columnSums(Tensor x, float beta, Tensor sums);

    /**
     * The Donsker-Varadhan value, sum_i a_i f_i - ln sum_i b_i e^{f_i} in nats, and its gradient times a factor,
     * factor (a_i - b_i e^{f_i} / Z).
     *
     * @param scores f, [n, 1]
     * @param weights [n, 2]: joint weight a_i and product weight b_i; a term of weight 0 is left out
     * @param gradient [n, 1], or null when only the value is wanted
     * @param values [R, 1], a ring: row (step mod R) receives the value in nats, row 0 without steps
     * @param steps the current step; null for none
     */
    void donskerVaradhan(
            Tensor scores,
            Tensor weights,
            Exponential exponential,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps);

    /**
     * The logistic value of telling joint from product pairs by their score s_i = scores_i + offsets_i,
     * - sum_i a_i ln(1 + e^{-s_i}) - sum_i b_i ln(1 + e^{s_i}) in nats, and its gradient times a factor,
     * factor (a_i / (1 + e^{s_i}) - b_i / (1 + e^{-s_i})). Where the weights of each kind add up to 1 the best score is
     * ln p(x, y) / (p(x) p(y)), the value there 2 JS - 2 ln 2 with the Jensen-Shannon divergence JS (Nowozin, Cseke and Tomioka
     * 2016, arXiv 1606.00709, table 6).
     *
     * @param scores [n, 1]
     * @param offsets [n, 1], added to the scores; null for none
     * @param weights [n, 2]: joint weight a_i and product weight b_i; a term of weight 0 is left out
     * @param gradient [n, 1], the place of the scores or apart from every input; null when only the value is wanted
     * @param values [R, 1], a ring: row (step mod R) receives the value in nats, row 0 without steps
     * @param steps the current step; null for none
     */
    void logistic(
            Tensor scores,
            Tensor offsets,
            Tensor weights,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps);

    /**
     * The InfoNCE value of a matrix of scores s_ij of x_i with y_j whose diagonal are the joint pairs, in both directions:
     * mean_i (s_ii - 1/2 ln mean_j e^{s_ij} - 1/2 ln mean_j e^{s_ji}) in nats, at most ln B (van den Oord, Li and Vinyals 2018,
     * arXiv 1807.03748, eq. 4), and its gradient times a factor,
     * factor / B ([i = j] - 1/2 e^{s_ij} / sum_k e^{s_ik} - 1/2 e^{s_ij} / sum_k e^{s_kj}). Greatest scores are subtracted first.
     *
     * @param scores [B, B], finite
     * @param gradient [B, B], the place of the scores or apart from them; null when only the value is wanted
     * @param values [R, 1], a ring: row (step mod R) receives the value in nats, row 0 without steps
     * @param steps the current step; null for none
     */
    void contrast(Tensor scores, float factor, Tensor gradient, Tensor values, OptimiserSteps steps);

    /** Steps that have not begun: {@link #nextStep} goes to the first. */
    OptimiserSteps steps(StepPlan plan);

    /** Goes to the next step, the first time to step 0. */
    void nextStep(OptimiserSteps steps);

    /**
     * A table of parameters; not inside a recording, so that one that uses it uploads nothing.
     *
     * @throws MemoryExhaustedException when the backend has no room for it
     */
    ParameterTable parameters(List<Parameter> parameters);

    /**
     * The current step of Adam, see {@link StepPlan}, on every parameter.
     *
     * @throws IllegalStateException when the table or a tensor of it has been closed
     */
    void adam(ParameterTable parameters, OptimiserSteps steps);

    /**
     * An empty list of pairs of matrices with so many rows.
     *
     * @throws MemoryExhaustedException when the backend has no room for it
     */
    PairList pairList(int capacity, int xRows, int yRows);

    /** Overwrites a list with the pairs (x[i], y[i]), up to its capacity; the arrays may be changed on return. */
    void write(int[] x, int[] y, PairList target);

    /**
     * The first layer that {@link #tailForward} should compute, of those that follow the paired first one; {@code widths.size()}
     * when this backend is no faster with it.
     *
     * @param widths width of each layer's output; layer l takes widths[l - 1] inputs
     */
    int fusedTailFrom(List<Integer> widths);

    /**
     * The last layers of a critic at once, LeakyReLU between them and none after the last, whose width is 1.
     *
     * @param in [n, w], after LeakyReLU; may be an operand
     * @param weights [out, in] of each layer
     * @param biases [1, out] of each layer
     * @param scores [n, 1]
     */
    void tailForward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores);

    /**
     * Backward of {@link #tailForward}, computing what lies between anew. Gradients of weights and biases become beta times what
     * they held (not read for beta 0) plus the sum over the rows.
     *
     * @param in [n, w], after LeakyReLU; may be an operand
     * @param scoreGradients [n, 1]
     * @param inGradient [n, w] receives the gradient of what {@code in} was before LeakyReLU; may be an operand
     */
    void tailBackward(
            Tensor in,
            List<Parameter> weights,
            List<Parameter> biases,
            Tensor scoreGradients,
            float beta,
            Tensor inGradient);

    /**
     * A parameter with what Adam keeps for it, all of one shape.
     *
     * @param value p
     * @param gradient g
     * @param mean m
     * @param meanSquare v
     * @param operand p as products take it: {@code value} itself, or an operand that {@link #adam} keeps at the rounded value
     */
    record Parameter(Tensor value, Tensor gradient, Tensor mean, Tensor meanSquare, Tensor operand) {
        /** A parameter that products take as it is. */
        public Parameter(Tensor value, Tensor gradient, Tensor mean, Tensor meanSquare) {
            this(value, gradient, mean, meanSquare, value);
        }

        /** Brings the operand up to the value, which something else than {@link #adam} has written. */
        public void round(MemoryOperations memory) {
            if (operand != value) {
                memory.copy(value, operand);
            }
        }
    }
}
