package org.ieengine.cli.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.ieengine.cli.experiment.Finding.Part;
import org.junit.jupiter.api.Test;

class FindingsTest {
    private static String text(List<Finding> findings, Part part) {
        return findings.stream()
                .filter(finding -> finding.part() == part)
                .map(Finding::text)
                .reduce("", (a, b) -> a + b);
    }

    @Test
    void shouldSayThatTheCeilingIsTheSameForModelsWithTheSameTokens() {
        List<PointResult> points =
                List.of(MadeUpResults.point("small", 6, 2.0, 0.5), MadeUpResults.point("large", 8, 2.0, 1.5));
        List<Finding> findings = Findings.of(ExperimentKind.MODEL_SIZE, points);

        assertThat(text(findings, Part.CEILING)).contains("Every model reads the same tokens", "2.00 bits");
        assertThat(text(findings, Part.PAPER)).contains("0.50, 1.50 bits, which grows here");
        assertThat(text(findings, Part.CRITIC)).contains("--critics none");
        assertThat(text(findings, Part.CONTROLS)).contains("it reads more than the model at 2 of 2 places");
    }

    @Test
    void shouldSayThatCeilingsDifferWithTokenizers() {
        List<PointResult> points =
                List.of(MadeUpResults.point("small", 6, 2.0, 1.5), MadeUpResults.point("large", 8, 2.5, 0.5));
        List<Finding> findings = Findings.of(ExperimentKind.MODEL_SIZE, points);

        assertThat(text(findings, Part.CEILING)).contains("tokenizers differ", "small 2.00, large 2.50 bits");
        assertThat(text(findings, Part.PAPER)).contains("1.50, 0.50 bits, which does not grow here");
    }

    @Test
    void shouldOrderTextsByCeilingAndByWhatIsSeen() {
        List<PointResult> points = List.of(
                MadeUpResults.point("a", 0, 3.0, 0.5),
                MadeUpResults.point("b", 1, 2.0, 0.7),
                MadeUpResults.point("c", 2, 1.0, 0.6));
        String paper = text(Findings.of(ExperimentKind.TEXT_SOURCE, points), Part.PAPER);

        assertThat(paper).contains("the ceilings order them as c, b, a", "at the last block as a, c, b");
    }

    @Test
    void shouldOrderFindingsByWhoseDoingTheyAre() {
        List<Finding> findings =
                Findings.of(ExperimentKind.LAYERS, List.of(MadeUpResults.point("text", Double.NaN, 2.0, 0.5)));

        assertThat(findings).extracting(Finding::part).isSorted().contains(Part.CEILING, Part.GEOMETRY, Part.PAPER);
    }

    @Test
    void shouldCorrelateCurves() {
        assertThat(Series.correlation(List.of(1.0, 2.0, 3.0), List.of(2.0, 4.0, 6.0)))
                .isCloseTo(1, within(1e-12));
        assertThat(Series.correlation(List.of(1.0, 2.0, 3.0), List.of(3.0, 2.0, 1.0)))
                .isCloseTo(-1, within(1e-12));
        assertThat(Series.correlation(List.of(1.0, 2.0, Double.NaN), List.of(1.0, 2.0, 3.0)))
                .isNaN();
        assertThat(Series.correlation(List.of(1.0, 1.0, 1.0), List.of(1.0, 2.0, 3.0)))
                .isNaN();
    }
}
