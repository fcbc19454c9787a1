package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleSplitTest {
    private static SampleSplit split(int n, double holdout, int critic) {
        HeldOutSettings settings = HeldOutSettings.standard().withHoldout(holdout);
        return SampleSplit.of(n, settings, CriticDraw.SPLIT.stream(7, 0, 0), critic);
    }

    @Test
    void everySampleHasOnePart() {
        for (int n : new int[] {50, 51, 97, 1000}) {
            for (double holdout : new double[] {0.01, 0.2, 0.5}) {
                for (int critic = 0; critic < 4; critic++) {
                    SampleSplit split = split(n, holdout, critic);
                    int[] all = IntStream.of(split.training()).toArray();
                    all = IntStream.concat(
                                    Arrays.stream(all),
                                    IntStream.concat(Arrays.stream(split.validation()), Arrays.stream(split.test())))
                            .sorted()
                            .toArray();
                    assertThat(all).isEqualTo(IntStream.range(0, n).toArray());
                    assertThat(split.training().length).isPositive();
                }
            }
        }
    }

    @Test
    void sharesAreThoseOfTheSettings() {
        SampleSplit split = split(1000, 0.2, 0);
        assertThat(split.test()).hasSize(200);
        assertThat(split.validation()).hasSize(100);
        assertThat(split.training()).hasSize(700);
    }

    @Test
    void aFewSamplesStillHavePartners() {
        SampleSplit split = split(50, 0.01, 0);
        assertThat(split.test()).hasSize(2);
        assertThat(split.validation()).hasSize(2);
    }

    @Test
    void criticsOfOneSeedAreJudgedByOtherSamples() {
        Set<Integer> judged = new HashSet<>();
        for (int critic = 0; critic < 5; critic++) {
            for (int row : split(1000, 0.2, critic).test()) {
                assertThat(judged.add(row))
                        .as("row %d of critic %d", row, critic)
                        .isTrue();
            }
        }
        assertThat(judged).hasSize(1000);
        // The sixth begins anew.
        assertThat(split(1000, 0.2, 5).test()).isEqualTo(split(1000, 0.2, 0).test());
    }
}
