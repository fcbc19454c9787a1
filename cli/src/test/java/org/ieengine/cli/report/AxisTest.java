package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class AxisTest {
    private static List<String> written(Axis axis) {
        return axis.ticks().stream().map(NumberText::plain).toList();
    }

    @Test
    void ticksOfBitsStartAtZeroAndEndAboveTheLargestValue() {
        assertThat(written(Axis.fromZero(4.2, 13, 5))).containsExactly("0", "5", "10", "15");
        assertThat(written(Axis.fromZero(0, 0.37, 5))).containsExactly("0", "0.1", "0.2", "0.3", "0.4");
        assertThat(written(Axis.fromZero(-0.5, 2.1, 5))).containsExactly("0", "1", "2", "3");
    }

    @Test
    void valuesBelowZeroLieInsideTheAxis() {
        assertThat(Axis.fromZero(-0.08, 4.5, 5).low()).isBetween(-0.5, -0.08);
        assertThat(Axis.fromZero(-7, -1, 5).high()).isEqualTo(0);
        assertThat(Axis.fromZero(-7, -1, 5).low()).isLessThan(-7);
    }

    @Test
    void allZeroAndTinyRangesStillHaveAnAxis() {
        assertThat(Axis.fromZero(0, 0, 5).high()).isPositive();
        assertThat(Axis.fromZero(0, 1e-300, 5).high()).isPositive();
    }

    @Test
    void blocksHaveTicksAtWholeNumbersOnly() {
        assertThat(written(Axis.whole(0, 3))).containsExactly("0", "1", "2", "3");
        assertThat(written(Axis.whole(0, 11))).containsExactly("0", "2", "4", "6", "8", "10");
        assertThat(written(Axis.whole(5, 5))).containsExactly("5");
        assertThat(written(Axis.whole(0, 47))).containsExactly("0", "10", "20", "30", "40");
    }

    @Test
    void anAxisWithoutLengthIsRefused() {
        assertThatThrownBy(() -> new Axis(1, 1, List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Axis(0, Double.NaN, List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
