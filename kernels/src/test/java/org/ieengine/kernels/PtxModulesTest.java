package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.ieengine.kernels.PtxModules.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PtxModulesTest {
    private static final String HEAD = "// sources 00\n.version 7.1\n.target sm_80\n.address_size 64\n";

    private static String entry(String name, String... parameters) {
        return ".visible .entry " + name + "(\n\t" + String.join(",\n\t", parameters) + "\n)\n{\n\tret;\n}\n";
    }

    private static PtxModules of(String text) {
        return new PtxModules(Map.of("module", HEAD + text));
    }

    @Test
    void shouldReadParametersInTheirOrder() {
        PtxModules modules = of(entry(
                        "first",
                        ".param .u64 first_param_0",
                        ".param .u64 .ptr .align 1 first_param_1",
                        ".param .u32 first_param_2",
                        ".param .f32 first_param_3")
                + entry("second"));

        assertThat(modules.names()).containsExactlyInAnyOrder("first", "second");
        assertThat(modules.entry("first").module()).isEqualTo("module");
        assertThat(modules.entry("first").parameters())
                .containsExactly(Parameter.LONG, Parameter.LONG, Parameter.INT, Parameter.FLOAT);
        assertThat(modules.entry("second").parameters()).isEmpty();
        assertThat(modules.text("module")).startsWith(HEAD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".param .align 8 .b8 k_param_0[24]",
                ".param .f64 k_param_0",
                ".param .u16 k_param_0",
                "gibberish"
            })
    void shouldRefuseParametersThatALaunchCannotCarry(String parameter) {
        String text = entry("k", parameter);

        assertThatThrownBy(() -> of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("parameters of k are pointers, long long, int and float only: " + parameter);
    }

    @Test
    void shouldRefuseANameInTwoModules() {
        Map<String, String> texts = Map.of("one", HEAD + entry("same"), "two", HEAD + entry("same"));

        assertThatThrownBy(() -> new PtxModules(texts))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("same is in ");
    }

    @Test
    void shouldNameTheNewestCudaVersionThatAModuleNeeds() {
        assertThat(new PtxModules(Map.of("a", ".version 7.1\n", "b", ".version 7.8\n", "c", ".version 7.0\n"))
                        .cudaVersion())
                .isEqualTo(11_080);
        assertThat(new PtxModules(Map.of("a", ".version 8.0\n")).cudaVersion()).isEqualTo(12_000);
        Map<String, String> without = Map.of("a", "nothing");
        assertThatThrownBy(() -> new PtxModules(without)).hasMessage("no .version in a");
    }

    @Test
    void shouldTellKernelsThatAreLeftOutFromUnknownOnes() {
        PtxModules modules = of("// needs 8.0: b c\n" + entry("a"));

        assertThat(modules.leftOut()).containsExactlyInAnyOrder("b", "c");
        assertThatThrownBy(() -> modules.entry("d")).hasMessage("there is no kernel d");
    }
}
