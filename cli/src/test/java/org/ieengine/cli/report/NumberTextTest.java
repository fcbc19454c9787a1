package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NumberTextTest {
    @Test
    void numbersAreWrittenTheSameEverywhere() {
        assertThat(NumberText.bits(4.6289)).isEqualTo("4.63");
        assertThat(NumberText.bits(-0.126)).isEqualTo("−0.13");
        assertThat(NumberText.bits(-0.001)).isEqualTo("0.00");
        assertThat(NumberText.exactBits(Double.NaN)).isEqualTo("–");
        assertThat(NumberText.percent(0.9765)).isEqualTo("97.7\u00a0%");
        assertThat(NumberText.count(300_000)).isEqualTo("300,000");
        assertThat(NumberText.plain(2.0)).isEqualTo("2");
        assertThat(NumberText.plain(2.8284271)).isEqualTo("2.8284");
        assertThat(NumberText.plain(10)).isEqualTo("10");
        assertThat(NumberText.sigma(2)).isEqualTo("σ\u00a0=\u00a02");
        assertThat(NumberText.sigma(12.247449)).isEqualTo("σ\u00a0=\u00a012.2");
        assertThat(NumberText.sigma(1250)).isEqualTo("σ\u00a0=\u00a01250");
        assertThat(NumberText.sigma(Double.NaN)).isEqualTo("σ\u00a0=\u00a0–");
        assertThat(NumberText.shortCount(842)).isEqualTo("842");
        assertThat(NumberText.shortCount(12_345)).isEqualTo("12.3 k");
        assertThat(NumberText.shortCount(6e9)).isEqualTo("6.00 G");
    }

    @Test
    void rangesPassOverWhatIsAbsent() {
        assertThat(NumberText.range(new double[] {2.314, Double.NaN, 4.02})).isEqualTo("2.31 to 4.02");
        assertThat(NumberText.range(new double[] {2.314, 2.3135})).isEqualTo("2.31");
        assertThat(NumberText.range(new double[] {})).isEqualTo("–");
        assertThat(NumberText.percentRange(new double[] {0.95, 0.991})).isEqualTo("95.0\u00a0% to 99.1\u00a0%");
    }

    @Test
    void anAbsentValueIsNeverACoordinate() {
        assertThat(NumberText.coordinate(-0.01)).isEqualTo("0");
        assertThat(NumberText.coordinate(12.34)).isEqualTo("12.3");
        assertThatThrownBy(() -> NumberText.coordinate(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }
}
