package org.ieengine.engine.ie;

import java.util.Arrays;
import java.util.function.Function;
import org.ieengine.engine.ie.NextTokens.Pairs;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.TrainingListener.TrainingProgress;
import org.ieengine.engine.model.OperandRows;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.ModelConfig;

/**
 * What states say of the tokens that come next, through the model's own final norm and head: each distinct state once, some at a
 * time, so that logits never take more than {@link #bytes}.
 */
final class NextTokenLoss {
    /** Logits at once, unless fewer rows than this are. */
    private static final long LOGIT_BYTES = 32L << 20;

    private static final int FEWEST_ROWS = 64;

    private final Transformer model;
    private final Backend backend;
    private final int rowsAtOnce;

    /** @param model its head is uploaded when it is needed first */
    NextTokenLoss(Transformer model, Backend backend, int rowsAtOnce) {
        this.model = model;
        this.backend = backend;
        this.rowsAtOnce = rowsAtOnce;
    }

    /**
     * What was found for pairs of a state and a token.
     *
     * @param bits [pairs] -log2 of the probability that the state gives the token
     * @param first [pairs] whether it is the first guess
     */
    record Losses(double[] bits, boolean[] first) {}

    /** States that are taken at once: a rule of the vocabulary alone, but no more than a micro-batch has. */
    static int rowsAtOnce(ModelConfig config, int batchRows) {
        long rows = LOGIT_BYTES / (Float.BYTES * (long) config.vocabulary());
        return (int) Math.min(batchRows, Math.max(FEWEST_ROWS, rows));
    }

    /** Bytes of the final norm and the head. */
    static long headBytes(ModelConfig config, OperandRows operands) {
        return config.vocabulary() * operands.bytes(config.width()) + Float.BYTES * 2L * config.width();
    }

    /** Bytes of the states and logits at work and of what is found, beside the head. */
    static long bytes(ModelConfig config, OperandRows operands, NextTokens tokens, int batchRows) {
        int distinct = Math.max(tokens.macro().distinctRows(), tokens.micro().distinctRows());
        long rows = Math.min(distinct, rowsAtOnce(config, batchRows));
        long pairs = Math.max(tokens.macro().rows().length, tokens.micro().rows().length);
        return Float.BYTES * (rows * ((long) config.width() + config.vocabulary()) + 4 * pairs)
                + rows * operands.bytes(config.width());
    }

    /**
     * Losses of all pairs.
     *
     * @param states gives the states of rows of the stream, to be closed here
     * @param weights the model directory as the user named it, for messages
     * @param listener told after each part; may throw to stop
     * @throws InputException when a logit is not finite
     */
    Losses of(Pairs pairs, Function<int[], Tensor> states, String weights, TrainingListener listener) {
        int[] distinct = Arrays.stream(pairs.rows()).distinct().toArray();
        Losses losses = new Losses(new double[pairs.rows().length], new boolean[pairs.rows().length]);
        int pair = 0;
        for (int from = 0; from < distinct.length; from += rowsAtOnce) {
            int[] rows = Arrays.copyOfRange(distinct, from, Math.min(distinct.length, from + rowsAtOnce));
            int end = pair;
            while (end < pairs.rows().length && pairs.rows()[end] <= rows[rows.length - 1]) {
                end++;
            }
            try (Tensor chosen = states.apply(rows)) {
                read(pairs, rows, chosen, new Range(pair, end), losses);
            }
            requireFinite(losses, pair, end, weights);
            pair = end;
            listener.step(
                    new TrainingProgress(from + rows.length, distinct.length, from + (long) rows.length, Double.NaN));
        }
        return losses;
    }

    private record Range(int from, int to) {
        int count() {
            return to - from;
        }
    }

    private void read(Pairs pairs, int[] rows, Tensor chosen, Range range, Losses losses) {
        int[] local = new int[range.count()];
        Arrays.setAll(local, i -> Arrays.binarySearch(rows, pairs.rows()[range.from + i]));
        float[] found = new float[2 * range.count()];
        try (Tensor normed = backend.allocateOperand(rows.length, model.config().width());
                Tensor logits = backend.allocate(rows.length, model.config().vocabulary());
                Tensor out = backend.allocate(range.count(), 2);
                Indices row = backend.indices(local);
                Indices target = backend.indices(Arrays.copyOfRange(pairs.targets(), range.from, range.to))) {
            model.finalNorm(chosen, normed);
            model.logits(normed, logits);
            backend.nextToken(logits, row, target, out);
            backend.read(out, 0, range.count(), found);
        }
        for (int i = 0; i < range.count(); i++) {
            losses.bits[range.from + i] = found[2 * i] / Math.log(2);
            losses.first[range.from + i] = found[2 * i + 1] == 1;
        }
    }

    private static void requireFinite(Losses losses, int from, int to, String weights) {
        for (int i = from; i < to; i++) {
            if (!Double.isFinite(losses.bits[i])) {
                throw new InputException(
                        weights,
                        "output head",
                        "a logit is not finite; check the weights of the final norm and the head (NaN, infinity, or"
                                + " magnitudes that overflow float32), or leave it out with --prediction off");
            }
        }
    }
}
