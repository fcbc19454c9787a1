package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class FigureFileTest {
    private static final String SVG = "http://www.w3.org/2000/svg";

    @Test
    void shouldBeADocumentOfItsOwnWithSizeTitleStyleAndWhiteGround() throws Exception {
        String title = "IE <by> \"block\" & more";
        Document document = parse(FigureFile.svg(plot("a & b").svg(), title));
        Element root = document.getDocumentElement();

        assertThat(root.getNamespaceURI()).isEqualTo(SVG);
        assertThat(root.getAttribute("viewBox")).isEqualTo("-8 -8 496 316");
        assertThat(root.getAttribute("width")).isEqualTo("496");
        assertThat(root.getAttribute("height")).isEqualTo("316");
        assertThat(root.getAttribute("aria-label")).isEqualTo("what is drawn");
        assertThat(root.getFirstChild().getNodeName()).isEqualTo("title");
        assertThat(root.getFirstChild().getTextContent()).isEqualTo(title);
        Element ground = (Element) root.getElementsByTagNameNS(SVG, "rect").item(0);
        assertThat(ground.getAttribute("fill")).isEqualTo("#ffffff");
        assertThat(ground.getAttribute("width")).isEqualTo("496");
        assertThat(root.getElementsByTagNameNS(SVG, "text").getLength()).isGreaterThan(5);
    }

    @Test
    void shouldWriteEveryColourOut() {
        String file = FigureFile.svg(plot("x").svg(), null);
        String style = file.substring(file.indexOf("<style>"), file.indexOf("</style>"));

        assertThat(style).contains("svg .line.model { stroke: #1a5a9e;").contains("font-family");
        assertThat(file).doesNotContain("var(").doesNotContain("<title></title>");
    }

    @Test
    void shouldKeepTheNotesOfPoints() throws Exception {
        Document document = parse(FigureFile.svg(plot("x").svg(), "t"));
        // The title of the file and the notes of both points.
        assertThat(document.getElementsByTagNameNS(SVG, "title").getLength()).isEqualTo(3);
    }

    @Test
    void shouldRefuseWhatIsNoDrawing() {
        assertThatThrownBy(() -> FigureFile.svg(new Markup().element("p", "text"), "t"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static LinePlot plot(String label) {
        List<LinePlot.Point> points =
                List.of(LinePlot.Point.of(0, 1, "first"), new LinePlot.Point(1, 2, 0.5, false, "second"));
        return new LinePlot(
                new PlotArea.Frame("what is drawn", "block", "bits", false),
                true,
                List.of(new LinePlot.Line(label, Stroke.MODEL, points)));
    }

    private static Document parse(String file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(file)));
    }
}
