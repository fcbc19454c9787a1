package org.ieengine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs that measure rates: what they print, on the processor and on a device. */
class RatesTest {
    private static BenchDevice open(String device) {
        EmulatedGpu.start();
        return BenchDevice.open(List.of("--device", device), 2);
    }

    private static JsonNode json(String line) throws Exception {
        return new ObjectMapper().readTree(line);
    }

    /** The smallest critic in both: 2 x 2 (2 x 4 x 768) flop of the first layer, and three times the 393,213 of a pair later on. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void shouldTimeEpochsByTheClockAndByTheDevice(String kind) throws Exception {
        try (BenchDevice device = open(kind)) {
            JsonNode epoch = json(CriticEpochRate.measure(device, 3, 4, 2, 2));

            double first = 2 * 4 * 768;
            double later = 3 * 393_213d;
            assertThat(epoch.get("flops").asDouble()).isEqualTo(2 * 2 * 3 * (2 * first + later));
            assertThat(epoch.get("split_flops").asDouble()).isEqualTo(2 * 3 * (2 * first + 2 * later));
            assertThat(epoch.get("seconds").asDouble()).isPositive();
            assertThat(epoch.get("wall_seconds").asDouble()).isPositive();
            if (device.onProcessor()) {
                assertThat(epoch.get("device_seconds").isNull()).isTrue();
                assertThat(epoch.get("overhead").isNull()).isTrue();
            } else {
                double own = epoch.get("device_seconds").asDouble();
                assertThat(own).isPositive();
                assertThat(epoch.get("overhead").asDouble()).isLessThan(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void shouldTimeProductsWithWhatFollowsThem(String kind) throws Exception {
        try (BenchDevice device = open(kind)) {
            for (String shape : List.of("5x8x16", "5x8x16+gelu", "5x8x16+residual", "5x8x16+leaky")) {
                JsonNode product = json(ProductRate.measure(device, shape, 2));

                assertThat(product.get("shape").asText()).isEqualTo(shape);
                assertThat(product.get("flops").asDouble()).isEqualTo(2 * 5 * 8 * 16);
                assertThat(product.get("seconds").asDouble()).isPositive();
            }
        }
    }

    @Test
    void shouldNameWhatMayFollowAProduct() {
        try (BenchDevice device = open("cpu")) {
            assertThatThrownBy(() -> ProductRate.measure(device, "5x8x16+relu", 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("+relu: gelu, residual or leaky is expected");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cuda"})
    void shouldCompareMemoryBoundOperationsWithACopy(String kind) throws Exception {
        try (BenchDevice device = open(kind)) {
            List<String> lines = MemoryRate.measure(device, 16, 32, 2);

            assertThat(json(lines.get(0)).get("kernel").asText()).isEqualTo("copy");
            assertThat(json(lines.get(0)).get("share").asDouble()).isEqualTo(1);
            assertThat(lines).hasSize(14).allSatisfy(line -> {
                assertThat(json(line).get("seconds").asDouble()).isPositive();
                assertThat(json(line).get("share").asDouble()).isNotNegative();
            });
        }
    }
}
