package org.ieengine.loaders.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.JsonFile;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.safetensors.TensorCollection;

/**
 * A Hugging Face model directory, opened: {@code config.json} understood, every tensor of the forward pass found and of the
 * shape that the configuration asks for. Elements are read on demand; opening reads headers only.
 *
 * <p>Names are as {@link ModelWeights} has them; files may have them with or without the prefix of the base model, even mixed.
 * Mask buffers ({@code h.N.attn.bias}, {@code masked_bias}), {@code rotary_emb.inv_freq} and unknown scalars are ignored;
 * other tensors that no block reads are ignored with a warning, as {@code transformers} does.
 */
public final class ModelDirectory implements ModelWeights {
    private static final Pattern BUFFER =
            Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)|(.*\\.)?rotary_emb\\.inv_freq");
    private static final List<String> PREFIXES = List.of("transformer.", "model.");
    private static final int CHUNK = 1 << 20;

    private final Path directory;
    private final byte[] configBytes;
    private final ModelConfig config;
    private final TensorCollection files;
    private final Map<String, String> storedNames;
    private final List<String> warnings;

    private ModelDirectory(
            Path directory, byte[] configBytes, CheckedConfig checked, TensorCollection files, NamedTensors tensors) {
        this.directory = directory;
        this.configBytes = configBytes;
        this.config = checked.config();
        this.files = files;
        this.storedNames = tensors.storedNames();
        List<String> all = new ArrayList<>(checked.warnings());
        all.addAll(tensors.warnings());
        this.warnings = List.copyOf(all);
    }

    private record CheckedConfig(ModelConfig config, List<String> warnings) {}

    /** Name in the file by name in the model, for what the forward pass reads. */
    private record NamedTensors(Map<String, String> storedNames, List<String> warnings) {}

    /**
     * Opens a model directory.
     *
     * @throws InputException when it is none, its configuration is malformed or asks for what is not computed here, or its
     *     weights are missing, malformed or at odds with the configuration
     */
    public static ModelDirectory open(Path directory) {
        CheckpointFiles.requireDirectory(directory);
        CheckpointFiles.requireConfig(directory);
        Path configPath = directory.resolve("config.json");
        byte[] configBytes = JsonFile.bytes(configPath);
        ConfigFile configFile = new ConfigFile(configPath, configBytes);
        ModelConfig config = ModelConfigReader.read(configFile);
        TensorCollection files = CheckpointFiles.open(directory);
        boolean complete = false;
        try {
            ModelDirectory model = new ModelDirectory(
                    directory,
                    configBytes,
                    new CheckedConfig(config, configFile.warnings()),
                    files,
                    matched(directory, config, files));
            complete = true;
            return model;
        } finally {
            if (!complete) {
                files.close();
            }
        }
    }

    /**
     * Reads the configuration of a directory alone; weights need not be there.
     *
     * @throws InputException as {@link #open} for the configuration
     */
    public static ModelConfig readConfig(Path directory) {
        CheckpointFiles.requireDirectory(directory);
        CheckpointFiles.requireConfig(directory);
        Path configPath = directory.resolve("config.json");
        return ModelConfigReader.read(new ConfigFile(configPath, JsonFile.bytes(configPath)));
    }

    private static NamedTensors matched(Path directory, ModelConfig config, TensorCollection files) {
        Map<String, String> present = new LinkedHashMap<>();
        boolean prefixed = false;
        for (String stored : files.names()) {
            String name = withoutPrefix(stored);
            prefixed |= !name.equals(stored);
            String other = present.put(name, stored);
            if (other != null && !BUFFER.matcher(name).matches()) {
                throw new InputException(
                        files.fileOf(stored).toString(),
                        "tensor " + stored,
                        "the same tensor is there as '" + other + "' too, expected one of the two");
            }
        }
        List<String> warnings = new ArrayList<>();
        Map<String, String> storedNames = new LinkedHashMap<>();
        ModelTensors.shapes(config).forEach((name, shape) -> {
            String stored = present.remove(name);
            if (stored != null) {
                require(files, stored, shape);
                storedNames.put(name, stored);
            }
        });
        requireAll(directory, config, storedNames.keySet(), prefixed, files, warnings);
        if (config.tiedHead()) {
            present.remove(ModelTensors.HEAD);
        }
        List<String> unread = present.entrySet().stream()
                .filter(entry -> !BUFFER.matcher(entry.getKey()).matches()
                        && files.tensor(entry.getValue()).shape().length > 0)
                .map(Map.Entry::getValue)
                .toList();
        if (!unread.isEmpty()) {
            warnings.add(directory + ": " + unread.size() + " tensors are not part of a " + config.family()
                    + " model of this configuration and are not used: "
                    + String.join(", ", unread.subList(0, Math.min(8, unread.size())))
                    + (unread.size() > 8 ? ", ..." : ""));
        }
        return new NamedTensors(storedNames, warnings);
    }

    private static String withoutPrefix(String stored) {
        for (String prefix : PREFIXES) {
            if (stored.startsWith(prefix)) {
                return stored.substring(prefix.length());
            }
        }
        return stored;
    }

    private static void require(TensorCollection files, String stored, long[] shape) {
        StoredTensor tensor = files.tensor(stored);
        if (!Arrays.equals(tensor.shape(), shape)) {
            throw new InputException(
                    files.fileOf(stored).toString(),
                    "tensor " + stored,
                    "found shape " + Arrays.toString(tensor.shape()) + ", expected " + Arrays.toString(shape)
                            + " from config.json; configuration and weights belong to different models");
        }
        if (!tensor.type().floating()) {
            throw new InputException(
                    files.fileOf(stored).toString(),
                    "tensor " + stored,
                    "found elements of type " + tensor.type() + ", expected F32, F16, BF16 or F64; use the unquantised"
                            + " model");
        }
    }

    private static void requireAll(
            Path directory,
            ModelConfig config,
            Set<String> found,
            boolean prefixed,
            TensorCollection files,
            List<String> warnings) {
        List<String> missing = ModelTensors.shapes(config).keySet().stream()
                .filter(name -> !found.contains(name))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        if (missing.equals(List.of(ModelTensors.HEAD)) && !prefixed) {
            warnings.add(
                    directory + ": a base model without an output head: hidden states can be computed, logits not");
            return;
        }
        throw new InputException(
                files.files().size() == 1 ? files.files().get(0).toString() : directory.toString(),
                "tensor " + missing.get(0),
                "not found (" + missing.size() + " of "
                        + ModelTensors.shapes(config).size()
                        + " tensors are missing) although config.json asks for it; copy or download the weights again, or"
                        + " mend config.json");
    }

    /** The directory as it was named when opened. */
    public Path directory() {
        return directory;
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(storedNames.keySet());
    }

    @Override
    public StoredTensor tensor(String name) {
        String stored = storedNames.get(name);
        if (stored == null) {
            throw new InputException(
                    directory.toString(),
                    "tensor " + name,
                    name.equals(ModelTensors.HEAD) && !config.tiedHead()
                            ? "not found: this is a base model without an output head, logits cannot be computed; use the"
                                    + " model saved with its head"
                            : "not among the tensors of this model");
        }
        return files.tensor(stored);
    }

    /** The files with weights, in order of their names. */
    public List<Path> weightFiles() {
        return files.files();
    }

    /** Number of weights that the forward pass reads; a tied head counts once, buffers do not. */
    public long parameters() {
        return elementsByType().values().stream().mapToLong(Long::longValue).sum();
    }

    /** Bytes of these weights as stored. */
    public long parameterBytes() {
        return elementsByType().entrySet().stream()
                .mapToLong(entry -> entry.getValue() * entry.getKey().bytes())
                .sum();
    }

    /** Number of these weights by element type. */
    public Map<ElementType, Long> elementsByType() {
        Map<ElementType, Long> elements = new EnumMap<>(ElementType.class);
        for (String name : names()) {
            StoredTensor tensor = tensor(name);
            elements.merge(tensor.type(), tensor.elements(), Long::sum);
        }
        return elements;
    }

    /** What is odd about configuration or weights without being wrong; one sentence each. */
    public List<String> warnings() {
        return warnings;
    }

    /** SHA-256 of {@code config.json}, in hexadecimal. */
    public String configSha256() {
        return HexFormat.of().formatHex(sha256().digest(configBytes));
    }

    /**
     * SHA-256 of the files with weights, one after the other in order of their names, in hexadecimal. Reads all of them.
     *
     * @param progress told the number of bytes read so far, every MiB
     */
    public String weightsSha256(LongConsumer progress) {
        MessageDigest digest = sha256();
        byte[] chunk = new byte[CHUNK];
        long done = 0;
        for (Path file : weightFiles()) {
            try (InputStream in = Files.newInputStream(file)) {
                for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                    digest.update(chunk, 0, count);
                    done += count;
                    progress.accept(done);
                }
            } catch (IOException failure) {
                throw FileFault.reading(file.toString(), failure);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("this Java runtime lacks SHA-256", absent);
        }
    }

    @Override
    public void close() {
        files.close();
    }
}
