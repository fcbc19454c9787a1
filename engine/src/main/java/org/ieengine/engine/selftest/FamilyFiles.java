package org.ieengine.engine.selftest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * One tiny model of a family with the states that Hugging Face {@code transformers} computes from it, as the jar ships them: the first
 * blocks of a golden model of the tests, and of its vocabulary the tokens of one sequence.
 *
 * @param directory where the files lie
 */
record FamilyFiles(Path directory) {
    /** The families that are shipped. */
    static final List<String> NAMES = List.of("gpt2", "llama", "gemma", "gemma2", "gemma3");

    private static final List<String> FILES = List.of("config.json", "model.safetensors", "golden.safetensors");

    /** Copies the files of a family out of the jar. */
    static FamilyFiles copy(String family, Path parent) {
        Path directory = parent.resolve(family);
        try {
            Files.createDirectories(directory);
            for (String file : FILES) {
                try (InputStream in = FamilyFiles.class.getResourceAsStream("families/" + family + "/" + file)) {
                    if (in == null) {
                        throw new IllegalStateException("the program was built without families/" + family);
                    }
                    Path target = directory.resolve(file);
                    if (!Files.exists(target)) {
                        Files.copy(in, target);
                    }
                }
            }
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
        return new FamilyFiles(directory);
    }

    /** The sequence, [1, T]. */
    TokenMatrix tokens() {
        try (SafetensorsFile stored = SafetensorsFile.open(directory.resolve("golden.safetensors"))) {
            StoredTensor ids = stored.tensor("input_ids");
            long[] values = new long[Math.toIntExact(ids.elements())];
            ids.read(0, values, 0, values.length);
            return new TokenMatrix(
                    Arrays.stream(values).mapToInt(Math::toIntExact).toArray(), 1, values.length);
        }
    }

    /** Stored states [L + 1, 1, T, d]. */
    double[] states() {
        try (SafetensorsFile stored = SafetensorsFile.open(directory.resolve("golden.safetensors"))) {
            StoredTensor states = stored.tensor("hidden_states");
            double[] values = new double[Math.toIntExact(states.elements())];
            states.read(0, values, 0, values.length);
            return values;
        }
    }
}
