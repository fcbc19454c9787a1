package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.ieengine.cli.report.RooflinePlot.Point;
import org.ieengine.cli.report.RooflinePlot.Roof;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class RooflinePlotTest {
    private static final String SVG = "http://www.w3.org/2000/svg";

    private static Document drawn(Roof... roofs) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        String file = new RooflinePlot("Roofline of a <device>", List.of(roofs)).file();
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(file)));
    }

    private static List<Element> elements(Document document, String name, String style) {
        NodeList nodes = document.getElementsByTagNameNS(SVG, name);
        return java.util.stream.IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .filter(element -> element.getAttribute("class").contains(style))
                .toList();
    }

    @Test
    void shouldDrawRoofsPointsAndNotes() throws Exception {
        Document document = drawn(
                new Roof("f32", 1000, 50, List.of(new Point(1, 1, "on <the> line"), new Point(100, 25, "half"))),
                new Roof("bf16", 1000, 800, List.of(new Point(2000, 700, "near"))));

        assertThat(elements(document, "path", "line run-1")).hasSize(1);
        assertThat(elements(document, "path", "line run-2")).hasSize(1);
        assertThat(document.getElementsByTagNameNS(SVG, "title").item(0).getTextContent())
                .isEqualTo("Roofline of a <device>");
        assertThat(document.getElementsByTagNameNS(SVG, "title").getLength()).isEqualTo(4);
        assertThat(elements(document, "text", "entry"))
                .extracting(Element::getTextContent)
                .containsExactly(
                        "f32: copies 1000 GB/s, products 50.00 TFLOP/s, 2 points",
                        "bf16: copies 1000 GB/s, products 800.0 TFLOP/s, 1 points");
    }

    @Test
    void shouldPlaceAPointThatReachesTheBandwidthOnItsLine() throws Exception {
        // A hundredth of the ridge's intensity, a hundredth of the rate.
        Document document = drawn(new Roof("f32", 1000, 100, List.of(new Point(1, 1, "copy"))));
        Element point = elements(document, "circle", "dot").get(0);
        String[] corners = elements(document, "path", "line")
                .get(0)
                .getAttribute("d")
                .substring(1)
                .split("L");

        double x = Double.parseDouble(point.getAttribute("cx"));
        double y = Double.parseDouble(point.getAttribute("cy"));
        double[] begin = place(corners[0]);
        double[] ridge = place(corners[1]);
        double onLine = begin[1] + (x - begin[0]) / (ridge[0] - begin[0]) * (ridge[1] - begin[1]);
        assertThat(y).isCloseTo(onLine, org.assertj.core.data.Offset.offset(0.2));
        assertThat(place(corners[2])[1]).isEqualTo(ridge[1]);
    }

    private static double[] place(String corner) {
        String[] both = corner.split(",");
        return new double[] {Double.parseDouble(both[0]), Double.parseDouble(both[1])};
    }

    @Test
    void shouldDrawAMachineWithoutPointsAndRefuseNone() throws Exception {
        assertThat(elements(drawn(new Roof("f32", 3, 0.05, List.of())), "path", "line"))
                .hasSize(1);
        assertThatThrownBy(() -> new RooflinePlot("t", List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
