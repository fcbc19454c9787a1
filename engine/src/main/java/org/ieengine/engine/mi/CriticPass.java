package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.ieengine.engine.mi.PairPortions.Portion;
import org.ieengine.engine.mi.PairPortions.Segment;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Tensor;

/**
 * Takes pairs forward and backward through a critic, with memory for a bounded number of them at a time. When the pairs of a step
 * do not fit at once, the forward pass is repeated piece by piece before the backward one: exact, a third slower. Everything that
 * products read is an operand, see {@link Backend#allocateOperand}: projections, activations, their gradients, and weights.
 */
public final class CriticPass implements AutoCloseable {
    private final Backend backend;
    private final Critic critic;
    private final int capacity;
    private final HiddenLayers hidden;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Tensor projectedX;
    private final Tensor projectedY;
    private Tensor gradX;
    private Tensor gradY;
    private boolean gradientsAtOnce;
    private Tensor x;
    private Tensor y;
    private boolean yIsProjected;

    /**
     * Allocates.
     *
     * @param rows most states on either side
     * @param capacity most pairs at a time
     */
    public CriticPass(Backend backend, Critic critic, int rows, int capacity) {
        this.backend = backend;
        this.critic = critic;
        this.capacity = capacity;
        try {
            projectedX = own(backend.allocateOperand(rows, critic.width(0)));
            projectedY = own(backend.allocateOperand(rows, critic.width(0)));
            hidden = own(new HiddenLayers(backend, critic, capacity));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    /** Pairs that a pass over so many should have in memory at once. */
    public static int capacity(Backend backend, List<Integer> widths, long pairs) {
        return (int) Math.min(backend.pairsAtOnce(HiddenLayers.bytesPerPair(backend, widths)), pairs);
    }

    /** Bytes that a pass with a backward half holds, for at most so many states on either side and so many pairs at a time. */
    public static long bytes(Backend backend, List<Integer> widths, int rows, int capacity) {
        // The gradients of the projections are operands too where all pairs go back at once.
        return 2 * backend.operandBytes(rows, widths.get(0))
                + 2L * Float.BYTES * rows * widths.get(0)
                + (long) HiddenLayers.bytesPerPair(backend, widths) * capacity;
    }

    /**
     * Projects the states [rows of x, dx] and [rows of y, dy], which may be operands, that pairings then name by row. A recording that
     * projects holds everything that is computed of it: where this pass was prepared for all pairs at once, y is projected later, with
     * the pairs.
     */
    public void project(Tensor statesX, Tensor statesY) {
        x = statesX;
        y = statesY;
        Epilogue bias = Epilogue.NONE.withBias(critic.bias(0).value());
        backend.linear(x, critic.weightX().operand(), Layout.OUT_IN, bias, projectedX.rowRange(0, x.rows()));
        yIsProjected = false;
        if (!gradientsAtOnce) {
            projectY();
        }
    }

    private void projectY() {
        if (!yIsProjected) {
            Tensor projected = projectedY.rowRange(0, y.rows());
            backend.linear(y, critic.weightY().operand(), Layout.OUT_IN, Epilogue.NONE, projected);
            yIsProjected = true;
        }
    }

    /** Scores of all pairs of the pairings, one after the other, [pairs, 1]. */
    public void scores(List<Pairing> pairings, Tensor scores) {
        if (!yIsProjected && atOnce(pairings)) {
            Pairing.Permuted permuted = (Pairing.Permuted) pairings.get(1);
            int pairs = Math.toIntExact(2 * permuted.pairs());
            Tensor met = hidden.outputs(0, pairs);
            backend.linearPairs(y, critic.weightY().operand(), projectedX, permuted, projectedY, met);
            hidden.forward(1, pairs, scores);
            return;
        }
        for (Portion portion : PairPortions.of(pairings, capacity)) {
            forward(portion, portion.of(scores));
        }
    }

    /**
     * Scores of all pairs by several networks that differ behind the product of layer 1 alone. That product, most of the work, is
     * computed once for all of them where layer 1 is a layer of its own.
     *
     * @param networks how many
     * @param use puts what comes behind the product of a network in place, by its number: the bias of layer 1, later weights
     * @param scores [pairs, 1] working memory
     * @return [networks][pairs]
     */
    float[][] scores(List<Pairing> pairings, int networks, IntConsumer use, Tensor scores) {
        float[][] found = new float[networks][(int) scores.rows()];
        boolean shared = hidden.secondIsKept();
        try (Tensor products = shared ? backend.allocate(capacity, critic.width(1)) : null) {
            for (Portion portion : PairPortions.of(pairings, capacity)) {
                int n = portion.rows();
                pairs(portion);
                if (shared) {
                    backend.linear(
                            hidden.outputs(0, n),
                            critic.weight(1).operand(),
                            Layout.OUT_IN,
                            Epilogue.NONE,
                            products.rowRange(0, n));
                }
                for (int i = 0; i < networks; i++) {
                    use.accept(i);
                    if (shared) {
                        // each row of the products with the one row of the bias: their sum under LeakyReLU
                        PairPiece rows = new PairPiece(new Pairing.AllPairs(n, 1), 0);
                        backend.pairRows(products.rowRange(0, n), critic.bias(1).value(), rows, hidden.outputs(1, n));
                    }
                    hidden.forward(shared ? 2 : 1, n, scores.rowRange(0, n));
                    float[] part = new float[n];
                    backend.read(scores, 0, n, part);
                    System.arraycopy(part, 0, found[i], (int) portion.from(), n);
                }
            }
        }
        return found;
    }

    /**
     * Scores, the value of a loss in nats, and the gradients of all parameters times its factor.
     *
     * @param weights [pairs, 2] joint and product weights
     * @param loss takes the scores to their gradients
     * @param scores [pairs, 1] receives the scores
     * @param scoreGradients [pairs, 1] working memory
     */
    public void gradients(List<Pairing> pairings, Tensor weights, Loss loss, Tensor scores, Tensor scoreGradients) {
        prepareBackward(pairings);
        if (gradientsAtOnce != atOnce(pairings)) {
            throw new IllegalArgumentException("the pass was prepared for pairings of another kind than " + pairings);
        }
        List<Portion> portions = PairPortions.of(pairings, capacity);
        scores(pairings, scores);
        loss.gradients(backend, scores, weights, scoreGradients);
        if (!gradientsAtOnce) {
            backend.fill(gradX.rowRange(0, x.rows()), 0);
            backend.fill(gradY.rowRange(0, y.rows()), 0);
        }
        float beta = 0;
        for (Portion portion : portions) {
            if (portions.size() > 1) {
                forward(portion, portion.of(scores));
            }
            Tensor gradient = hidden.backward(portion.rows(), portion.of(scoreGradients), beta);
            if (gradientsAtOnce) {
                backend.pairRowsBackward(
                        gradient,
                        (Pairing.Permuted) pairings.get(1),
                        gradX.rowRange(0, x.rows()),
                        gradY.rowRange(0, y.rows()));
            } else {
                addRows(portion, gradient);
            }
            beta = 1;
        }
        Tensor towardsX = gradX.rowRange(0, x.rows());
        Tensor towardsY = gradY.rowRange(0, y.rows());
        backend.weightGradients(
                towardsX, x, 0, critic.weightX().gradient(), critic.bias(0).gradient());
        backend.product(
                towardsY,
                true,
                y,
                false,
                critic.aligned() ? 1 : 0,
                critic.weightY().gradient());
    }

    /** What a step lowers. */
    public interface Loss {
        /**
         * Asks for the gradients of the scores.
         *
         * @param scores [pairs, 1]
         * @param weights [pairs, 2] joint and product weights
         * @param gradients [pairs, 1] receives the gradients
         */
        void gradients(Backend backend, Tensor scores, Tensor weights, Tensor gradients);
    }

    /** The Donsker-Varadhan value in nats; values is a ring over the steps. */
    record Head(Exponential exponential, float factor, Tensor values, OptimiserSteps steps) implements Loss {
        @Override
        public void gradients(Backend backend, Tensor scores, Tensor weights, Tensor gradients) {
            backend.donskerVaradhan(scores, weights, exponential, factor, gradients, values, steps);
        }
    }

    /** Allocates what the backward half of such pairings needs, once. */
    public void prepareBackward(List<Pairing> pairings) {
        if (gradX == null) {
            gradientsAtOnce = atOnce(pairings);
            gradX = rowGradients(projectedX);
            gradY = rowGradients(projectedY);
            hidden.prepareBackward();
        }
    }

    /** Of the projections: operands where they are written once, sums in float32 where they are added up. */
    private Tensor rowGradients(Tensor projected) {
        return own(
                gradientsAtOnce
                        ? backend.allocateOperand(projected.rows(), projected.columns())
                        : backend.allocate(projected.rows(), projected.columns()));
    }

    /** Whether every row meets its own and then another one, all of them in memory: their gradients are then written at once. */
    private boolean atOnce(List<Pairing> pairings) {
        long rows = projectedX.rows();
        return pairings.size() == 2
                && 2 * rows <= capacity
                && pairings.get(0).equals(new Pairing.Identity(rows))
                && pairings.get(1) instanceof Pairing.Permuted
                && pairings.get(1).pairs() == rows
                && ((Pairing.Permuted) pairings.get(1)).samples() == null;
    }

    private void forward(Portion portion, Tensor scores) {
        pairs(portion);
        hidden.forward(1, portion.rows(), scores);
    }

    private void pairs(Portion portion) {
        projectY();
        for (Segment segment : portion.segments()) {
            backend.pairRows(projectedX, projectedY, segment.piece(), segment.of(hidden.outputs(0, portion.rows())));
        }
    }

    private void addRows(Portion portion, Tensor gradient) {
        Tensor towardsX = gradX.rowRange(0, x.rows());
        Tensor towardsY = gradY.rowRange(0, y.rows());
        for (Segment segment : portion.segments()) {
            backend.pairRowsBackward(segment.of(gradient), segment.piece(), towardsX, towardsY);
        }
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
