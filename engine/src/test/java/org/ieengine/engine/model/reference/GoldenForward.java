package org.ieengine.engine.model.reference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * One stored forward pass of {@code transformers} (see the README beside the files): a golden file and the model directory that it
 * belongs to.
 */
public record GoldenForward(Path model, Path file) {
    /** Every golden file of the test resources and of the sample models. */
    public static List<GoldenForward> all() {
        return Stream.of(Path.of("src", "test", "resources", "golden"), Path.of("..", "samples"))
                .flatMap(root -> list(root).stream())
                .filter(model -> Files.exists(model.resolve("config.json")))
                .flatMap(model -> list(model).stream()
                        .filter(file -> file.getFileName().toString().matches("golden.*\\.safetensors"))
                        .map(file -> new GoldenForward(model, file)))
                .toList();
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    /** The sequences, shape [B, T]. */
    public TokenMatrix tokens() {
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            StoredTensor ids = stored.tensor("input_ids");
            long[] values = new long[Math.toIntExact(ids.elements())];
            ids.read(0, values, 0, values.length);
            long[] shape = ids.shape();
            return new TokenMatrix(
                    java.util.Arrays.stream(values).mapToInt(Math::toIntExact).toArray(), (int) shape[0], (int)
                            shape[1]);
        }
    }

    /**
     * All values of a stored tensor, row-major: {@code hidden_states} [L + 1, B, T, d], {@code final_norm} [B, T, d],
     * {@code logits} [B, T, V], and the same with {@code _f64}.
     */
    public double[] values(String name) {
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            StoredTensor tensor = stored.tensor(name);
            double[] values = new double[Math.toIntExact(tensor.elements())];
            tensor.read(0, values, 0, values.length);
            return values;
        }
    }

    @Override
    public String toString() {
        return model.getFileName() + "/" + file.getFileName();
    }
}
