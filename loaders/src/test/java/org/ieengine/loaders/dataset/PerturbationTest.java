package org.ieengine.loaders.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.ieengine.loaders.dataset.Perturbation.Kind;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PerturbationTest {
    private static final int[] ORDINARY = IntStream.range(10, 60).toArray();

    /** Rows of different tokens: row r holds 100 r, 100 r + 1, and so on. */
    private static TokenMatrix distinctRows(int rows, int tokens) {
        int[] ids = new int[rows * tokens];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i / tokens * 100 + i % tokens;
        }
        return new TokenMatrix(ids, rows, tokens);
    }

    private static long changed(TokenMatrix before, TokenMatrix after, int row) {
        return IntStream.range(0, before.tokens())
                .filter(t -> before.id(row, t) != after.id(row, t))
                .count();
    }

    private static int[] sorted(int[] ids) {
        int[] copy = ids.clone();
        Arrays.sort(copy);
        return copy;
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void rateZeroChangesNothing(Kind kind) {
        TokenMatrix tokens = distinctRows(20, 7);

        assertThat(new Perturbation(kind, 0, false, 1).apply(tokens, ORDINARY)).isEqualTo(tokens);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theSameSeedDamagesAlikeAndAnotherOtherwise(Kind kind) {
        TokenMatrix tokens = distinctRows(50, 9);
        TokenMatrix once = new Perturbation(kind, 0.7, false, 5).apply(tokens, ORDINARY);

        assertThat(new Perturbation(kind, 0.7, false, 5).apply(tokens, ORDINARY))
                .isEqualTo(once);
        assertThat(new Perturbation(kind, 0.7, false, 6).apply(tokens, ORDINARY))
                .isNotEqualTo(once);
        assertThat(tokens).isEqualTo(distinctRows(50, 9));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void equalSequencesAreDamagedAlikeWhereverTheyStand(Kind kind) {
        int[] row = {3, 1, 4, 1, 5, 9, 2, 6};
        int[] ids = new int[5 * row.length];
        for (int r = 0; r < 5; r++) {
            System.arraycopy(r == 2 ? new int[] {1, 2, 3, 4, 5, 6, 7, 8} : row, 0, ids, r * row.length, row.length);
        }
        TokenMatrix damaged = new Perturbation(kind, 1, false, 0).apply(new TokenMatrix(ids, 5, row.length), ORDINARY);

        for (int r : new int[] {1, 3, 4}) {
            assertThat(damaged.sequence(r)).isEqualTo(damaged.sequence(0));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theFirstTokenStaysWhereItIsABeginning(Kind kind) {
        TokenMatrix tokens = distinctRows(40, 6);
        TokenMatrix damaged = new Perturbation(kind, 1, true, 3).apply(tokens, ORDINARY);

        for (int row = 0; row < 40; row++) {
            assertThat(damaged.id(row, 0)).isEqualTo(tokens.id(row, 0));
            if (kind == Kind.REPEAT) {
                assertThat(damaged.sequence(row)).containsOnlyOnce(tokens.id(row, 0));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0.1,1", "0.25,3", "0.5,5", "0.96,10", "1,10"})
    void replacesExactlyTheShareOfThePositions(double rate, long count) {
        TokenMatrix tokens = distinctRows(30, 10);
        TokenMatrix damaged = new Perturbation(Kind.REPLACE, rate, false, 2).apply(tokens, ORDINARY);

        for (int row = 0; row < 30; row++) {
            assertThat(changed(tokens, damaged, row)).isEqualTo(count);
        }
    }

    @Test
    void positionsOfALowRateAreAmongThoseOfAHighOne() {
        TokenMatrix tokens = distinctRows(30, 10);
        TokenMatrix some = new Perturbation(Kind.REPLACE, 0.3, false, 2).apply(tokens, ORDINARY);
        TokenMatrix more = new Perturbation(Kind.REPLACE, 0.6, false, 2).apply(tokens, ORDINARY);

        for (int i = 0; i < tokens.ids().length; i++) {
            if (some.ids()[i] != tokens.ids()[i]) {
                assertThat(more.ids()[i]).isEqualTo(some.ids()[i]);
            }
        }
    }

    @Test
    void replacesByEveryOtherOrdinaryIdEquallyOften() {
        int[] ids = new int[40_000];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i % 2 == 0 ? 12 : 100_000 + i;
        }
        TokenMatrix damaged = new Perturbation(Kind.REPLACE, 1, false, 0)
                .apply(new TokenMatrix(ids, ids.length / 4, 4), new int[] {11, 12, 13});
        long[] counts = new long[14];
        for (int i = 0; i < ids.length; i += 2) {
            counts[damaged.ids()[i]]++;
        }
        long[] foreign = new long[14];
        for (int i = 1; i < ids.length; i += 2) {
            foreign[damaged.ids()[i]]++;
        }

        assertThat(counts[12]).isZero();
        // 20,000 fair draws of 2 (of 3): five standard deviations are 354 (333).
        assertThat(counts[11]).isCloseTo(10_000, within(354L));
        for (int id = 11; id < 14; id++) {
            assertThat(foreign[id]).isCloseTo(6_667, within(334L));
        }
    }

    @Test
    void aFullShuffleReachesEveryOrderEquallyOften() {
        int rows = 6_000;
        int[] ids = new int[rows * 4];
        for (int row = 0; row < rows; row++) {
            ids[row * 4] = 10 + row;
            ids[row * 4 + 1] = 1;
            ids[row * 4 + 2] = 2;
            ids[row * 4 + 3] = 3;
        }
        TokenMatrix tokens = new TokenMatrix(ids, rows, 4);
        TokenMatrix damaged = new Perturbation(Kind.SHUFFLE, 1, true, 0).apply(tokens, new int[0]);
        int[] orders = new int[6];
        for (int row = 0; row < rows; row++) {
            int[] tail = Arrays.copyOfRange(damaged.sequence(row), 1, 4);
            orders[2 * (tail[0] - 1) + (tail[1] < tail[2] ? 0 : 1)]++;
        }

        // Five standard deviations of 6,000 draws of one in six: 144.
        assertThat(Arrays.stream(orders)).allSatisfy(count -> assertThat(count).isCloseTo(1_000, within(144)));
    }

    @Test
    void shufflingMovesOnlyTheChosenTokens() {
        TokenMatrix tokens = distinctRows(200, 10);
        TokenMatrix damaged = new Perturbation(Kind.SHUFFLE, 0.3, false, 2).apply(tokens, new int[0]);
        Set<Long> counts = new HashSet<>();

        for (int row = 0; row < 200; row++) {
            assertThat(sorted(damaged.sequence(row))).isEqualTo(sorted(tokens.sequence(row)));
            counts.add(changed(tokens, damaged, row));
        }
        assertThat(counts).containsExactlyInAnyOrder(0L, 2L, 3L);
    }

    @Test
    void repeatsOneTokenOfTheSequence() {
        TokenMatrix tokens = distinctRows(100, 8);
        TokenMatrix half = new Perturbation(Kind.REPEAT, 0.5, false, 2).apply(tokens, new int[0]);
        TokenMatrix whole = new Perturbation(Kind.REPEAT, 1, false, 2).apply(tokens, new int[0]);

        for (int row = 0; row < 100; row++) {
            assertThat(Arrays.stream(whole.sequence(row)).distinct()).hasSize(1);
            assertThat(tokens.sequence(row)).contains(whole.id(row, 0));
            // Four of eight overwritten: the token may be one of them, or a fifth.
            assertThat(changed(tokens, half, row)).isBetween(3L, 4L);
            assertThat(Arrays.stream(half.sequence(row)).distinct().count()).isBetween(4L, 5L);
        }
    }

    @Test
    void refusesARateThatIsNoShareAndAVocabularyOfOne() {
        assertThatThrownBy(() -> new Perturbation(Kind.SHUFFLE, 1.1, false, 0)).hasMessageContaining("--rate 1.1");
        assertThatThrownBy(() -> new Perturbation(Kind.SHUFFLE, Double.NaN, false, 0))
                .hasMessageContaining("--rate NaN");
        assertThatThrownBy(() -> new Perturbation(Kind.REPLACE, 0.5, false, 0).apply(distinctRows(1, 2), new int[] {5}))
                .hasMessageContaining("at least 2");
    }
}
