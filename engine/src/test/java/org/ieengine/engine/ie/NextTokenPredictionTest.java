package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.MeasureSettings.Control;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.model.reference.GoldenForward;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.model.ModelTensors;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NextTokenPredictionTest {
    private static final double BIT = Math.log(2);

    @TempDir
    Path directory;

    private CpuBackend backend;

    @BeforeEach
    void open() {
        backend = new CpuBackend(2);
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private IeResult run(MeasureSettings settings, ModelWeights weights, TokenMatrix tokens) {
        return run(settings, weights, tokens, RunListener.SILENT);
    }

    private IeResult run(MeasureSettings settings, ModelWeights weights, TokenMatrix tokens, RunListener listener) {
        RunInputs inputs = new RunInputs(
                weights,
                new ModelProvenance("model", 1, "config", "weights"),
                tokens,
                new DataProvenance("by hand", "ids", tokens.sequences(), java.util.Map.of(), java.util.Map.of()),
                new EngineProvenance("0.1.0", "none", "java", "os", "cpu", "f32", "own"));
        InformationEmergence measure = TestRuns.stated(settings, inputs, backend, new ListenerCalls());
        try (Journal journal = Journal.open(directory, true)) {
            return measure.run(measure.plan(MemoryLimits.FREE), journal, listener);
        }
    }

    private static MeasureSettings.Builder settings() {
        return MeasureSettings.builder()
                .estimators(List.of(MeasureSettings.Estimator.DV))
                .seeds(1);
    }

    /** -log2 of the probability of a token, in float64. */
    private static double surprise(double[] logits, int from, int vocabulary, int token) {
        double greatest = IntStream.range(0, vocabulary)
                .mapToDouble(i -> logits[from + i])
                .max()
                .orElseThrow();
        double sum = IntStream.range(0, vocabulary)
                .mapToDouble(i -> Math.exp(logits[from + i] - greatest))
                .sum();
        return (greatest + Math.log(sum) - logits[from + token]) / BIT;
    }

    static List<GoldenForward> goldens() {
        return GoldenForward.all().stream()
                .filter(golden -> golden.tokens().tokens() > 1)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theModelsOwnNumbersAreThoseOfStoredLogits(GoldenForward golden) {
        TokenMatrix tokens = golden.tokens();
        int length = tokens.tokens();
        double[] logits = golden.values("logits_f64");
        NextTokenPrediction found;
        int vocabulary;
        try (ModelDirectory model = ModelDirectory.open(golden.model())) {
            vocabulary = model.config().vocabulary();
            found = run(settings().build(), model, tokens).measured().prediction();
        }
        int sequences = tokens.sequences();
        double sum = 0;
        double hits = 0;
        for (int t = 0; t < length - 1; t++) {
            double atPosition = 0;
            for (int s = 0; s < sequences; s++) {
                int from = (s * length + t) * vocabulary;
                int target = tokens.id(s, t + 1);
                atPosition += surprise(logits, from, vocabulary, target) / sequences;
                boolean first = IntStream.range(0, vocabulary).allMatch(i -> logits[from + i] <= logits[from + target]);
                hits += first ? 1 : 0;
            }
            sum += atPosition;
            assertThat(found.positions().get(t).crossEntropyBits()).isCloseTo(atPosition, within(1e-4));
        }
        assertThat(found.targets()).isEqualTo(sequences * (length - 1));
        assertThat(found.crossEntropyBits()).isCloseTo(sum / (length - 1), within(1e-4));
        assertThat(found.perplexity()).isCloseTo(Math.pow(2, sum / (length - 1)), withinPercentage(0.01));
        assertThat(found.top1()).isCloseTo(hits / found.targets(), within(1e-12));
        int lastLayer = found.meanBlocks().size() - 1;
        assertThat(found.meanBlocks().get(lastLayer).macroCeBits()).isEqualTo(found.crossEntropyBits());
        // The first token alone is the sequence so far.
        found.blocks().stream()
                .filter(block -> block.position() == 0)
                .forEach(block -> assertThat(block.predictiveBits()).isCloseTo(0, within(2e-5)));
    }

    /** Surprises [N * (T - 1)] of the next tokens, read from the states after a block of sequences [N, T] or of tokens alone. */
    private double[] surprises(ModelDirectory model, TokenMatrix tokens, int layer, boolean alone) {
        int vocabulary = model.config().vocabulary();
        int length = tokens.tokens();
        TokenMatrix fed = alone ? new TokenMatrix(tokens.ids(), tokens.ids().length, 1) : tokens;
        List<Integer> positions = IntStream.range(0, fed.tokens()).boxed().toList();
        float[] logits = new float[tokens.ids().length * vocabulary];
        try (Transformer transformer = Transformers.open(model, backend);
                ActivationSweep sweep = new ActivationSweep(transformer, backend, fed, positions, "model")) {
            sweep.embed(() -> {});
            for (int l = 0; l <= layer; l++) {
                sweep.advance(() -> {});
            }
            sweep.logits(0, fed.sequences(), logits);
        }
        double[] wide = new double[logits.length];
        Arrays.setAll(wide, i -> logits[i]);
        double[] surprises = new double[tokens.sequences() * (length - 1)];
        Arrays.setAll(surprises, i -> {
            int sequence = i / (length - 1);
            int t = i % (length - 1);
            return surprise(wide, (sequence * length + t) * vocabulary, vocabulary, tokens.id(sequence, t + 1));
        });
        return surprises;
    }

    @Test
    void everyBlockIsReadThroughTheHeadWithAndWithoutItsContext() {
        TokenMatrix tokens = TestRuns.repeating(40, 5, 3);
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            NextTokenPrediction found =
                    run(settings().build(), model, tokens).measured().prediction();
            assertThat(found.sequences()).isEqualTo(40);
            assertThat(found.blocks()).hasSize(4 * 4);
            for (int layer = 0; layer < 4; layer++) {
                double[] whole = surprises(model, tokens, layer, false);
                double[] alone = surprises(model, tokens, layer, true);
                double[] ofSequence = new double[40];
                for (int t = 0; t < 4; t++) {
                    int at = t;
                    double[] differences = IntStream.range(0, 40)
                            .mapToDouble(s -> alone[s * 4 + at] - whole[s * 4 + at])
                            .toArray();
                    NextTokenPrediction.OfBlock block = found.blocks().get(layer * 4 + t);
                    assertThat(block.layer()).isEqualTo(layer);
                    assertThat(block.position()).isEqualTo(t);
                    assertThat(block.predictiveBits()).isCloseTo(ResultAssembler.mean(differences), within(5e-5));
                    assertThat(block.se())
                            .isCloseTo(ResultAssembler.deviation(differences) / Math.sqrt(40), within(5e-5));
                    assertThat(block.macroCeBits())
                            .isCloseTo(
                                    IntStream.range(0, 40)
                                            .mapToDouble(s -> whole[s * 4 + at])
                                            .average()
                                            .orElseThrow(),
                                    within(5e-5));
                    assertThat(block.microCeBits() - block.macroCeBits())
                            .isCloseTo(block.predictiveBits(), within(1e-9));
                    Arrays.setAll(ofSequence, s -> ofSequence[s] + differences[s] / 4);
                }
                NextTokenPrediction.OfBlock mean = found.meanBlocks().get(layer);
                assertThat(mean.predictiveBits()).isCloseTo(ResultAssembler.mean(ofSequence), within(5e-5));
                assertThat(mean.se()).isCloseTo(ResultAssembler.deviation(ofSequence) / Math.sqrt(40), within(5e-5));
            }
            assertThat(found.leading()).hasSize(4).allMatch(block -> block.position() == 3);
        }
    }

    @Test
    void anUntrainedTwinKnowsNothingOfWhatComesNextAndATrainedModelDoes() {
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            // Four of the tokens that the sample saw follow each other in its training.
            TokenMatrix tokens = golden(model);
            IeResult result = run(settings().control(Control.UNTRAINED).build(), model, tokens);
            NextTokenPrediction trained = result.measured().prediction();
            NextTokenPrediction untrained = result.controls().get("untrained").prediction();
            double uniform = Math.log(model.config().vocabulary()) / BIT;
            assertThat(untrained.crossEntropyBits()).isCloseTo(uniform, within(0.3));
            assertThat(untrained.meanBlocks())
                    .allSatisfy(block -> assertThat(block.predictiveBits()).isCloseTo(0, within(0.3)));
            assertThat(trained.crossEntropyBits()).isLessThan(uniform - 3);
            assertThat(trained.meanBlocks().get(3).predictiveBits()).isGreaterThan(0.5);
        }
    }

    private static TokenMatrix golden(ModelDirectory model) {
        return GoldenForward.all().stream()
                .filter(golden ->
                        golden.model().equals(TestRuns.GPT2) || golden.model().endsWith("samples/gpt2-tiny"))
                .findFirst()
                .orElseThrow()
                .tokens();
    }

    @Test
    void withABeginningTokenThePrefixOfItAloneIsItself() {
        int[] ids = TestRuns.repeating(30, 4, 9).ids().clone();
        for (int s = 0; s < 30; s++) {
            ids[4 * s] = 2047;
        }
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            NextTokenPrediction found = run(settings().bos(true).build(), model, new TokenMatrix(ids, 30, 4))
                    .measured()
                    .prediction();
            for (NextTokenPrediction.OfBlock block : found.blocks()) {
                if (block.position() == 0) {
                    assertThat(block.predictiveBits()).isZero();
                    assertThat(block.se()).isZero();
                } else {
                    assertThat(block.predictiveBits()).isNotZero();
                }
            }
        }
    }

    @Test
    void theModelIsReadAfterItsLastBlockWhateverBlocksAreWantedAndUpToTheLastPositionWanted() {
        TokenMatrix tokens = TestRuns.repeating(50, 6, 4);
        MeasureSettings few = settings()
                .layers(Selection.of(List.of(1)))
                .positions(Selection.of(List.of(0, 2)))
                .build();
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            IeResult result = run(few, model, tokens);
            NextTokenPrediction found = result.measured().prediction();
            assertThat(result.measured().layers()).allMatch(row -> row.layer() == 1);
            assertThat(found.meanBlocks())
                    .extracting(NextTokenPrediction.OfBlock::layer)
                    .containsExactly(1, 3);
            assertThat(found.positions())
                    .extracting(NextTokenPrediction.AtPosition::position)
                    .containsExactly(0, 1, 2);
            double[] whole = surprises(model, tokens, 3, false);
            assertThat(found.positions().get(2).crossEntropyBits())
                    .isCloseTo(
                            IntStream.range(0, 50)
                                    .mapToDouble(s -> whole[s * 5 + 2])
                                    .average()
                                    .orElseThrow(),
                            within(5e-5));
        }
    }

    @Test
    void aRunThatWasStoppedGoesOnToTheSameNumbersAndReadsNoBlockTwice() {
        TokenMatrix tokens = TestRuns.repeating(50, 6, 4);
        MeasureSettings settings = settings().control(Control.SHUFFLED).build();
        List<EstimateKey> keys = new ArrayList<>();
        RunListener stopping = new RunListener() {
            @Override
            public void estimateFinished(EstimateKey key) {
                keys.add(key);
            }

            @Override
            public String stopReason() {
                return keys.stream().filter(EstimateKey::isPrediction).count() == 2 ? "enough" : null;
            }
        };
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            assertThatThrownBy(() -> run(settings, model, tokens, stopping)).isInstanceOf(RunStoppedException.class);
            List<EstimateKey> later = new ArrayList<>();
            IeResult resumed = run(settings, model, tokens, new RunListener() {
                @Override
                public void estimateFinished(EstimateKey key) {
                    later.add(key);
                }
            });
            assertThat(later.stream().filter(EstimateKey::isPrediction)).hasSize(6);
            assertThat(later).doesNotContainAnyElementsOf(keys);
            Path other = directory.resolve("at-once");
            InformationEmergence again =
                    TestRuns.stated(settings, TestRuns.inputs(model, tokens), backend, new ListenerCalls());
            try (Journal journal = Journal.open(other, false)) {
                IeResult whole = again.run(again.plan(MemoryLimits.FREE), journal, RunListener.SILENT);
                assertThat(resumed.measured().prediction())
                        .isEqualTo(whole.measured().prediction());
                assertThat(resumed.controls().get("shuffled").prediction())
                        .isEqualTo(whole.controls().get("shuffled").prediction())
                        .isNotEqualTo(whole.measured().prediction());
            }
        }
    }

    /** Weights without the output head. */
    private record Headless(ModelWeights original) implements ModelWeights {
        @Override
        public ModelConfig config() {
            return original.config();
        }

        @Override
        public Set<String> names() {
            Set<String> names = new HashSet<>(original.names());
            names.remove(ModelTensors.HEAD);
            return names;
        }

        @Override
        public StoredTensor tensor(String name) {
            assertThat(name).isNotEqualTo(ModelTensors.HEAD);
            return original.tensor(name);
        }

        @Override
        public void close() {}
    }

    @Test
    void withoutAHeadNothingIsPredictedAndAWarningSaysWhy() {
        TokenMatrix tokens = TestRuns.repeating(20, 4, 4);
        try (ModelDirectory model = ModelDirectory.open(Path.of("..", "samples", "openllama-tiny"))) {
            IeResult result = run(settings().control(Control.UNTRAINED).build(), new Headless(model), tokens);
            assertThat(result.measured().prediction()).isNull();
            assertThat(result.controls().get("untrained").prediction()).isNull();
            assertThat(result.warnings())
                    .anyMatch(warning -> warning.startsWith("the checkpoint has no output head (lm_head.weight)"));
            assertThat(ResultJson.document(result).get("prediction").isNull()).isTrue();
            assertThat(result.measured().layers()).isNotEmpty();
        }
    }

    @Test
    void nothingIsPredictedWhereItIsOffOrNoTokenFollows() {
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            MeasureSettings off =
                    settings().prediction(MeasureSettings.PREDICTION_OFF).build();
            assertThat(run(off, model, TestRuns.repeating(20, 4, 4)).measured().prediction())
                    .isNull();
        }
    }

    @Test
    void aSequenceOfOneTokenHasNoNext() {
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            IeResult result = run(settings().build(), model, TestRuns.repeating(20, 1, 4));
            assertThat(result.measured().prediction()).isNull();
            assertThat(result.warnings()).noneMatch(warning -> warning.contains("head"));
        }
    }

    @Test
    void aHeadThatOverflowsIsNamed() {
        try (ModelDirectory model = ModelDirectory.open(Path.of("..", "samples", "openllama-tiny"))) {
            ModelWeights planted = new PlantedWeights(
                    model,
                    ModelTensors.HEAD,
                    (tensor, element) -> element == 77 ? Float.NaN : PlantedWeights.element(tensor, element));
            assertThatThrownBy(() -> run(settings().build(), planted, TestRuns.repeating(20, 4, 4)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("model: output head: a logit is not finite");
        }
    }

    @Test
    void theRuleTakesSixteenThousandNextTokensFromSomeSequences() {
        int rule = MeasureSettings.PREDICTION_BY_RULE;
        assertThat(NextTokens.count(rule, 300_000, 7)).isEqualTo(2048);
        assertThat(NextTokens.count(rule, 300_000, 15)).isEqualTo(1092);
        assertThat(NextTokens.count(rule, 300_000, 1023)).isEqualTo(16);
        assertThat(NextTokens.count(rule, 300_000, 4095)).isEqualTo(16);
        assertThat(NextTokens.count(rule, 1500, 7)).isEqualTo(1500);
        assertThat(NextTokens.count(5000, 300_000, 7)).isEqualTo(5000);
        assertThat(NextTokens.count(rule, 300_000, 0)).isZero();
        assertThat(NextTokens.count(MeasureSettings.PREDICTION_OFF, 300_000, 7)).isZero();
    }

    @Test
    void fewerSequencesAreAmongMoreAndOtherSeedsTakeOthers() {
        PrefixTree sequences = new PrefixTree(TestRuns.repeating(400, 6, 4));
        int[] few = NextTokens.draw(20, sequences, 5);
        int[] more = NextTokens.draw(60, sequences, 5);
        assertThat(few).doesNotHaveDuplicates();
        assertThat(more).contains(few);
        assertThat(NextTokens.draw(20, sequences, 6)).isNotEqualTo(few);
        assertThat(NextTokens.draw(400, sequences, 5))
                .containsExactlyInAnyOrder(IntStream.range(0, 400).toArray());
    }
}
