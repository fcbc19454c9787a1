package org.ieengine.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void shouldWriteNumbersAsAPersonReadsThem() {
        assertThat(Figures.count(300_000)).isEqualTo("300,000");
        assertThat(Figures.bits(18.2049)).isEqualTo("18.20");
        assertThat(Figures.bits(-0.001)).isEqualTo("0.00");
        assertThat(Figures.bits(Double.NaN)).isEqualTo("-");
        assertThat(Figures.percent(0.987)).isEqualTo("98.7 %");
        assertThat(Figures.percent(1)).isEqualTo("100 %");
        assertThat(Figures.bytes(512)).isEqualTo("512 B");
        assertThat(Figures.bytes(3L << 30)).isEqualTo("3.0 GiB");
        assertThat(Figures.seconds(0.2)).isEqualTo("under 1 s");
        assertThat(Figures.seconds(187)).isEqualTo("3:07 min");
        assertThat(Figures.seconds(8100)).isEqualTo("2:15 h");
        assertThat(Figures.seconds(Double.POSITIVE_INFINITY)).isEqualTo("-");
    }
}
