package org.ieengine.loaders.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
    private static final String LLAMA = "{\"model_type\":\"llama\",\"num_hidden_layers\":1,\"hidden_size\":4,"
            + "\"num_attention_heads\":2,\"intermediate_size\":6,\"vocab_size\":5}";
    private static final String GPT2 =
            "{\"model_type\":\"gpt2\",\"n_layer\":1,\"n_embd\":4,\"n_head\":2,\"n_positions\":3,\"vocab_size\":5}";

    @TempDir
    private Path parent;

    private Path directory;
    private Map<String, TensorDeclaration> tensors;

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = Files.createDirectory(parent.resolve("model"));
        tensors = new LinkedHashMap<>();
    }

    /** Configuration, and declarations of all its tensors under a prefix. */
    private void config(String json, String prefix) {
        text("config.json", json);
        ModelTensors.shapes(ModelDirectory.readConfig(directory)).forEach((name, shape) -> {
            String stored = name.equals("lm_head.weight") ? name : prefix + name;
            tensors.put(stored, TensorDeclaration.of(stored, ElementType.F32, shape));
        });
    }

    private void text(String name, String content) {
        try {
            Files.writeString(directory.resolve(name), content);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void add(String name, ElementType type, long... shape) {
        tensors.put(name, TensorDeclaration.of(name, type, shape));
    }

    private Path weights(String file) {
        Path path = directory.resolve(file);
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(path, new ArrayList<>(tensors.values()), Map.of("format", "pt"))) {
            tensors.forEach((name, tensor) -> {
                int count = (int) tensor.elements();
                if (tensor.type().floating()) {
                    float[] values = new float[count];
                    Arrays.fill(values, name.length());
                    writer.write(name, 0, values, 0, count);
                } else {
                    writer.write(name, 0, new long[count], 0, count);
                }
            });
        }
        return path;
    }

    private void assertRefused(String... sentenceParts) {
        assertThatThrownBy(() -> ModelDirectory.open(directory).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(directory.toString())
                .hasMessageContainingAll(sentenceParts);
    }

    @Test
    void namesAreFoundWithPrefixWithoutAndMixed() {
        for (String prefix : new String[] {"model.", ""}) {
            tensors.clear();
            config(LLAMA, prefix);
            TensorDeclaration embedding = tensors.remove(prefix + "embed_tokens.weight");
            add("embed_tokens.weight", embedding.type(), 5, 4);
            weights("model.safetensors");
            try (ModelDirectory model = ModelDirectory.open(directory)) {
                assertThat(model.names())
                        .containsExactlyElementsOf(
                                ModelTensors.shapes(model.config()).keySet());
                assertThat(model.tensor("norm.weight").shape()).containsExactly(4);
                assertThat(model.warnings()).isEmpty();
                assertThat(model.parameters()).isEqualTo(2 * 20 + 4 * 16 + 3 * 24 + 3 * 4);
            }
        }
    }

    @Test
    void tensorThatIsThereWithPrefixAndWithoutIsRefused() {
        config(LLAMA, "model.");
        add("norm.weight", ElementType.F32, 4);
        weights("model.safetensors");
        assertRefused("the same tensor is there as '");
    }

    @Test
    void buffersAndStrayScalarsAreIgnored() {
        config(GPT2, "transformer.");
        add("transformer.h.0.attn.bias", ElementType.U8, 1, 1, 3, 3);
        add("h.0.attn.masked_bias", ElementType.F32);
        add("h.7.attn.bias", ElementType.F32, 9);
        add("rotary_emb.inv_freq", ElementType.F32, 2);
        add("model.layers.0.self_attn.rotary_emb.inv_freq", ElementType.F32, 2);
        add("num_batches_tracked", ElementType.I64);
        weights("model.safetensors");
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            assertThat(model.warnings()).isEmpty();
            assertThat(model.names()).doesNotContain("h.0.attn.bias");
            assertThat(model.elementsByType()).containsOnlyKeys(ElementType.F32);
        }
    }

    @Test
    void tensorsThatNoBlockReadsAreAWarning() {
        config(GPT2, "");
        add("score.weight", ElementType.F32, 2, 4);
        weights("model.safetensors");
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            assertThat(model.warnings()).hasSize(1).first().asString().contains("1 tensors", "score.weight");
            assertThat(model.names()).doesNotContain("score.weight");
        }
    }

    @Test
    void headOfATiedModelIsNotRead() {
        config(GPT2, "transformer.");
        add("lm_head.weight", ElementType.F32, 5, 4);
        weights("model.safetensors");
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            assertThat(model.names()).doesNotContain("lm_head.weight");
            assertThat(model.warnings()).isEmpty();
            assertThat(model.parameters()).isEqualTo(20 + 12 + (8 + 48 + 12 + 16 + 4 + 8 + 64 + 16 + 64 + 4) + 8);
        }
    }

    @Test
    void missingHeadOfAnUntiedModelIsRefused() {
        config(LLAMA, "model.");
        tensors.remove("lm_head.weight");
        weights("model.safetensors");
        assertRefused("model.safetensors: tensor lm_head.weight: not found (1 of 12 tensors are missing)");
    }

    @Test
    void baseModelLacksOnlyItsLogits() {
        config(LLAMA, "");
        tensors.remove("lm_head.weight");
        weights("model.safetensors");
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            assertThat(model.warnings()).hasSize(1).first().asString().contains("without an output head");
            assertThatThrownBy(() -> model.tensor("lm_head.weight"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("logits cannot be computed");
        }
    }

    @Test
    void missingTensorIsNamed() {
        config(LLAMA, "model.");
        tensors.remove("model.layers.0.mlp.up_proj.weight");
        weights("model.safetensors");
        assertRefused("tensor layers.0.mlp.up_proj.weight: not found (1 of 12 tensors are missing)");
    }

    @Test
    void wrongShapeIsNamedWithTheExpectedOne() {
        config(LLAMA, "model.");
        add("model.layers.0.mlp.up_proj.weight", ElementType.F32, 4, 6);
        weights("model.safetensors");
        assertRefused("tensor model.layers.0.mlp.up_proj.weight: found shape [4, 6], expected [6, 4]");
    }

    @Test
    void integerWeightsAreRefused() {
        config(LLAMA, "model.");
        add("model.layers.0.mlp.up_proj.weight", ElementType.U8, 6, 4);
        weights("model.safetensors");
        assertRefused("tensor model.layers.0.mlp.up_proj.weight: found elements of type U8");
    }

    @Test
    void typesMayDifferWithinAFile() {
        config(LLAMA, "model.");
        add("model.norm.weight", ElementType.BF16, 4);
        add("lm_head.weight", ElementType.F16, 5, 4);
        weights("model.safetensors");
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            assertThat(model.elementsByType())
                    .containsEntry(ElementType.BF16, 4L)
                    .containsEntry(ElementType.F16, 20L);
            assertThat(model.parameterBytes()).isEqualTo(2 * 24 + 4 * (model.parameters() - 24));
        }
    }

    @Test
    void shardsAreOneModel() throws IOException {
        config(LLAMA, "model.");
        Map<String, TensorDeclaration> all = new LinkedHashMap<>(tensors);
        StringBuilder map = new StringBuilder();
        for (String part : new String[] {"b", "a"}) {
            tensors.clear();
            all.forEach((name, tensor) -> {
                if (name.contains("mlp") == part.equals("a")) {
                    tensors.put(name, tensor);
                    map.append(map.length() == 0 ? "" : ",")
                            .append('"')
                            .append(name)
                            .append("\":\"")
                            .append(part)
                            .append(".safetensors\"");
                }
            });
            weights(part + ".safetensors");
        }
        text("model.safetensors.index.json", "{\"weight_map\":{" + map + "}}");
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            assertThat(model.weightFiles())
                    .containsExactly(directory.resolve("a.safetensors"), directory.resolve("b.safetensors"));
            float[] value = new float[1];
            model.tensor("norm.weight").read(0, value, 0, 1);
            assertThat(value).containsExactly("model.norm.weight".length());
        }
    }

    @Test
    void checksumsAreThoseOfTheFiles() throws IOException {
        config(GPT2, "");
        Path file = weights("model.safetensors");
        AtomicLong progress = new AtomicLong();
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            assertThat(model.configSha256()).isEqualTo(sha256(directory.resolve("config.json")));
            assertThat(model.weightsSha256(progress::set)).isEqualTo(sha256(file));
        }
        assertThat(progress).hasValue(Files.size(file));
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException(absent);
        }
    }

    @Test
    void missingDirectoryAndFileInItsPlace() throws IOException {
        Path missing = parent.resolve("nowhere");
        assertThatThrownBy(() -> ModelDirectory.open(missing))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nowhere: not found, expected a model directory");
        Path file = Files.writeString(parent.resolve("file"), "x");
        assertThatThrownBy(() -> ModelDirectory.open(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("found a file, expected a model directory");
    }

    @Test
    void directoryWithoutConfiguration() throws IOException {
        assertRefused("config.json: not found, the directory is empty");
        text("notes.txt", "");
        assertRefused("config.json: not found, found only notes.txt");
        text("model-Q4.gguf", "");
        assertRefused("config.json: not found, but a .gguf file");
        text("adapter_config.json", "{}");
        assertRefused("config.json: not found, but adapter_config.json", "merge_and_unload");
    }

    @Test
    void damagedConfiguration() throws IOException {
        text("config.json", "{\"model_type\":");
        assertRefused("config.json: line 1: found malformed JSON");
        text("config.json", "{\"n_layer\":1,\"n_layer\":2}");
        assertRefused("config.json: line 1: found malformed JSON (Duplicate");
        text("config.json", "{} {}");
        assertRefused("config.json: line 1: found malformed JSON");
        text("config.json", "");
        assertRefused("config.json: found nothing, expected a JSON object");
        text("config.json", "version https://git-lfs.github.com/spec/v1\n");
        assertRefused("config.json: found a Git LFS pointer");
        text("config.json", "<!doctype html>");
        assertRefused("config.json: found an HTML or XML page");
        Files.write(directory.resolve("config.json"), new byte[] {'{', '"', (byte) 0xFF, '"', '}'});
        assertRefused("config.json: found bytes that are not UTF-8");
        text("config.json", "[".repeat(100_000));
        assertRefused("config.json: found malformed JSON (Document nesting depth");
        Files.delete(directory.resolve("config.json"));
        Files.createDirectory(directory.resolve("config.json"));
        assertRefused("config.json: found a directory, expected a JSON file");
    }

    @Test
    void directoryWithoutWeights() {
        config(LLAMA, "model.");
        assertRefused(
                "no weights: expected 'model.safetensors' or 'model.safetensors.index.json', found only config.json");
    }

    @Test
    void pickledWeightsAloneAreExplained() {
        config(LLAMA, "model.");
        text("training_args.bin", "");
        text("pytorch_model.bin", "");
        assertRefused("found PyTorch weights ('pytorch_model.bin'), expected safetensors", "safe_serialization=True");
    }

    @Test
    void otherWeightsAloneAreExplained() throws IOException {
        config(LLAMA, "model.");
        text("tf_model.h5", "");
        assertRefused("found TensorFlow or Flax weights ('tf_model.h5')");
        Files.delete(directory.resolve("tf_model.h5"));
        text("model.gguf", "");
        assertRefused("found a GGUF file ('model.gguf')");
        Files.delete(directory.resolve("model.gguf"));
        text("model-00001-of-00002.safetensors", "");
        assertRefused("found parts of a checkpoint ('model-00001-of-00002.safetensors') without their index");
    }

    @Test
    void weightsThatAreAGitLfsPointerAreExplained() {
        config(LLAMA, "model.");
        text("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        assertRefused("model.safetensors: found a Git LFS pointer");
    }
}
