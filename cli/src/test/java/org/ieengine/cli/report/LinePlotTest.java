package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinePlotTest {
    private static final PlotArea.Frame FRAME = new PlotArea.Frame("a plot", "block", "bits", false);

    private static LinePlot.Line line(String label, double... values) {
        List<LinePlot.Point> points = new ArrayList<>();
        for (int x = 0; x < values.length; x++) {
            points.add(new LinePlot.Point(x, values[x], 0.25, false, "note " + x));
        }
        return new LinePlot.Line(label, Stroke.MODEL, points);
    }

    private static String drawn(LinePlot.Line... lines) {
        return new LinePlot(FRAME, true, List.of(lines)).svg().finish();
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    @Test
    void shouldInterruptTheBandWhereTheLineIsInterrupted() {
        String svg = drawn(line("a", 1, 2, Double.NaN, 3, 4, Double.NaN, 5));

        assertThat(count(svg, "<polygon class=\"band model\"")).isEqualTo(2);
        assertThat(count(svg, "<line class=\"whisker model\"")).isEqualTo(1);
        assertThat(count(drawn(line("a", 1, 2, 3, 4)), "<polygon")).isEqualTo(1);
    }

    @Test
    void shouldLeaveSignsOutThatWouldCoverTheLineButKeepTheirNotes() {
        String svg = drawn(line("a", new double[65]));

        assertThat(svg).doesNotContain("class=\"dot").contains("<title>note 64</title>");
        assertThat(count(drawn(line("a", new double[64])), "class=\"dot model\""))
                .isEqualTo(64);
    }

    @Test
    void shouldNameLinesAtTheirEndsWhereThatFitsAndElseInALegend() {
        assertThat(drawn(line("a", 1, 2), line("b", 2, 3)))
                .contains("class=\"label model\"", "viewBox=\"0 0 480 300\"")
                .doesNotContain("class=\"entry\"");

        String longName = "x".repeat(60);
        String svg = drawn(line("a", 1, 2), line(longName, 2, 3));
        assertThat(svg)
                .contains(">" + "x".repeat(47) + "…</text>", "viewBox=\"0 0 480 348\"")
                .doesNotContain("class=\"label");
        assertThat(count(svg, "class=\"entry\"")).isEqualTo(2);

        LinePlot.Line[] many = new LinePlot.Line[9];
        for (int i = 0; i < many.length; i++) {
            many[i] = line("run " + i, i, i);
        }
        assertThat(count(drawn(many), "class=\"entry\"")).isEqualTo(9);
    }
}
