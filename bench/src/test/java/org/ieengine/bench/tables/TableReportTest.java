package org.ieengine.bench.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.bench.tables.EstimateLine.Column;
import org.ieengine.bench.tables.EstimateLine.Key;
import org.ieengine.bench.tables.EstimateLine.Truth;
import org.junit.jupiter.api.Test;

/** Tables from given lines: means, deviations, counts. */
class TableReportTest {
    private final List<EstimateLine> lines = new ArrayList<>();

    private void add(String task, String estimator, double truth, double... nats) {
        for (int seed = 0; seed < nats.length; seed++) {
            Column column = new Column("beyond-normal", task, 10_000, estimator);
            lines.add(new EstimateLine(
                    new Key(column, seed),
                    new Truth(truth, 0),
                    StatedEstimator.estimate(estimator, nats[seed]),
                    "a processor"));
        }
    }

    @Test
    void meansDeviationsAndCounts() {
        add("first", "dv", 1, 0.9, 1.0);
        add("first", "mine", 1, 0.8, 0.8);
        add("second", "dv", 0.5, 0.40, 0.56);
        add("second", "mine", 0.5, 0.5, 0.5);
        add("third", "dv", 2, Double.NaN);
        String text = new TableReport(lines).markdown();
        assertThat(text)
                .contains("## beyond-normal, N = 10000")
                .contains("Computed on: a processor.")
                .contains("| task | truth | dv | mine |\n")
                .contains("| first | 1.000 | 0.950 ± 0.071 | 0.800 ± 0.000 |\n")
                .contains("| second | 0.500 | 0.480 ± 0.113 | 0.500 ± 0.000 |\n")
                .contains("| third | 2.000 | none |  |\n")
                .contains("| first | 0.50 | 0.50 |\n")
                .contains("| first | 7 | 7 |\n")
                // dv: near twice of three; a seed 0.06 above on the second and none on the third; nearer than mine on
                // the first.
                .contains("| dv | 3 | 2 | 1 | 1 of 2 |\n")
                .contains("| mine | 2 | 1 | 2 |  |\n");
    }

    @Test
    void oneSeedHasNoDeviation() {
        add("first", "dv", 1, 0.9);
        assertThat(new TableReport(lines).markdown()).contains("| first | 1.000 | 0.900 |\n");
    }

    @Test
    void truthsThatAreMeansShowTheirStandardError() {
        Key key = new Key(new Column("activations", "block 1", 100, "dv"), 0);
        lines.add(new EstimateLine(key, new Truth(2, 0.0125), StatedEstimator.estimate("dv", 1), "cpu"));
        assertThat(new TableReport(lines).markdown()).contains("| block 1 | 2.000 (se 0.013) | 1.000 |\n");
    }

    @Test
    void everyPartAndNumberOfSamplesHasATableAndGrowthHasOne() {
        for (int n : new int[] {100, 200}) {
            for (String part : new String[] {"gaussians", "growth"}) {
                Key key = new Key(new Column(part, "task", n, "dv"), 0);
                lines.add(new EstimateLine(key, new Truth(1, 0), StatedEstimator.estimate("dv", 1), "cpu"));
            }
        }
        String text = new TableReport(lines).markdown();
        assertThat(text.lines().filter(line -> line.startsWith("## ")))
                .containsExactly("## gaussians, N = 100", "## growth", "## gaussians, N = 200");
        assertThat(text).contains("| task, N = 100 | 1.000 | 1.000 |\n| task, N = 200 | 1.000 | 1.000 |\n");
    }
}
