package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.ieengine.cli.experiment.ExperimentKind;
import org.ieengine.cli.experiment.ExperimentResult;
import org.ieengine.cli.experiment.Finding;
import org.ieengine.cli.experiment.MadeUpResults;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ExperimentPageTest {
    private static final String HOSTILE = "<script>alert(1)</script> & \"more\"";

    private static ExperimentResult result(ExperimentKind kind) {
        return MadeUpResults.experiment(
                kind,
                List.of(
                        MadeUpResults.point("plain", 0, 2.0, 0.5),
                        MadeUpResults.point(HOSTILE, 0.5, 1.5, 0.4),
                        MadeUpResults.point("third", 1, 1.0, 0.3)),
                List.of("a warning about " + HOSTILE));
    }

    private static Document parse(String text) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(text)));
    }

    @ParameterizedTest
    @EnumSource(ExperimentKind.class)
    void shouldHoldFindingsFiguresAndNumbersWithoutLettingNamesBecomeMarkup(ExperimentKind kind) throws Exception {
        ExperimentResult result = result(kind);
        String page = ExperimentPage.html(result);
        Document document = parse(page.replaceFirst("<!DOCTYPE html>", ""));

        assertThat(document.getElementsByTagName("script").getLength()).isEqualTo(1);
        assertThat(document.getElementsByTagName("svg").getLength()).isPositive();
        String text = document.getElementsByTagName("main").item(0).getTextContent();
        assertThat(text).contains(HOSTILE).contains(kind.title()).doesNotContain("NaN");
        assertThat(text).contains(result.findings().stream().map(Finding::text).toList());
    }

    @ParameterizedTest
    @EnumSource(ExperimentKind.class)
    void shouldGiveEveryFigureAsADocumentOfItsOwn(ExperimentKind kind) throws Exception {
        var figures = ExperimentPage.figures(result(kind));

        assertThat(figures).isNotEmpty();
        for (String svg : figures.values()) {
            Document document = parse(svg);
            assertThat(document.getDocumentElement().getAttribute("xmlns")).isEqualTo("http://www.w3.org/2000/svg");
            assertThat(document.getElementsByTagName("path").getLength()).isPositive();
        }
        assertThat(figures.keySet()).allMatch(name -> name.matches("[a-z0-9.-]+"));
    }
}
