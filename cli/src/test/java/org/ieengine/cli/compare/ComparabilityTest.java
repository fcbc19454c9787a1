package org.ieengine.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.report.Comparison;
import org.ieengine.cli.report.NamedRun;
import org.ieengine.cli.report.RunDocument;
import org.junit.jupiter.api.Test;

class ComparabilityTest {
    @Test
    void shouldSayNothingOfEqualRuns() throws IOException {
        Comparison comparison = compared(results(), results());

        assertThat(comparison.notes()).isEmpty();
        assertThat(comparison.settings()).isNotEmpty().noneMatch(Comparison.Setting::differs);
    }

    @Test
    void shouldSayThatBitsOfUnequalSamplesDoNotCompare() throws IOException {
        ObjectNode more = results();
        more.withObject("/data").put("used", 9000);
        Comparison comparison = compared(results(), more, results());

        assertThat(comparison.notes())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("The runs have different numbers of sequences (8,192 in a, c; 9,000 in b)")
                .contains("grow with N");
        assertThat(differing(comparison)).containsExactly("data: used");
    }

    @Test
    void shouldNameEveryKindOfDifference() throws IOException {
        ObjectNode other = results();
        other.withObject("/data").put("tokens", 16);
        other.withObject("/settings").put("protocol", "paper");
        other.withObject("/model").put("d", 512);
        other.withObject("/engine")
                .put("precision", "bf16")
                .put("device", "NVIDIA H100")
                .put("commit", "0123456");
        other.withArray("/layers")
                .removeIf(row -> row.path("estimator").asText().equals("dv"));
        List<String> notes = compared(results(), other).notes();

        assertThat(notes).hasSize(7);
        assertThat(notes)
                .anyMatch(n -> n.contains("sequence lengths in tokens (8 in a; 16 in b)"))
                .anyMatch(n -> n.contains("protocols (standard in a; paper in b)"))
                .anyMatch(n -> n.contains("noise levels"))
                .anyMatch(n -> n.contains("precisions of matrix products (f32 in a; bf16 in b)"))
                .anyMatch(n -> n.contains("devices (CPU, 16 cores, OpenBLAS 0.3.31 in a; NVIDIA H100 in b)"))
                .anyMatch(n -> n.contains("versions of the program (0.1.0 b21fd85 in a; 0.1.0 0123456 in b)"))
                .anyMatch(
                        n -> n.startsWith("Not every run has every estimator (dv + resolution in a; resolution in b)"));
    }

    @Test
    void shouldTellOtherDataFromOtherTokensOfTheSameData() throws IOException {
        ObjectNode tokens = results();
        tokens.withObject("/ceiling").put("ie_bits", 4.5);
        assertThat(compared(results(), tokens).notes())
                .singleElement()
                .asString()
                .startsWith("The runs read the same file with equal N and T, but not the same token sequences");

        ObjectNode data = results();
        data.withObject("/data").put("sha256", "0011223344").put("path", "x/other.txt");
        assertThat(compared(results(), data).notes())
                .singleElement()
                .asString()
                .startsWith("The runs were measured on different data (sentences.txt, SHA-256 5c5c5c5c in a;"
                        + " other.txt, SHA-256 00112233 in b)");
    }

    @Test
    void shouldCompareTokenizersByTheirFilesAndWarnWhereTheyAreNotKnown() throws IOException {
        ObjectNode one = results();
        one.withObject("/model").put("tokenizer_sha256", "aaaaaaaaaaaa");
        ObjectNode other = results();
        other.withObject("/model").put("tokenizer_sha256", "bbbbbbbbbbbb").put("family", "llama");
        assertThat(compared(one, one).notes()).isEmpty();
        assertThat(compared(one, other).notes())
                .singleElement()
                .asString()
                .startsWith("The runs have different tokenizers (SHA-256 aaaaaaaa in a; bbbbbbbb in b)");
        assertThat(compared(results(), other).notes())
                .singleElement()
                .asString()
                .contains("tokenizers of some runs are not known", "gpt2 with 4,096 tokens in a");
    }

    @Test
    void shouldNameOnlySomeOfManyRuns() throws IOException {
        ObjectNode[] runs = new ObjectNode[10];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = results();
        }
        runs[0].withObject("/data").put("tokens", 4);
        assertThat(compared(runs).notes().get(0)).contains("(4 in a; 8 in b, c, d, e, f, g and 3 more)");
    }

    private static List<String> differing(Comparison comparison) {
        return comparison.settings().stream()
                .filter(Comparison.Setting::differs)
                .map(Comparison.Setting::name)
                .toList();
    }

    private static Comparison compared(ObjectNode... results) {
        List<NamedRun> runs = new ArrayList<>();
        for (int i = 0; i < results.length; i++) {
            runs.add(NamedRun.of(String.valueOf((char) ('a' + i)), "runs/" + i, RunDocument.read(results[i])));
        }
        return Comparability.of(runs);
    }

    private static ObjectNode results() throws IOException {
        try (InputStream in = ComparabilityTest.class.getResourceAsStream("/report/four-layers.json")) {
            return (ObjectNode) new ObjectMapper().readTree(in);
        }
    }
}
