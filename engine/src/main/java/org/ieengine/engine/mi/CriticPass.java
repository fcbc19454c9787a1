package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.ieengine.engine.mi.PairPortions.Portion;
import org.ieengine.engine.mi.PairPortions.Segment;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Tensor;

/**
 * Takes pairs forward and backward through a critic, with memory for a bounded number of them at a time. When the pairs of a step
 * do not fit at once, the forward pass is repeated piece by piece before the backward one: exact, a third slower. Narrow last
 * layers that the backend takes as one keep nothing between forward and backward. Everything that products read is an operand, see
 * {@link Backend#allocateOperand}: projections, activations, their gradients, and weights.
 */
public final class CriticPass implements AutoCloseable {
    private final Backend backend;
    private final Critic critic;
    private final int capacity;
    private final int tailFrom;
    private final List<Parameter> tailWeights = new ArrayList<>();
    private final List<Parameter> tailBiases = new ArrayList<>();
    private final List<Tensor> owned = new ArrayList<>();
    private final List<Tensor> activations = new ArrayList<>();
    private final List<Tensor> gradients = new ArrayList<>();
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
        this.tailFrom = backend.fusedTailFrom(critic.widths());
        for (int layer = tailFrom; layer < critic.layers(); layer++) {
            tailWeights.add(critic.weight(layer));
            tailBiases.add(critic.bias(layer));
        }
        try {
            projectedX = own(backend.allocateOperand(rows, critic.width(0)));
            projectedY = own(backend.allocateOperand(rows, critic.width(0)));
            for (int layer = 0; layer < kept(backend, critic.widths()); layer++) {
                activations.add(own(backend.allocateOperand(capacity, critic.width(layer))));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Tensor own(Tensor tensor) {
        owned.add(tensor);
        return tensor;
    }

    /** Layers whose outputs are kept for the backward half: all but the last before the fused tail, or before the score. */
    private static int kept(Backend backend, List<Integer> widths) {
        return Math.min(backend.fusedTailFrom(widths), widths.size() - 1);
    }

    /** Bytes of the activations of a pair and their gradients. */
    private static int bytesPerPair(Backend backend, List<Integer> widths) {
        long hidden = 0;
        for (int layer = 0; layer < kept(backend, widths); layer++) {
            hidden += backend.operandBytes(1, widths.get(layer));
        }
        return Math.toIntExact(2 * hidden);
    }

    /** Pairs that a pass over so many should have in memory at once. */
    public static int capacity(Backend backend, List<Integer> widths, long pairs) {
        return (int) Math.min(backend.pairsAtOnce(bytesPerPair(backend, widths)), pairs);
    }

    /** Bytes that a pass with a backward half holds, for at most so many states on either side and so many pairs at a time. */
    public static long bytes(Backend backend, List<Integer> widths, int rows, int capacity) {
        // The gradients of the projections are operands too where all pairs go back at once.
        return 2 * backend.operandBytes(rows, widths.get(0))
                + 2L * Float.BYTES * rows * widths.get(0)
                + (long) bytesPerPair(backend, widths) * capacity;
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
            Tensor met = activations.get(0).rowRange(0, pairs);
            backend.linearPairs(y, critic.weightY().operand(), projectedX, permuted, projectedY, met);
            layersFrom(1, pairs, scores);
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
        boolean shared = tailFrom > 1 && critic.layers() > 2;
        try (Tensor products = shared ? backend.allocate(capacity, critic.width(1)) : null) {
            for (Portion portion : PairPortions.of(pairings, capacity)) {
                int n = portion.rows();
                pairs(portion);
                if (shared) {
                    Tensor in = activations.get(0).rowRange(0, n);
                    backend.linear(
                            in, critic.weight(1).operand(), Layout.OUT_IN, Epilogue.NONE, products.rowRange(0, n));
                }
                for (int i = 0; i < networks; i++) {
                    use.accept(i);
                    if (shared) {
                        // each row of the products with the one row of the bias: their sum under LeakyReLU
                        PairPiece rows = new PairPiece(new Pairing.AllPairs(n, 1), 0);
                        backend.pairRows(
                                products.rowRange(0, n),
                                critic.bias(1).value(),
                                rows,
                                activations.get(1).rowRange(0, n));
                    }
                    layersFrom(shared ? 2 : 1, n, scores.rowRange(0, n));
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
            Tensor gradient = backward(portion, portion.of(scoreGradients), beta);
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
        backend.product(towardsX, true, x, false, 0, critic.weightX().gradient());
        backend.product(
                towardsY,
                true,
                y,
                false,
                critic.aligned() ? 1 : 0,
                critic.weightY().gradient());
        backend.columnSums(towardsX, 0, critic.bias(0).gradient());
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
            for (Tensor activation : activations) {
                gradients.add(own(backend.allocateOperand(activation.rows(), activation.columns())));
            }
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
        layersFrom(1, portion.rows(), scores);
    }

    private void pairs(Portion portion) {
        projectY();
        for (Segment segment : portion.segments()) {
            backend.pairRows(projectedX, projectedY, segment.piece(), segment.of(activations.get(0)));
        }
    }

    /** From the outputs of the layer before {@code first} to the scores of n pairs. */
    private void layersFrom(int first, int n, Tensor scores) {
        int last = critic.layers() - 1;
        for (int layer = first; layer < tailFrom; layer++) {
            Epilogue epilogue = new Epilogue(
                    critic.bias(layer).value(), layer == last ? Activation.IDENTITY : Activation.LEAKY_RELU, false);
            Tensor in = activations.get(layer - 1).rowRange(0, n);
            Tensor out = layer == last ? scores : activations.get(layer).rowRange(0, n);
            backend.linear(in, critic.weight(layer).operand(), Layout.OUT_IN, epilogue, out);
        }
        if (tailFrom <= last) {
            backend.tailForward(activations.get(tailFrom - 1).rowRange(0, n), tailWeights, tailBiases, scores);
        }
    }

    /** The gradient of the sums of projections, before LeakyReLU, [pairs of the portion, width 0]. */
    private Tensor backward(Portion portion, Tensor scoreGradients, float beta) {
        int n = portion.rows();
        Tensor gradient = scoreGradients;
        if (tailFrom < critic.layers()) {
            Tensor in = activations.get(tailFrom - 1).rowRange(0, n);
            gradient = gradients.get(tailFrom - 1).rowRange(0, n);
            backend.tailBackward(in, tailWeights, tailBiases, scoreGradients, beta, gradient);
        }
        for (int layer = tailFrom - 1; layer >= 1; layer--) {
            Parameter weight = critic.weight(layer);
            Tensor in = activations.get(layer - 1).rowRange(0, n);
            backend.product(gradient, true, in, false, beta, weight.gradient());
            backend.columnSums(gradient, beta, critic.bias(layer).gradient());
            Tensor before = gradients.get(layer - 1).rowRange(0, n);
            backend.inputGradient(gradient, weight.operand(), in, before);
            gradient = before;
        }
        return gradient;
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
        for (Tensor tensor : owned) {
            tensor.close();
        }
        owned.clear();
    }
}
