package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ieengine.loaders.dataset.EntityList;
import org.ieengine.loaders.dataset.IclLists;
import org.ieengine.loaders.dataset.IclSettings;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactBitsTest {
    private static final double ROUNDING = 1e-12;

    /** Sizes and bits of the paper's lists, to the three decimals of the table in estimation. */
    @ParameterizedTest
    @CsvSource({
        "country,4,303600,18.212,2.322,15.890",
        "animal,5,524160,19.000,2.000,17.000",
        "color,5,360360,18.459,1.953,16.506"
    })
    void everyOrderedChoiceHasTheBitsOfTheTable(
            String name, int shots, int sequences, double macro, double micro, double ie) {
        IclLists lists = IclLists.inPieces(EntityList.of(name), IclSettings.every(shots));
        ExactBits bits = ExactBits.of(lists.pieces());

        assertThat(bits.distinct()).isEqualTo(sequences);
        assertThat(bits.macroAtEnd()).isCloseTo(macro, within(0.0005));
        assertThat(bits.meanMicroBits()).isCloseTo(micro, within(0.0005));
        assertThat(bits.ieBits()).isCloseTo(ie, within(0.0005));
    }

    @Test
    void bitsStepWithEveryEntityAndNeverWithASeparator() {
        ExactBits bits = ExactBits.of(
                IclLists.inPieces(EntityList.of("animal"), IclSettings.every(3)).pieces());

        for (int shot = 0; shot < 3; shot++) {
            double choices = Math.log(16) + (shot > 0 ? Math.log(15) : 0) + (shot > 1 ? Math.log(14) : 0);
            assertThat(bits.macroBits().get(2 * shot)).isCloseTo(choices / Math.log(2), within(ROUNDING));
            assertThat(bits.macroBits().get(2 * shot + 1)).isCloseTo(choices / Math.log(2), within(ROUNDING));
            assertThat(bits.microBits().get(2 * shot)).isCloseTo(4, within(ROUNDING));
            assertThat(bits.microBits().get(2 * shot + 1)).isZero();
        }
    }

    @Test
    void countsRepeats() {
        ExactBits bits = ExactBits.of(new TokenMatrix(new int[] {1, 5, 1, 5, 1, 6, 2, 5}, 4, 2));

        assertThat(bits.distinct()).isEqualTo(3);
        assertThat(bits.macroBits().get(0)).isCloseTo(2 - 0.75 * Math.log(3) / Math.log(2), within(ROUNDING));
        assertThat(bits.macroAtEnd()).isCloseTo(1.5, within(ROUNDING));
        assertThat(bits.ieBits()).isCloseTo(1.5 - bits.meanMicroBits(), within(ROUNDING));
    }
}
