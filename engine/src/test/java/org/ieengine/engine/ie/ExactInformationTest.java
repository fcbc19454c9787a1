package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;

class ExactInformationTest {
    private static final int COMMA = 99;

    /** Every ordered choice of k of n entities, each followed by a comma: [n! / (n-k)!, 2 k]. */
    static TokenMatrix lists(int entities, int shots) {
        List<int[]> found = new ArrayList<>();
        choose(new int[2 * shots], 0, new boolean[entities], found);
        return matrix(found);
    }

    private static void choose(int[] sequence, int shot, boolean[] taken, List<int[]> found) {
        if (2 * shot == sequence.length) {
            found.add(sequence.clone());
            return;
        }
        for (int entity = 0; entity < taken.length; entity++) {
            if (!taken[entity]) {
                taken[entity] = true;
                sequence[2 * shot] = entity;
                sequence[2 * shot + 1] = COMMA;
                choose(sequence, shot + 1, taken, found);
                taken[entity] = false;
            }
        }
    }

    static TokenMatrix matrix(List<int[]> sequences) {
        int tokens = sequences.get(0).length;
        int[] ids = new int[sequences.size() * tokens];
        for (int i = 0; i < sequences.size(); i++) {
            System.arraycopy(sequences.get(i), 0, ids, i * tokens, tokens);
        }
        return new TokenMatrix(ids, sequences.size(), tokens);
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }

    @Test
    void listsOfThePublishedExperimentsHaveTheirKnownBits() {
        // Entities, shots, macro at the end, mean micro, exact IE: the table of the estimation notes.
        for (double[] row : new double[][] {
            {25, 4, 18.212, 2.322, 15.890}, {16, 5, 19.000, 2.000, 17.000}, {15, 5, 18.459, 1.953, 16.506}
        }) {
            TokenMatrix lists = lists((int) row[0], (int) row[1]);
            IeResult.Ceiling ceiling = new ExactInformation(new PrefixTree(lists)).ceiling();
            assertThat(ceiling.macroBits()).isCloseTo(row[2], within(6e-4));
            assertThat(ceiling.ieBits()).isCloseTo(row[4], within(6e-4));
            assertThat(ceiling.macroBits() - ceiling.ieBits()).isCloseTo(row[3], within(6e-4));
        }
    }

    @Test
    void blockZeroSeesTheLastTokenOnlyAndLaterBlocksThePrefix() {
        ExactInformation exact = new ExactInformation(new PrefixTree(lists(5, 2)));
        assertThat(exact.macroBits(0, 3)).isZero();
        assertThat(exact.macroBits(0, 2)).isCloseTo(log2(5), within(1e-12));
        assertThat(exact.macroBits(1, 3)).isCloseTo(log2(20), within(1e-12));
        assertThat(exact.macroBits(7, 2)).isCloseTo(log2(20), within(1e-12));
        assertThat(exact.macroBits(1, 1)).isCloseTo(log2(5), within(1e-12));
        assertThat(exact.microBits(0)).isCloseTo(log2(5), within(1e-12));
        assertThat(exact.microBits(1)).isZero();
        assertThat(exact.distinctTokens(2)).isEqualTo(5);
    }

    @Test
    void repeatsCountAndOrderDoesNot() {
        Random random = new Random(5);
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            sequences.add(new int[] {random.nextInt(3), random.nextInt(4), random.nextInt(2)});
        }
        IeResult.Ceiling one = new ExactInformation(new PrefixTree(matrix(sequences))).ceiling();
        Collections.shuffle(sequences, random);
        IeResult.Ceiling other = new ExactInformation(new PrefixTree(matrix(sequences))).ceiling();
        assertThat(other).isEqualTo(one);
        // Entropy by counting in a map.
        Map<String, Integer> counts = new HashMap<>();
        sequences.forEach(s -> counts.merge(Arrays.toString(s), 1, Integer::sum));
        double entropy = counts.values().stream()
                .mapToDouble(c -> -c / 500.0 * log2(c / 500.0))
                .sum();
        assertThat(one.macroBits()).isCloseTo(entropy, within(1e-12));
    }
}
