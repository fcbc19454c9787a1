package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ComparePageTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ELSEWHERE =
            Pattern.compile("(?i)https?:|\\b(src|href|srcset|action)\\s*=|url\\(|@import|<link|<iframe|<img|fetch\\(");

    @Test
    void shouldBeWellFormedSelfContainedAndDrawOnlyFiniteCoordinates() throws Exception {
        String page = ComparePage.html(
                comparison(results("four-layers"), results("several-positions"), results("published-protocol")));
        Document document = parse(page);

        assertThat(ELSEWHERE.matcher(page).find()).isFalse();
        assertThat(texts(document, "//section/@id"))
                .containsExactly(
                        "lead",
                        "runs",
                        "blocks",
                        "positions",
                        "differences",
                        "numbers",
                        "provenance",
                        "warnings",
                        "reading");
        assertThat(texts(document, "//svg//@*")).noneMatch(v -> v.matches(".*(NaN|Infinity|null|E-?\\d).*"));
        assertThat(texts(document, "//td | //p | //text")).noneMatch(v -> v.contains("NaN") || v.equals("null"));
    }

    @Test
    void shouldHoldEveryNumberOfEveryRunAndItsDifferenceToTheFirst() throws Exception {
        ObjectNode first = results("four-layers");
        ObjectNode second = first.deepCopy();
        for (JsonNode row : second.path("layers")) {
            if (row.path("estimator").asText().equals("resolution")) {
                ((ObjectNode) row).put("ie_bits", row.path("ie_bits").asDouble() + 0.125);
            }
        }
        Document document = parse(ComparePage.html(comparison(first, second)));
        NodeList rows = nodes(document, "//section[@id='numbers']//tbody/tr");

        // Two runs with two controls each, four blocks, one position.
        assertThat(rows.getLength()).isEqualTo(2 * 3 * 4);
        List<String> more = texts(document, "//section[@id='numbers']//tbody/tr[td[1]='b' and td[2]='']/td[8]");
        assertThat(more).containsExactly("0.125", "0.125", "0.125", "0.125");
        List<String> shown = texts(document, "//section[@id='numbers']//tbody/tr[td[1]='a' and td[2]='']/td[10]");
        List<String> expected = new ArrayList<>();
        for (JsonNode row : first.path("layers")) {
            if (row.path("estimator").asText().equals("dv")) {
                expected.add(NumberText.exactBits(row.path("ie_bits").asDouble()));
            }
        }
        assertThat(shown).hasSize(4).containsExactlyElementsOf(expected);
    }

    @Test
    void shouldDrawOneLineARunAndOneExactLineWhereAllAgree() throws Exception {
        String figure = "//section[@id='blocks']//figure[h3='IE at the leading noise level']";
        Document same = parse(ComparePage.html(comparison(results("four-layers"), results("four-layers"))));
        assertThat(nodes(same, figure + "//path[@class='line run-1' or @class='line run-2']")
                        .getLength())
                .isEqualTo(2);
        assertThat(nodes(same, figure + "//path[@class='line ceiling']").getLength())
                .isEqualTo(1);
        assertThat(nodes(same, figure + "//polygon[starts-with(@class,'band')]").getLength())
                .isEqualTo(2);

        ObjectNode other = results("four-layers");
        for (JsonNode row : other.path("layers")) {
            ObjectNode macro = (ObjectNode) row.path("macro");
            macro.put("ceiling_bits", macro.path("ceiling_bits").asDouble() + 1);
        }
        Document differing = parse(ComparePage.html(comparison(results("four-layers"), other)));
        assertThat(texts(differing, figure + "//path[starts-with(@class,'line of-run')]/@class"))
                .containsExactly("line of-run run-1", "line of-run run-2");
        assertThat(texts(differing, figure + "/figcaption").get(0)).contains("Dotted: exact IE of the run");
    }

    @Test
    void shouldPutMapsOnOneScale() throws Exception {
        ObjectNode stronger = results("several-positions");
        for (JsonNode row : stronger.path("layers")) {
            ((ObjectNode) row).put("ie_bits", 2 * row.path("ie_bits").asDouble());
        }
        Document document = parse(ComparePage.html(comparison(results("several-positions"), stronger)));
        List<String> strongest = texts(document, "//svg[contains(@class,'heat')]/text[contains(.,' bits')]");

        assertThat(strongest).hasSize(2);
        assertThat(strongest.get(0)).isEqualTo(strongest.get(1));
    }

    @Test
    void shouldStayReadableWithManyRuns() throws Exception {
        ObjectNode[] runs = new ObjectNode[14];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = results("four-layers");
        }
        Document document = parse(ComparePage.html(comparison(runs)));
        String figure = "//section[@id='blocks']//figure[h3='IE at the leading noise level']//svg";

        assertThat(texts(document, figure + "/text[@class='entry']"))
                .hasSize(15)
                .contains("exact IE", "a", "n");
        assertThat(texts(document, figure + "//path/@class")).contains("line run-1", "line run-1 dash-1");
        assertThat(nodes(document, figure + "/text[starts-with(@class,'label')]")
                        .getLength())
                .isZero();
    }

    @Test
    void shouldShowPredictionWhereARunHasIt() throws Exception {
        ObjectNode predicted = results("four-layers");
        ObjectNode prediction = predicted.putObject("prediction");
        prediction.put("cross_entropy_bits", 7.125).put("perplexity", 139.6).put("top1", 0.25);
        prediction
                .putArray("blocks")
                .addObject()
                .put("layer", 3)
                .put("position", 6)
                .put("predictive_bits", 1.5)
                .put("se", 0.0625);
        Document document = parse(ComparePage.html(comparison(results("four-layers"), predicted)));

        assertThat(texts(document, "//section[@id='runs']//td")).contains("7.125", "139.6", "25.0\u00a0%");
        assertThat(texts(document, "//section[@id='numbers']//tbody/tr[td[1]='b' and td[2]='' and td[4]='3']/td[14]"))
                .containsExactly("1.500");
        assertThat(nodes(document, "//figure[h3='Predictive bits P']").getLength())
                .isEqualTo(1);
        assertThat(texts(parse(ComparePage.html(comparison(results("four-layers"), results("four-layers")))), "//th"))
                .doesNotContain("perplexity");
    }

    @Test
    void shouldMakeEveryFigureOfThePageAFile() throws Exception {
        Comparison comparison = comparison(results("four-layers"), results("several-positions"));
        Map<String, String> files = ComparePage.figures(comparison);

        assertThat(files)
                .hasSize(nodes(parse(ComparePage.html(comparison)), "//figure").getLength())
                .containsKeys(
                        "resolution-by-block.svg", "critic-by-block.svg", "map-2.svg", "resolution-difference.svg");
        for (String file : files.values()) {
            assertThat(parse(file).getDocumentElement().getTagName()).isEqualTo("svg");
        }
    }

    @Test
    void shouldNotLetTextFromFilesBecomeMarkup() throws Exception {
        String attack = "</style><script>alert(1)</script>\"'&\u0000\u202E";
        ObjectNode hostile = results("four-layers");
        hostile.withObject("/model").put("path", attack).put("family", attack);
        hostile.withObject("/data").put("path", attack);
        hostile.withObject("/settings").put(attack, attack);
        hostile.withArray("/warnings").add(attack);
        NamedRun run = NamedRun.of(attack, attack, RunDocument.read(hostile));
        Comparison comparison = new Comparison(
                List.of(run, run), List.of(attack), List.of(new Comparison.Setting(attack, List.of(attack, "b"))));
        String page = ComparePage.html(comparison);

        assertThat(nodes(parse(page), "//script").getLength()).isEqualTo(1);
        assertThat(page)
                .doesNotContain("<script>alert")
                .doesNotContain("\u0000")
                .doesNotContain("\u202E");
        for (String file : ComparePage.figures(comparison).values()) {
            assertThat(nodes(parse(file), "//script").getLength()).isZero();
        }
    }

    private static Comparison comparison(ObjectNode... results) {
        List<NamedRun> runs = new ArrayList<>();
        for (int i = 0; i < results.length; i++) {
            runs.add(NamedRun.of(String.valueOf((char) ('a' + i)), "runs/" + i, RunDocument.read(results[i])));
        }
        List<String> seeds =
                IntStream.range(0, results.length).mapToObj(Integer::toString).toList();
        return new Comparison(runs, List.of("a note"), List.of(new Comparison.Setting("settings: seed", seeds)));
    }

    private static ObjectNode results(String name) throws IOException {
        try (InputStream in = ComparePageTest.class.getResourceAsStream("/report/" + name + ".json")) {
            return (ObjectNode) JSON.readTree(in);
        }
    }

    private static Document parse(String page) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    }

    private static NodeList nodes(Document document, String path) throws Exception {
        return (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, document, XPathConstants.NODESET);
    }

    private static List<String> texts(Document document, String path) throws Exception {
        NodeList found = nodes(document, path);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            texts.add(found.item(i).getTextContent());
        }
        return texts;
    }
}
