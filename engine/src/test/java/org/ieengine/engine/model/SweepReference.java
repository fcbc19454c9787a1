package org.ieengine.engine.model;

import java.util.SplittableRandom;
import org.ieengine.engine.model.reference.ReferenceStates;
import org.ieengine.engine.model.reference.ReferenceTransformer;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.text.TokenMatrix;

/** Sequences that share beginnings, and what a sweep over them must give. */
public final class SweepReference {
    /** float32 against float64 with values of a few units. */
    private static final double TOLERANCE = 5e-5;

    private SweepReference() {}

    /** Every state of a sweep in batches of at most so many rows is that of the sequence alone in float64. */
    public static void assertAgrees(Backend backend, ModelWeights weights, TokenMatrix tokens, int maxRows) {
        SweptStates swept = SweptStates.of(weights, backend, tokens, maxRows);
        for (int sequence = 0; sequence < tokens.sequences(); sequence++) {
            ReferenceStates expected = ReferenceTransformer.of(weights).forward(tokens.sequence(sequence));
            for (int position = 0; position < tokens.tokens(); position++) {
                for (int l = 0; l <= weights.config().layers(); l++) {
                    assertClose(swept.state(l, sequence, position), expected.hiddenStates()[l][position]);
                }
                assertClose(swept.row(swept.finalNorm(), sequence, position), expected.finalNorm()[position]);
                assertClose(swept.row(swept.logits(), sequence, position), expected.logits()[position]);
            }
        }
    }

    private static void assertClose(double[] computed, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertClose(computed[i], expected[i]);
        }
    }

    static void assertClose(double computed, double expected) {
        // Plain comparison, not an assertion library call, for millions of values; NaN fails.
        if (!(Math.abs(computed - expected) <= TOLERANCE * Math.max(1, Math.abs(expected)))) {
            throw new AssertionError("computed " + computed + ", expected " + expected);
        }
    }

    /** Sequences of which every third repeats an earlier one, and the others share beginnings of all lengths. */
    public static TokenMatrix sharing(int sequences, int length, int vocabulary) {
        SplittableRandom random = new SplittableRandom(5);
        int[] ids = random.ints((long) sequences * length, 0, vocabulary).toArray();
        for (int sequence = 1; sequence < sequences; sequence++) {
            int shared = sequence % 3 == 0 ? length : random.nextInt(length);
            int from = random.nextInt(sequence);
            System.arraycopy(ids, from * length, ids, sequence * length, shared);
        }
        return new TokenMatrix(ids, sequences, length);
    }
}
