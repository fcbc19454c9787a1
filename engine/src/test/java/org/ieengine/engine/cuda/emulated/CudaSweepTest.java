package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.model.ConfigurationVariants;
import org.ieengine.engine.model.SweepReference;
import org.ieengine.engine.model.SweptStates;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.TransformerBlock;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.model.reference.RandomWeights;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Sweeps with shared prefixes on the emulated GPU: against float64, and against themselves in other batches. */
class CudaSweepTest {
    private EmulatedBackends device;

    @BeforeEach
    void open() {
        device = EmulatedBackends.late();
    }

    @AfterEach
    void close() {
        device.close();
    }

    static List<ModelConfig> configurations() {
        return ConfigurationVariants.all();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void sharedPrefixesChangeNothing(ModelConfig config) {
        TokenMatrix tokens = SweepReference.sharing(8, 7, config.vocabulary());
        SweepReference.assertAgrees(device.apart(Precision.F32), new RandomWeights(config), tokens, 12);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void statesAreTheSameBytesInBatchesOfEverySize(ModelConfig config) {
        TokenMatrix tokens = SweepReference.sharing(12, 9, config.vocabulary());
        ModelWeights weights = new RandomWeights(config);
        for (Precision precision : Precision.values()) {
            CudaBackend backend = device.packed(precision, Long.MAX_VALUE);
            SweptStates one = SweptStates.of(weights, backend, tokens, 9);
            for (int maxRows : new int[] {16, 1000}) {
                SweptStates other = SweptStates.of(weights, backend, tokens, maxRows);
                assertThat(Arrays.deepEquals(other.hiddenStates(), one.hiddenStates()))
                        .as("%s in batches of %d rows", precision, maxRows)
                        .isTrue();
                assertThat(Arrays.equals(other.logits(), one.logits())).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void rowsCoincideWhereTheyDoOnTheProcessor(Precision precision) {
        // Tokens 2k and 2k + 1 have the same embedding: sequences that differ in that alone have the same states.
        ModelConfig config = ConfigurationVariants.all().stream()
                .filter(variant -> variant.family().equals("llama"))
                .findFirst()
                .orElseThrow();
        ModelWeights weights = new TwinTokens(new RandomWeights(config));
        // No token comes twice in a sequence: attention to equal values would give equal states up to rounding alone.
        int[] ids = new int[32 * 4];
        for (int i = 0; i < ids.length; i++) {
            int sequence = i / 4;
            int position = i % 4;
            ids[i] = 4 * position + 2 * (sequence >> position + 1 & 1) + (sequence & 1);
        }
        TokenMatrix tokens = new TokenMatrix(ids, 32, 4);
        try (CpuBackend cpu = new CpuBackend(1)) {
            CudaBackend backend = device.packed(precision, Long.MAX_VALUE);
            SweptStates expected = SweptStates.of(weights, cpu, tokens, 50);
            SweptStates found = SweptStates.of(weights, backend, tokens, 50);
            for (int state = 0; state <= config.layers(); state++) {
                int[] classes = classes(cpu, expected.hiddenStates()[state], config.width());
                assertThat(classes(backend, found.hiddenStates()[state], config.width()))
                        .isEqualTo(classes);
                assertThat(Arrays.stream(classes).distinct().count()).isEqualTo(state == 0 ? 8 : classes.length / 2);
            }
        }
    }

    /** For every row, the first row with the same hash. */
    private static int[] classes(Backend backend, float[] states, int width) {
        try (Tensor tensor = backend.allocate(states.length / width, width)) {
            backend.write(states, tensor, 0);
            Map<Long, Integer> first = new HashMap<>();
            long[] hashes = backend.rowHashes(tensor);
            int[] classes = new int[hashes.length];
            for (int row = 0; row < hashes.length; row++) {
                classes[row] = first.computeIfAbsent(hashes[row], hash -> first.size());
            }
            return classes;
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aBlockTakesExactlyTheBytesItSays(ModelConfig config) {
        for (Precision precision : List.of(Precision.F32, Precision.BF16)) {
            assertTakesExactlyTheBytesItSays(config, device.packed(precision, Long.MAX_VALUE));
        }
    }

    private static void assertTakesExactlyTheBytesItSays(ModelConfig config, CudaBackend backend) {
        try (Transformer transformer = Transformers.open(new RandomWeights(config), backend)) {
            for (int[] limits : new int[][] {{1, 1}, {7, 3}, {64, 32}}) {
                long before = backend.allocatedBytes();
                int layer = config.layers() - 1;
                try (TransformerBlock block = transformer.openBlock(layer, limits[0], limits[1])) {
                    assertThat(block).isNotNull();
                    assertThat(backend.allocatedBytes() - before)
                            .isEqualTo(transformer.blockBytes(layer, limits[0], limits[1]));
                }
                assertThat(backend.allocatedBytes()).isEqualTo(before);
            }
        }
    }
}
