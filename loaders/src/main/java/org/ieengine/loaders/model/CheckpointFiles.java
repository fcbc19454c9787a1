package org.ieengine.loaders.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.PyTorchAdvice;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.ShardedSafetensors;
import org.ieengine.loaders.safetensors.TensorCollection;

/**
 * Finds the weights in a model directory as {@code from_pretrained} does, {@code model.safetensors} before
 * {@code model.safetensors.index.json}, and explains what lies there in their place.
 */
final class CheckpointFiles {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private CheckpointFiles() {}

    static TensorCollection open(Path directory) {
        if (Files.exists(directory.resolve(SINGLE))) {
            return SafetensorsFile.open(directory.resolve(SINGLE));
        }
        if (Files.exists(directory.resolve(INDEX))) {
            return ShardedSafetensors.open(directory.resolve(INDEX));
        }
        throw explained(directory);
    }

    /** Refuses a directory that is missing or is something else. */
    static void requireDirectory(Path directory) {
        if (!Files.exists(directory)) {
            throw new InputException(
                    directory.toString(),
                    "",
                    "not found, expected a model directory (config.json, model.safetensors, tokenizer); check the path");
        }
        if (!Files.isDirectory(directory)) {
            throw new InputException(
                    directory.toString(),
                    "",
                    "found a file, expected a model directory (config.json, model.safetensors, tokenizer); name the"
                            + " directory that holds it");
        }
    }

    /** Refuses a directory without configuration, saying what it seems to be. */
    static void requireConfig(Path directory) {
        if (Files.exists(directory.resolve("config.json"))) {
            return;
        }
        List<String> names = names(directory);
        String place = directory.toString();
        if (names.contains("adapter_config.json")) {
            throw new InputException(
                    place,
                    "config.json",
                    "not found, but adapter_config.json: these are weights of an adapter, expected a whole model; merge"
                            + " them into the base model (merge_and_unload of peft) and save that");
        }
        if (names.contains("snapshots")) {
            throw new InputException(
                    place,
                    "config.json",
                    "not found; this is the cache entry of a model: name the directory under 'snapshots' in it");
        }
        if (names.stream().anyMatch(name -> name.endsWith(".gguf"))) {
            throw new InputException(
                    place, "config.json", "not found, but a .gguf file, expected a model as Hugging Face stores it");
        }
        throw new InputException(
                place,
                "config.json",
                "not found" + found(names) + ", expected a model directory with config.json; check the path");
    }

    private static InputException explained(Path directory) {
        List<String> names = names(directory);
        for (String name : names) {
            String finding = null;
            if (name.endsWith(".bin")
                    || name.endsWith(".pt")
                    || name.endsWith(".pth")
                    || name.endsWith(".bin.index.json")) {
                finding = "PyTorch weights ('" + name + "'), expected safetensors; " + PyTorchAdvice.CONVERT;
            } else if (name.endsWith(".h5") || name.endsWith(".msgpack") || name.contains(".ckpt")) {
                finding =
                        "TensorFlow or Flax weights ('" + name + "'), expected safetensors; use the PyTorch weights of"
                                + " the model: " + PyTorchAdvice.CONVERT;
            } else if (name.endsWith(".gguf")) {
                finding = "a GGUF file ('" + name + "'), expected safetensors; use the model as Hugging Face stores it";
            } else if (name.matches("model-\\d+-of-\\d+\\.safetensors")) {
                finding = "parts of a checkpoint ('" + name + "') without their index, expected '" + INDEX
                        + "' too; copy or download it";
            }
            if (finding != null && !name.matches("(training_args|optimizer|scheduler|rng_state.*)\\..*")) {
                return new InputException(directory.toString(), "", "found " + finding);
            }
        }
        return new InputException(
                directory.toString(),
                "",
                "no weights: expected '" + SINGLE + "' or '" + INDEX + "'" + found(names)
                        + "; copy or download the weights into it");
    }

    private static String found(List<String> names) {
        return names.isEmpty()
                ? ", the directory is empty"
                : ", found only " + String.join(", ", names.subList(0, Math.min(names.size(), 8)))
                        + (names.size() > 8 ? ", ..." : "");
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException failure) {
            throw new InputException(directory.toString(), "", "cannot be listed: " + failure, failure);
        }
    }
}
