package org.ieengine.cli.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;

class SequenceDrawTest {
    /** Sequence i holds 2 i and 2 i + 1. */
    private static final TokenMatrix TEN =
            new TokenMatrix(IntStream.range(0, 20).toArray(), 10, 2);

    @Test
    void shouldKeepWholeSequencesInTheirOrder() {
        TokenMatrix drawn = SequenceDraw.of(TEN, 4, 1);

        assertThat(drawn.sequences()).isEqualTo(4);
        int before = -1;
        for (int i = 0; i < 4; i++) {
            assertThat(drawn.id(i, 0)).isGreaterThan(before).isEven();
            assertThat(drawn.id(i, 1)).isEqualTo(drawn.id(i, 0) + 1);
            before = drawn.id(i, 0);
        }
        assertThat(SequenceDraw.of(TEN, 4, 1)).isEqualTo(drawn);
        assertThat(SequenceDraw.of(TEN, 10, 1)).isSameAs(TEN);
    }

    @Test
    void shouldDrawEverySequenceForSomeSeed() {
        Set<Integer> seen = new HashSet<>();
        for (int seed = 0; seed < 40; seed++) {
            seen.add(SequenceDraw.of(TEN, 1, seed).id(0, 0));
        }
        // A sequence is missed by all of 40 seeds with probability 0.9^40 = 0.015; these seeds miss none.
        assertThat(seen).hasSize(10);
    }

    @Test
    void shouldPutATokenBeforeEachSequence() {
        TokenMatrix longer = SequenceDraw.withFirst(TEN, 99);

        assertThat(longer.tokens()).isEqualTo(3);
        assertThat(longer.sequence(3)).containsExactly(99, 6, 7);
    }
}
