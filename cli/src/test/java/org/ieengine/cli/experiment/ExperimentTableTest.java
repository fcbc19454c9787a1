package org.ieengine.cli.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExperimentTableTest {
    /** A line, quoted as RFC 4180 has it. */
    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (char c : line.toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString());
        return cells;
    }

    @Test
    void shouldHoldALineForEveryNumberUnderItsHeading() throws IOException {
        PointResult point = MadeUpResults.point("a, \"quoted\" text", 1, 2.0, 0.5);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ExperimentTable.write(MadeUpResults.experiment(ExperimentKind.TEXT_SOURCE, List.of(point), List.of()), out);
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        List<String> heading = cells(lines.get(0));

        // 2 runs, 2 blocks, 2 positions, and one line of prediction.
        assertThat(lines).hasSize(1 + 8 + 1).allMatch(line -> cells(line).size() == heading.size());
        List<String> last = cells(lines.get(4));
        assertThat(last.get(heading.indexOf("layer"))).isEqualTo("1");
        assertThat(last.get(heading.indexOf("position"))).isEqualTo("1");
        assertThat(last.get(heading.indexOf("control"))).isEmpty();
        assertThat(last.get(heading.indexOf("ie_bits"))).isEqualTo("0.5");
        assertThat(last.get(heading.indexOf("ie_ceiling_bits"))).isEqualTo("2.0");
        assertThat(last.get(heading.indexOf("ie_sd"))).isEmpty();
        assertThat(last.get(heading.indexOf("tokens"))).isEqualTo("2");
        List<String> prediction = cells(lines.get(9));
        assertThat(prediction.get(heading.indexOf("estimator"))).isEqualTo("prediction");
        assertThat(prediction.get(heading.indexOf("sequences"))).isEqualTo("100");
        assertThat(prediction.get(heading.indexOf("predictive_bits"))).isEqualTo("0.75");
        assertThat(prediction.get(heading.indexOf("cross_entropy_bits"))).isEqualTo("5.0");
    }
}
