package org.ieengine.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.ieengine.engine.cuda.TailPlan.Form;
import org.junit.jupiter.api.Test;

/** What the fused tail needs of a device; sizes counted by hand from the layout that the kernels say. */
class TailPlanTest {
    private static final TailPlan PUBLISHED = new TailPlan(List.of(96, 48, 24, 12, 6, 3, 1));

    @Test
    void memoryOfTheHalvesOfThePublishedTail() {
        int weights = 2 * (48 * 104 + 32 * 56 + 16 * 40 + 3 * 16 * 24);
        int values = 64 * (104 + 2 * (56 + 40 + 4 * 24));
        int biases = 48 + 24 + 12 + 6 + 3 + 1;

        assertThat(PUBLISHED.forwardBytes(Form.HALVES)).isEqualTo(2 * (weights + values) + 4 * biases);
        assertThat(PUBLISHED.backwardBytes(Form.HALVES)).isEqualTo(PUBLISHED.forwardBytes(Form.HALVES));
    }

    /** Compute capability 8.6 and 8.9 have 99 KB for a block, 7.5 has 64; 9.0 has 227 for two of them. */
    @Test
    void thePublishedTailFitsWhereABlockHas99Kilobytes() {
        assertThat(PUBLISHED.fits(Form.HALVES, 99 << 10)).isTrue();
        assertThat(PUBLISHED.fits(Form.HALVES, 96 << 10)).isFalse();
        assertThat(2 * PUBLISHED.backwardBytes(Form.HALVES)).isLessThan(225 << 10);
    }

    /** 96 to 96 is 6 x 7 pieces of 16 x 16, one of the seven for the bias; to 1 another 7, 49 together: two layers of 96 are 91. */
    @Test
    void moreGradientsThanTheWarpsOfABlockCanHoldDoNotFit() {
        int enough = 1 << 20;

        assertThat(new TailPlan(List.of(96, 96, 1)).fits(Form.HALVES, enough)).isTrue();
        assertThat(new TailPlan(List.of(96, 96, 96, 1)).fits(Form.HALVES, enough))
                .isFalse();
        assertThat(new TailPlan(List.of(96, 96, 96, 1)).fits(Form.FLOATS, enough))
                .isTrue();
    }

    @Test
    void eightLayersThatEndInOneScore() {
        TailPlan nine = new TailPlan(Collections.nCopies(10, 1));

        for (Form form : Form.values()) {
            assertThat(nine.fits(form, 1 << 20)).isFalse();
            assertThat(new TailPlan(Collections.nCopies(9, 1)).fits(form, 1 << 20))
                    .isTrue();
            assertThat(new TailPlan(List.of(8, 2)).fits(form, 1 << 20)).isFalse();
        }
    }
}
