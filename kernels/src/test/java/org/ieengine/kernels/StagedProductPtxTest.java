package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the products through stages in shared memory are made of: the instructions that they were written for, and nothing in their place. */
class StagedProductPtxTest {
    private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)");

    /** A warp of 64 x 64 multiplies 4 x 8 fragments, twice a stage. */
    private static final int PRODUCTS_OF_A_STAGE = 64;

    static List<Arguments> kernels() throws IOException {
        List<Arguments> kernels = new ArrayList<>();
        for (String name : List.of("matmul_bf16", "matmul_tf32")) {
            String ptx = Files.readString(PtxSources.ptx().stream()
                    .filter(file -> file.getFileName().toString().equals(name + ".ptx"))
                    .findFirst()
                    .orElseThrow());
            Matcher entry = ENTRY.matcher(ptx);
            List<Integer> starts = new ArrayList<>();
            while (entry.find()) {
                starts.add(entry.start());
            }
            starts.add(ptx.length());
            for (int i = 0; i + 1 < starts.size(); i++) {
                String body = ptx.substring(starts.get(i), starts.get(i + 1));
                entry = ENTRY.matcher(body);
                assertThat(entry.find()).isTrue();
                kernels.add(Arguments.of(entry.group(1), body));
            }
        }
        assertThat(kernels).hasSize(8);
        return kernels;
    }

    private static int count(String text, String instruction) {
        return text.split(Pattern.quote(instruction), -1).length - 1;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kernels")
    void shouldMultiplyOnTensorCoresFromStagesThatAreCopiedAside(String kernel, String ptx) {
        boolean bf16 = kernel.contains("bf16");
        assertThat(count(
                        ptx, bf16 ? "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" : "mma.sync.aligned.m16n8k8"))
                .isEqualTo(PRODUCTS_OF_A_STAGE);
        assertThat(count(ptx, "mma.sync")).isEqualTo(PRODUCTS_OF_A_STAGE);
        assertThat(count(ptx, "cp.async.cg.shared.global")).isPositive();
        assertThat(count(ptx, "cp.async.wait_group 2"))
                .as("three stages on their way")
                .isPositive();
        assertThat(ptx).doesNotContain(".local");
        boolean alongA = !kernel.contains("_at");
        boolean alongB = kernel.endsWith("_bt");
        boolean straight = ptx.contains("ldmatrix.sync.aligned.m8n8.x4.shared");
        boolean transposing = ptx.contains("ldmatrix.sync.aligned.m8n8.x4.trans");
        assertThat(straight).isEqualTo(alongA || alongB);
        assertThat(transposing).as("it transposes 16 bits").isEqualTo(bf16 && !(alongA && alongB));
        if (!bf16) {
            assertThat(count(ptx, "cvt.rna.tf32.f32")).isPositive();
            assertThat(count(ptx, "cp.async.ca.shared.global"))
                    .as("rows that lie anywhere")
                    .isPositive();
        }
    }
}
