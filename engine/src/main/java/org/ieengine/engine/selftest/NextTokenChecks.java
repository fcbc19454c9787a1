package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;

/** What logits say of given next tokens. */
final class NextTokenChecks {
    /** Exponentials of float32; the processor's have a relative error of 1e-5 each. */
    private static final double TOLERANCE = 1e-5;

    private static final int PAIRS = 37;

    private final SelftestScale scale;

    NextTokenChecks(SelftestScale scale) {
        this.scale = scale;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        List<Integer> vocabularies = new ArrayList<>(scale.widths());
        vocabularies.add(scale == SelftestScale.FULL ? 50_257 : scale.scores());
        if (scale == SelftestScale.FULL) {
            vocabularies.add(262_144);
        }
        for (int vocabulary : vocabularies) {
            for (double size : new double[] {0, 3, 1e4}) {
                String shape = PAIRS + " of [7, " + vocabulary + "], logits up to " + (int) (2.5 * size);
                checks.add(new Check("next token", shape, TOLERANCE, trial -> nextToken(trial, vocabulary, size)));
            }
        }
        return checks;
    }

    /** Every second target has the greatest logit of its row, the first of several; with size 0 all logits are equal. */
    private static double nextToken(Trial trial, int vocabulary, double size) {
        float[] logits = trial.values(7L * vocabulary, size);
        int[] rows = new int[PAIRS];
        int[] targets = new int[PAIRS];
        for (int i = 0; i < PAIRS; i++) {
            rows[i] = i < 5 ? 3 : trial.below(7);
            targets[i] = i % 2 == 0 ? firstGuess(logits, rows[i], vocabulary) : trial.below(vocabulary);
        }
        Trial.Placed out = trial.output(PAIRS, 2);
        trial.backend()
                .nextToken(trial.input(logits, vocabulary), trial.indices(rows), trial.indices(targets), out.view());
        return trial.error(out, (pair, values, scales) -> {
            int guess = firstGuess(logits, rows[pair], vocabulary);
            double greatest = logits[rows[pair] * vocabulary + guess];
            double sum = 0;
            for (int c = 0; c < vocabulary; c++) {
                sum += Math.exp(logits[rows[pair] * vocabulary + c] - greatest);
            }
            values[0] = greatest + Math.log(sum) - logits[rows[pair] * vocabulary + targets[pair]];
            values[1] = guess == targets[pair] ? 1 : 0;
            scales[0] = 1 + values[0];
        });
    }

    private static int firstGuess(float[] logits, int row, int vocabulary) {
        int best = 0;
        for (int c = 1; c < vocabulary; c++) {
            best = logits[row * vocabulary + c] > logits[row * vocabulary + best] ? c : best;
        }
        return best;
    }
}
