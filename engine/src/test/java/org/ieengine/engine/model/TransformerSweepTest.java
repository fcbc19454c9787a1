package org.ieengine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.model.reference.RandomWeights;
import org.ieengine.engine.model.reference.ReferenceStates;
import org.ieengine.engine.model.reference.ReferenceTransformer;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sweeps with repeated sequences and shared prefixes, in batches of every size, against the float64 reference. */
class TransformerSweepTest {
    private static CpuBackend backend;

    @BeforeAll
    static void openBackend() {
        backend = new CpuBackend(2);
    }

    @AfterAll
    static void closeBackend() {
        backend.close();
    }

    static List<ModelConfig> configurations() {
        return ConfigurationVariants.all();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void sharedPrefixesChangeNothing(ModelConfig config) {
        ModelWeights weights = new RandomWeights(config);
        TokenMatrix tokens = SweepReference.sharing(30, 11, config.vocabulary());
        assertThat(new PrefixTree(tokens).rows()).isLessThan(30 * 11 - 60);
        for (int maxRows : new int[] {11, 12, 40, 1000}) {
            SweepReference.assertAgrees(backend, weights, tokens, maxRows);
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void longSequencesAgree(ModelConfig config) {
        SweepReference.assertAgrees(
                backend, new RandomWeights(config), SweepReference.sharing(4, 90, config.vocabulary()), 90);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void singleTokensAgree(ModelConfig config) {
        ModelWeights weights = new RandomWeights(config);
        PrefixTree micro = PrefixTree.ofSingleTokens(SweepReference.sharing(4, 9, config.vocabulary()));
        SweepReference.assertAgrees(backend, weights, micro.tokens(), 3);
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aBlockTakesExactlyTheBytesItSays(ModelConfig config) {
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

    @ParameterizedTest
    @MethodSource("configurations")
    void theEmbeddingTakesExactlyTheBytesItSaysUntilABlockIsOpened(ModelConfig config) {
        PrefixTree tree = new PrefixTree(SweepReference.sharing(3, 4, config.vocabulary()));
        try (Transformer transformer = Transformers.open(new RandomWeights(config), backend);
                Tensor stream = backend.allocate(tree.rows(), config.width());
                ResidualBatch batch = tree.batches(100, backend).iterator().next()) {
            long before = backend.allocatedBytes();
            transformer.embed(batch.prefixes(), batch.rowsOf(stream));
            assertThat(backend.allocatedBytes() - before).isEqualTo(transformer.embeddingBytes());
            transformer.openBlock(0, 100, 4).close();
            assertThat(backend.allocatedBytes()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void oneOpenBlockServesMacroAndMicroSweepsInTurn(ModelConfig config) {
        ModelWeights weights = new RandomWeights(config);
        PrefixTree macro = new PrefixTree(SweepReference.sharing(20, 6, config.vocabulary()));
        PrefixTree micro = PrefixTree.ofSingleTokens(macro.tokens());
        try (Transformer transformer = Transformers.open(weights, backend);
                Tensor macroStream = embedded(transformer, macro);
                Tensor microStream = embedded(transformer, micro);
                TransformerBlock block = transformer.openBlock(0, 8, 6)) {
            advance(block, macro, macroStream);
            advance(block, micro, microStream);
            assertStates(weights, macro, macroStream);
            assertStates(weights, micro, microStream);
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void batchesBeyondWhatTheBlockWasOpenedForAreRefused(ModelConfig config) {
        PrefixTree tree = new PrefixTree(SweepReference.sharing(9, 4, config.vocabulary()));
        try (Transformer transformer = Transformers.open(new RandomWeights(config), backend);
                Tensor stream = embedded(transformer, tree);
                TransformerBlock block = transformer.openBlock(0, 8, 3)) {
            assertThatThrownBy(() -> advance(block, tree, stream))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("opened for 8 rows of 3");
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void statesAreTheSameBytesForAnyNumberOfThreads(ModelConfig config) {
        TokenMatrix tokens = SweepReference.sharing(30, 11, config.vocabulary());
        ModelWeights weights = new UntrainedWeights(config, 9);
        try (CpuBackend single = new CpuBackend(1);
                CpuBackend several = new CpuBackend(3)) {
            SweptStates one = SweptStates.of(weights, single, tokens, 50);
            SweptStates other = SweptStates.of(weights, several, tokens, 50);
            assertThat(one.hiddenStates()).isDeepEqualTo(other.hiddenStates());
            assertThat(one.logits()).isEqualTo(other.logits());
        }
    }

    private static Tensor embedded(Transformer transformer, PrefixTree tree) {
        Tensor stream = backend.allocate(tree.rows(), transformer.config().width());
        for (ResidualBatch batch : tree.batches(8, backend)) {
            try (batch) {
                transformer.embed(batch.prefixes(), batch.rowsOf(stream));
            }
        }
        return stream;
    }

    private static void advance(TransformerBlock block, PrefixTree tree, Tensor stream) {
        for (ResidualBatch batch : tree.batches(8, backend)) {
            try (batch) {
                block.forward(batch.prefixes(), batch.rowsOf(stream));
            }
        }
    }

    /** After block 0. */
    private static void assertStates(ModelWeights weights, PrefixTree tree, Tensor stream) {
        int d = weights.config().width();
        float[] row = new float[d];
        for (int sequence = 0; sequence < tree.tokens().sequences(); sequence++) {
            ReferenceStates expected =
                    ReferenceTransformer.of(weights).forward(tree.tokens().sequence(sequence));
            for (int position = 0; position < tree.tokens().tokens(); position++) {
                backend.read(stream, tree.node(position, sequence), 1, row);
                for (int i = 0; i < d; i++) {
                    SweepReference.assertClose(row[i], expected.hiddenStates()[1][position][i]);
                }
            }
        }
    }
}
