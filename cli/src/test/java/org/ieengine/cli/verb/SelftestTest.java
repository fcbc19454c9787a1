package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.ieengine.cli.ProgramRun;
import org.junit.jupiter.api.Test;

class SelftestTest {
    @Test
    void shouldPassOnTheProcessorAndSaySo() {
        ProgramRun run = ProgramRun.of("selftest", "--device", "cpu", "--small");

        assertThat(run.code()).as(run.out() + run.err()).isZero();
        assertThat(run.out())
                .contains("PASS  linear out-in", "PASS  attention", "PASS  hidden states of gemma3", "measure: critics")
                .doesNotContain("FAIL");
        assertThat(run.out().lines().reduce((first, last) -> last).orElse(""))
                .matches("PASS: all [0-9,]+ checks on cpu .*");
        assertThat(run.err()).startsWith("selftest of cpu (");
    }

    @Test
    void shouldGiveEveryRowAsJson() throws IOException {
        ProgramRun run = ProgramRun.of("selftest", "--device", "cpu", "--small", "--quiet", "--json");
        JsonNode document = new ObjectMapper().readTree(run.out());

        assertThat(run.err()).isEmpty();
        assertThat(document.path("format").asText()).isEqualTo("ie-engine/selftest/1");
        assertThat(document.path("passed").asBoolean()).isTrue();
        assertThat(document.path("rows")).hasSizeGreaterThan(250).allSatisfy(row -> {
            assertThat(row.path("operation").asText()).isNotEmpty();
            assertThat(row.path("precision").asText()).isEqualTo("f32");
            assertThat(row.path("error").asDouble())
                    .isLessThanOrEqualTo(row.path("tolerance").asDouble());
            assertThat(row.path("passed").isBoolean()).isTrue();
        });
    }

    @Test
    void shouldEndWithFourWhereTheDeviceIsMissing() {
        assertThat(ProgramRun.of("selftest", "--device", "cuda:97").code()).isEqualTo(4);
    }
}
