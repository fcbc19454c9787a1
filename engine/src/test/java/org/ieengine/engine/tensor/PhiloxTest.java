package org.ieengine.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Against the vectors published with Random123 (kat_vectors, philox4x32 10) and the laws of what is drawn. */
class PhiloxTest {
    private static void check(int[] counter, int key0, int key1, int... expected) {
        Philox.rounds(counter, key0, key1);
        assertThat(counter).containsExactly(expected);
    }

    @Test
    void agreesWithThePublishedVectors() {
        check(new int[4], 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        check(new int[] {-1, -1, -1, -1}, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        check(
                new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                0xa4093822,
                0x299f31d0,
                0xd16cfe09,
                0x94fdcceb,
                0x5001e420,
                0x24126ea1);
    }

    @Test
    void wordsAreTheBlocksOfTheCounterInOrder() {
        Philox stream = new Philox(0x299f31d0_a4093822L, 7, 3, 5, 11);
        int[] block = {2, 11, 3 << 16 | 5, 7};
        Philox.rounds(block, 0xa4093822, 0x299f31d0);
        for (int i = 3; i >= 0; i--) {
            assertThat(stream.word(8 + i)).isEqualTo(block[i]);
        }
    }

    @Test
    void everyPartOfTheKeyMatters() {
        int[] first = {
            new Philox(1, 2, 3, 4, 5).word(0),
            new Philox(9, 2, 3, 4, 5).word(0),
            new Philox(1L << 40 | 1, 2, 3, 4, 5).word(0),
            new Philox(1, 9, 3, 4, 5).word(0),
            new Philox(1, 2, 9, 4, 5).word(0),
            new Philox(1, 2, 3, 9, 5).word(0),
            new Philox(1, 2, 3, 4, 9).word(0)
        };
        assertThat(Arrays.stream(first).distinct().count()).isEqualTo(first.length);
    }

    @Test
    void normalsHaveMeanZeroVarianceOneAndTheRightTails() {
        Philox stream = new Philox(42, 0, 0, 0, 0);
        int n = 200_000;
        double sum = 0;
        double squares = 0;
        int beyond = 0;
        for (int i = 0; i < n; i++) {
            double z = stream.normal(i);
            sum += z;
            squares += z * z;
            beyond += Math.abs(z) > 1.959964 ? 1 : 0;
        }
        // five standard errors
        assertThat(sum / n).isCloseTo(0, within(5 / Math.sqrt(n)));
        assertThat(squares / n).isCloseTo(1, within(5 * Math.sqrt(2d / n)));
        assertThat(beyond / (double) n).isCloseTo(0.05, within(5 * Math.sqrt(0.05 * 0.95 / n)));
    }

    @Test
    void anotherStepOfAStreamIsTheStreamOfThatStep() {
        for (long seed : new long[] {5, -1L << 31, 0x8000_0001_FFFF_FFF0L}) {
            Philox other = new Philox(seed, 77, 65_535, 40_000, 3).atStep(9);
            Philox expected = new Philox(seed, 77, 65_535, 40_000, 9);
            for (int i = 0; i < 9; i++) {
                assertThat(other.word(i)).isEqualTo(expected.word(i));
            }
        }
    }

    @Test
    void integersAreSpreadEvenlyAndShufflesKeepEveryValue() {
        Philox stream = new Philox(7, 1, 0, 0, 0);
        int[] counts = new int[10];
        for (int i = 0; i < 100_000; i++) {
            counts[stream.below(10, i)]++;
        }
        assertThat(Arrays.stream(counts)).allMatch(c -> Math.abs(c - 10_000) < 500);
        int[] values = new int[1000];
        Arrays.setAll(values, i -> i);
        int[] shuffled = values.clone();
        stream.shuffle(shuffled);
        assertThat(shuffled).isNotEqualTo(values);
        assertThat(shuffled).containsExactlyInAnyOrder(values);
    }
}
