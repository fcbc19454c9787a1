package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportPageTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ELSEWHERE = Pattern.compile(
            "(?i)https?:|\\b(src|href|srcset|action)\\s*=|url\\(|@import|<link|<iframe|<img|fetch\\(|import\\(");

    @ParameterizedTest
    @ValueSource(strings = {"four-layers", "several-positions", "published-protocol"})
    void pageIsWellFormedSelfContainedAndDrawsOnlyFiniteCoordinates(String name) throws Exception {
        String page = page(name);
        Document document = parse(page);
        assertThat(ELSEWHERE.matcher(page).find()).isFalse();
        assertThat(count(document, "//svg")).isGreaterThan(4);
        assertThat(count(document, "//svg[not(@aria-label)]")).isZero();
        assertThat(texts(document, "//svg//@*")).noneMatch(v -> v.matches(".*(NaN|Infinity|null|E-?\\d).*"));
        assertThat(texts(document, "//td | //p | //dd | //text")).noneMatch(v -> v.contains("NaN") || v.equals("null"));
    }

    @Test
    void everythingDrawnLiesInsideItsDrawing() throws Exception {
        Document document = parse(page("four-layers"));
        NodeList drawings = nodes(document, "//svg");
        Pattern place = Pattern.compile("(-?[\\d.]+),(-?[\\d.]+)");
        for (int i = 0; i < drawings.getLength(); i++) {
            Element svg = (Element) drawings.item(i);
            String[] box = svg.getAttribute("viewBox").split(" ");
            double width = Double.parseDouble(box[2]);
            double height = Double.parseDouble(box[3]);
            NodeList lines = svg.getElementsByTagName("path");
            for (int k = 0; k < lines.getLength(); k++) {
                Element line = (Element) lines.item(k);
                if (line.getAttribute("class").startsWith("line")) {
                    Matcher m = place.matcher(line.getAttribute("d"));
                    while (m.find()) {
                        assertThat(Double.parseDouble(m.group(1))).isBetween(0.0, width);
                        assertThat(Double.parseDouble(m.group(2))).isBetween(0.0, height);
                    }
                }
            }
            NodeList labels = svg.getElementsByTagName("text");
            for (int k = 0; k < labels.getLength(); k++) {
                Element label = (Element) labels.item(k);
                assertThat(Double.parseDouble(label.getAttribute("y"))).isBetween(0.0, height);
            }
        }
    }

    @Test
    void sectionsStandInTheAgreedOrderWithExactValuesFirst() throws Exception {
        Document document = parse(page("four-layers"));
        assertThat(texts(document, "//section/@id"))
                .containsExactly(
                        "lead",
                        "exact",
                        "resolution",
                        "critic",
                        "terms",
                        "training",
                        "numbers",
                        "warnings",
                        "provenance",
                        "reading");
        JsonNode results = results("four-layers");
        String ie = String.format(
                Locale.ROOT,
                "%.2f bits",
                results.path("ceiling").path("ie_bits").asDouble());
        assertThat(texts(document, "//section[@id='lead']//strong").get(0)).isEqualTo(ie);
        assertThat(texts(document, "//section[@id='lead']//dd"))
                .hasSize(3)
                .last()
                .isEqualTo("= " + ie.replace(" bits", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"four-layers", "several-positions", "published-protocol"})
    void everyRowOfTheResultsAndItsControlsIsInTheTable(String name) throws Exception {
        JsonNode results = results(name);
        List<String> expected = new ArrayList<>();
        rows(results, "this model", expected);
        results.path("controls").properties().forEach(c -> rows(c.getValue(), c.getKey(), expected));
        List<String> shown = new ArrayList<>();
        NodeList lines = nodes(parse(page(name)), "//section[@id='numbers']//details//tbody/tr");
        for (int i = 0; i < lines.getLength(); i++) {
            NodeList cells = ((Element) lines.item(i)).getElementsByTagName("td");
            List<String> kept = new ArrayList<>();
            for (int column : new int[] {0, 1, 2, 3, 6, 9}) {
                kept.add(cells.item(column).getTextContent());
            }
            shown.add(String.join(" ", kept));
        }
        assertThat(expected).isNotEmpty();
        assertThat(shown).containsExactlyElementsOf(expected);
    }

    @Test
    void summaryTableHasOneLineForEachBlockAndPositionWithTheControlsBeside() throws Exception {
        Document several = parse(page("several-positions"));
        assertThat(count(several, "//section[@id='numbers']/div//tbody/tr")).isEqualTo(6 * 3);
        Document document = parse(page("four-layers"));
        assertThat(count(document, "//section[@id='numbers']/div//tbody/tr")).isEqualTo(4);
        assertThat(texts(document, "//section[@id='numbers']/div//th"))
                .contains(
                        "exact IE",
                        "IE at σ\u00a0=\u00a02",
                        "untrained at σ",
                        "shuffled at σ",
                        "dv",
                        "share",
                        "row passes");
    }

    @Test
    void statesAreStackedForEveryStateWithTheControlsAsLines() throws Exception {
        Document document = parse(page("four-layers"));
        String chart = "//section[@id='resolution']/div//svg[starts-with(@aria-label,'State information')]";
        assertThat(count(document, chart)).isEqualTo(1);
        assertThat(count(document, chart + "//rect[contains(@class,'context')]"))
                .isEqualTo(5);
        assertThat(count(document, chart + "//rect[contains(@class,'token')]")).isEqualTo(5);
        assertThat(texts(document, chart + "//text[contains(@class,'label')]"))
                .containsExactlyInAnyOrder("context", "last token", "untrained", "shuffled");
        assertThat(count(document, "//section[@id='resolution']/details//svg")).isEqualTo(2 * 4);
    }

    @Test
    void valuesAboveTheCeilingAreSaidInRedWordsAndMarked() throws Exception {
        Document document = parse(page("published-protocol"));
        assertThat(texts(document, "//section[@id='lead']//strong[@class='alarm']")
                        .get(0))
                .startsWith("2 of 4 values lie above the ceiling");
        assertThat(texts(document, "//section[@id='critic']//p[@class='alarm']").get(0))
                .contains("block 1", "block 2", "dv (paper)")
                .doesNotContain("block 3");
        assertThat(count(document, "//section[@id='critic']//circle[@class='flag']"))
                .isEqualTo(3 * 2);
        assertThat(texts(document, "//td[contains(@class,'alarm')]"))
                .isNotEmpty()
                .allMatch(t -> t.contains("above the ceiling"));
        assertThat(count(parse(page("four-layers")), "//*[contains(@class,'alarm') or @class='flag']"))
                .isZero();
    }

    @Test
    void heatMapsHaveACellForEachBlockAndPosition() throws Exception {
        Document document = parse(page("several-positions"));
        String maps = "//section[@id='terms']//svg[contains(@aria-label,'by block and position')]";
        assertThat(count(document, maps)).isEqualTo(2 * 3);
        assertThat(count(document, maps + "[starts-with(@aria-label,'IE')]//rect[@class='cell']"))
                .isEqualTo(2 * 6 * 3);
        assertThat(count(document, maps + "[starts-with(@aria-label,'Micro')]//rect[@class='cell']"))
                .isEqualTo(2 * 6 * 8);
    }

    @Test
    void severalPositionsAreDrawnAsLinesWithTheirErrorAndTheExactValue() throws Exception {
        Document document = parse(page("several-positions"));
        for (String section : List.of("resolution", "critic")) {
            String plot = "//section[@id='" + section + "']/div//svg[contains(@aria-label,'by position')]";
            assertThat(count(document, plot)).as(section).isEqualTo(1);
            assertThat(count(document, plot + "//path[@class='line ceiling']")).isEqualTo(1);
            assertThat(count(document, plot + "//circle[@class='dot model']")).isEqualTo(3);
            assertThat(count(document, plot + "//polygon[@class='band model']")).isEqualTo(1);
        }
        assertThat(count(parse(page("four-layers")), "//svg[contains(@aria-label,'IE by position')]"))
                .isZero();
    }

    @Test
    void trainingCurvesHaveALineForEachSeedAndTheCeiling() throws Exception {
        Document document = parse(page("four-layers"));
        String panel = "//svg[@aria-label='Training curves of block 2, macro']";
        assertThat(count(document, panel + "//path[@class='line plain']")).isEqualTo(3);
        assertThat(count(document, panel + "//path[@class='line ceiling']")).isEqualTo(1);
        assertThat(count(document, "//section[@id='training']/div//svg")).isEqualTo(4);
        assertThat(count(document, "//section[@id='training']/details//svg")).isEqualTo(4);
    }

    @Test
    void shouldNotCallSmileABound() throws Exception {
        ObjectNode results = results("four-layers").deepCopy();
        ObjectNode row = results.path("layers").get(0).deepCopy();
        row.put("estimator", "smile").put("protocol", "standard").put("ie_bits", 5.25);
        results.withArray("layers").insert(0, row);
        Document document = parse(ReportPage.html(results, List.of()));

        assertThat(texts(document, "//section[@id='lead']/p"))
                .anyMatch(
                        text -> text.startsWith("Read by smile, which is no bound, the critic gives IE of 5.25 bits"));
        assertThat(texts(document, "//section[@id='critic']/p"))
                .anyMatch(text -> text.contains("smile cuts large ratios off"));
        assertThat(texts(parse(page("four-layers")), "//section[@id='critic']/p"))
                .noneMatch(text -> text.contains("smile"));
    }

    @Test
    void shouldPutEstimatorsThatKnowNoSymbolsInATableOfTheirOwn() throws Exception {
        ObjectNode results = results("four-layers").deepCopy();
        ObjectNode row = results.path("layers").get(0).deepCopy();
        row.put("estimator", "gaussian").putNull("protocol").put("ie_bits", -812.5);
        row.withObject("/macro").put("bits", 126.349).put("above_ceiling", true);
        results.withArray("layers").insert(0, row);
        Document document = parse(ReportPage.html(results, List.of()));
        String section = "//section[@id='comparison']";

        assertThat(texts(document, section + "//td")).contains("gaussian", "−812.500", "126.349");
        assertThat(count(document, section + "//td[contains(@class,'alarm')]")).isEqualTo(1);
        assertThat(texts(document, section + "/p").get(0)).startsWith("For comparison only.");
        // Neither drawn nor called a critic.
        assertThat(texts(document, "//section[@id='critic']").get(0)).doesNotContain("gaussian");
        assertThat(texts(document, "//section[@id='terms']").get(0)).doesNotContain("gaussian");
        assertThat(texts(document, "//section[@id='lead']").get(0)).doesNotContain("gaussian");
        assertThat(count(parse(page("four-layers")), section)).isZero();
    }

    @Test
    void textFromFilesCannotBecomeMarkup() throws Exception {
        String attack = "</style><script>alert(1)</script>\"'&\u0000\u202E";
        ObjectNode results = results("four-layers");
        ((ObjectNode) results.path("model")).put("path", "m/" + attack).put("family", attack);
        ((ObjectNode) results.path("data")).put("path", attack);
        ((ObjectNode) results.path("settings")).put(attack, attack);
        results.withArray("warnings").add(attack);
        for (JsonNode row : results.path("layers")) {
            ((ObjectNode) row).put("estimator", attack);
        }
        ((ObjectNode) results.path("controls"))
                .set(attack, results.path("controls").path("untrained"));
        String page = ReportPage.html(results, List.of("0,7," + attack.replace(",", "") + ",0,1,2.5"));
        Document document = parse(page);
        assertThat(count(document, "//script")).isEqualTo(1);
        assertThat(count(document, "//style")).isEqualTo(3);
        assertThat(page).doesNotContain("<script>alert").contains("&lt;script&gt;alert");
        assertThat(page).doesNotContain("\u0000").doesNotContain("\u202E");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"model\":null,\"data\":null,\"layers\":null,\"states\":null,\"controls\":null,\"ceiling\":null}",
                "{\"layers\":[{}],\"states\":[{}],\"controls\":{\"untrained\":{}},\"warnings\":[]}",
                "{\"layers\":[{\"layer\":0,\"position\":7,\"estimator\":\"resolution\",\"noise\":1.5,\"ie_bits\":null}]}",
                "{\"ceiling\":{\"macro_bits\":3,\"micro_bits\":[null,1],\"ie_bits\":2}}",
                "{\"layers\":[{\"layer\":3,\"position\":0,\"estimator\":\"dv\",\"protocol\":\"standard\",\"ie_bits\":0,"
                        + "\"macro\":{\"bits\":0,\"sd\":0,\"ceiling_bits\":0,\"share\":null},\"micro\":[]}]}"
            })
    void documentsThatLackNearlyEverythingStillGiveAPage(String json) throws Exception {
        Document document = parse(ReportPage.html(JSON.readTree(json), List.of()));
        assertThat(count(document, "//section")).isEqualTo(10);
        assertThat(texts(document, "//body//*[not(*)][not(self::script)]"))
                .noneMatch(v -> v.contains("NaN") || v.equals("null"));
    }

    @Test
    void oneBlockAtOnePositionIsDrawnAsAPoint() throws Exception {
        ObjectNode results = results("four-layers");
        results.remove("controls");
        ObjectNode only = JSON.createObjectNode().setAll(results);
        only.withArray("layers").removeAll();
        results("four-layers").path("layers").forEach(row -> {
            if (row.path("layer").asInt() == 2) {
                only.withArray("layers").add(row);
            }
        });
        Document document = parse(ReportPage.html(only, List.of()));
        String plot = "//section[@id='critic']//svg[@aria-label='IE of the critics by block']";
        assertThat(count(document, plot + "//circle[@class='dot model']")).isEqualTo(1);
        assertThat(texts(document, plot + "//text[@class='tick middle']")).containsExactly("2");
        String levels = "//section[@id='resolution']//svg[@aria-label='IE by block at every noise level']";
        assertThat(count(document, levels + "//circle[@class='dot plain']")).isEqualTo(4);
        assertThat(texts(document, "//section[@id='lead']/p"))
                .anyMatch(p -> p.contains("No untrained twin was measured"))
                .anyMatch(p -> p.contains(" bits at block 2."));
    }

    @Test
    void leadSaysWhenTheRunEndedAndWhyACriticReadsMoreThanTheExactValue() throws Exception {
        ObjectNode results = results("four-layers").deepCopy();
        results.withObject("/timings").put("finished", "2026-02-03T04:05:06Z");
        assertThat(texts(parse(page("four-layers")), "//section[@id='lead']/p"))
                .noneMatch(p -> p.contains("above its exact value"));
        results.path("layers").forEach(row -> {
            if (row.path("layer").asInt() == 2 && row.path("estimator").asText().equals("dv")) {
                ((ObjectNode) row).put("ie_bits", 7.5);
            }
        });

        Document document = parse(ReportPage.html(results, List.of()));

        assertThat(texts(document, "//header/p[@class='facts']").get(0)).contains("2026-02-03 04:05 UTC");
        assertThat(texts(document, "//section[@id='lead']/p")).anyMatch(p -> p.contains("above its exact value"));
    }

    @Test
    void everySettingAndCheckSumIsThere() throws Exception {
        Document document = parse(page("four-layers"));
        List<String> values = texts(document, "//section[@id='provenance']//dd");
        assertThat(values).contains("3f".repeat(32), "a7".repeat(32), "5c".repeat(32), "windows", "84.213 s", "2048");
        List<String> settings = new ArrayList<>();
        results("four-layers").path("settings").fieldNames().forEachRemaining(settings::add);
        assertThat(settings).hasSizeGreaterThan(10);
        assertThat(texts(document, "//section[@id='provenance']//dt")).containsAll(settings);
        assertThat(texts(document, "//section[@id='warnings']//li")).hasSize(2);
    }

    @Test
    void brokenCurvesAreRefusedWithTheLine() {
        assertThatThrownBy(() ->
                        ReportPage.html(JSON.createObjectNode(), List.of("layer,position,term,seed,step,bits", "0,1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 2");
        assertThatThrownBy(() -> ReportPage.html(JSON.createObjectNode(), List.of("0,7,macro,0,x,1")))
                .hasMessageContaining("\"x\"");
    }

    private static void putPrediction(ObjectNode target, double shift) {
        ObjectNode prediction =
                target.putObject("prediction").put("sequences", 1500).put("targets", 4500);
        prediction
                .put("cross_entropy_bits", 6.25 + shift)
                .put("se", 0.03)
                .put("perplexity", 76.1)
                .put("top1", 0.178);
        var blocks = prediction.putArray("blocks");
        var means = prediction.putArray("mean_blocks");
        for (int layer = 0; layer < 4; layer++) {
            for (int position = 0; position < 3; position++) {
                ObjectNode block = blocks.addObject().put("layer", layer).put("position", position);
                block.put("predictive_bits", position * (layer - 0.5) * 0.25 - shift)
                        .put("se", 0.02);
                block.put("macro_ce_bits", 8.0 - layer).put("micro_ce_bits", 8.5 - layer);
            }
            means.addObject()
                    .put("layer", layer)
                    .put("predictive_bits", 0.125 * layer)
                    .putNull("se");
        }
    }

    @Test
    void nextTokensHaveTheirSectionWithTheControlsBesideTheModel() throws Exception {
        ObjectNode results = results("four-layers");
        putPrediction(results, 0);
        results.path("controls").properties().forEach(control -> putPrediction((ObjectNode) control.getValue(), 1));
        Document document = parse(ReportPage.html(results, List.of()));
        String section = "//section[@id='prediction']";
        int runs = 1 + results.path("controls").size();
        assertThat(texts(document, "//section/@id")).containsSequence("terms", "prediction", "training");
        assertThat(count(document, section + "//tbody/tr")).isEqualTo(runs);
        assertThat(texts(document, section + "//tbody/tr[1]/td"))
                .containsExactly("this model", "1,500", "6.250", "0.030", "76.10", NumberText.percent(0.178), "0.375");
        assertThat(count(document, section + "//figure")).isEqualTo(3);
        assertThat(texts(document, section + "//figure[1]//title"))
                .contains("block 3, this model: 1.250 ± 0.020 bits")
                .hasSize(4 * runs);
        assertThat(texts(document, section + "//figure[2]//title"))
                .contains("block 1, whole sequence: 7.000 bits", "block 1, last token alone: 7.500 bits");
        assertThat(texts(document, section + "//figure[3]//title")).contains("block 3, position 2: 1.250 bits");
        assertThat(texts(document, section + "//svg//@*")).noneMatch(v -> v.matches(".*(NaN|Infinity|null|E-?\\d).*"));
    }

    @Test
    void aRunWithoutNextTokensHasNoSectionOfThem() throws Exception {
        ObjectNode results = results("four-layers");
        results.putNull("prediction");
        assertThat(texts(parse(ReportPage.html(results, List.of())), "//section/@id"))
                .doesNotContain("prediction")
                .contains("terms", "training");
    }

    @Test
    void samePageForTheSameDocumentInEveryLocale() throws Exception {
        String page = page("four-layers");
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(page("four-layers")).isEqualTo(page);
        } finally {
            Locale.setDefault(before);
        }
    }

    private static void rows(JsonNode part, String run, List<String> expected) {
        for (JsonNode row : part.path("layers")) {
            expected.add(row.path("layer").asInt() + " " + row.path("position").asInt() + " " + run + " "
                    + row.path("estimator").asText() + " "
                    + NumberText.exactBits(row.path("ie_bits").asDouble(Double.NaN)) + " "
                    + NumberText.exactBits(row.path("macro").path("bits").asDouble(Double.NaN)));
        }
    }

    static String page(String name) throws IOException {
        List<String> curves;
        try (InputStream in = ReportPageTest.class.getResourceAsStream("/report/" + name + "-curves.csv")) {
            curves = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
        return ReportPage.html(results(name), curves);
    }

    private static ObjectNode results(String name) throws IOException {
        try (InputStream in = ReportPageTest.class.getResourceAsStream("/report/" + name + ".json")) {
            return (ObjectNode) JSON.readTree(in);
        }
    }

    private static Document parse(String page) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    }

    private static NodeList nodes(Document document, String path) throws Exception {
        return (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, document, XPathConstants.NODESET);
    }

    private static int count(Document document, String path) throws Exception {
        return nodes(document, path).getLength();
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
