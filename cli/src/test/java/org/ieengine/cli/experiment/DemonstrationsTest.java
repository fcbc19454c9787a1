package org.ieengine.cli.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class DemonstrationsTest {
    /** 25 countries in lists of 4: 303,600 choices, 18.212 bits, less half of log2 25. */
    @Test
    void shouldKnowTheExactIeOfEveryOrderedChoice() {
        List<Double> bits = new Demonstrations(List.of(1, 3, 5, 7), 25).exactOfEveryChoice();

        assertThat(bits).hasSize(4);
        assertThat(bits.get(0)).isCloseTo(Math.log(25) / Math.log(2) / 2, within(1e-12));
        assertThat(bits.get(3)).isCloseTo(15.890, within(5e-4));
    }

    @Test
    void shouldCountABeginningOfSequenceTokenAsOneWithoutInformation() {
        List<Double> bits = new Demonstrations(List.of(2, 4), 4).exactOfEveryChoice();

        assertThat(bits.get(0)).isCloseTo(2 - 2 / 3.0, within(1e-12));
        assertThat(bits.get(1)).isCloseTo(Math.log(12) / Math.log(2) - 4 / 5.0, within(1e-12));
    }

    @Test
    void shouldSayNothingWhereThereAreNoLists() {
        assertThat(new Demonstrations(List.of(1, 3), 0).exactOfEveryChoice()).isEmpty();
        assertThat(Demonstrations.NONE.exactOfEveryChoice()).isEmpty();
    }
}
