package org.ieengine.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.model.ModelTensors;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;

/**
 * Writes a model directory with random weights of any size, for measurements: {@code config.json} and safetensors in one file
 * or in shards with an index. Norm weights are near one (near zero for Gemma, which adds one), matrices normal-like with deviation 0.02; the
 * same seed gives the same bytes.
 *
 * <pre>RandomCheckpoint OUT_DIR FAMILY [key=value ...]
 * RandomCheckpoint gpt2-small gpt2
 * RandomCheckpoint llama-5gb llama type=BF16 shards=4 hidden_size=3200 num_hidden_layers=22 intermediate_size=8640</pre>
 *
 * Keys: {@code type} (F32, F16, BF16; default F32), {@code shards} (default 1), {@code seed} (default 0); any other key goes
 * into {@code config.json}, where absent keys have the defaults of the family.
 */
public final class RandomCheckpoint {
    private static final int CHUNK = 1 << 16;

    private final Path directory;
    private final ElementType type;
    private final int shards;
    private final long seed;

    private RandomCheckpoint(Path directory, ElementType type, int shards, long seed) {
        this.directory = directory;
        this.type = type;
        this.shards = shards;
        this.seed = seed;
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2) {
            System.err.println(
                    "usage: RandomCheckpoint OUT_DIR FAMILY [type=F32] [shards=1] [seed=0] [config key=value]");
            System.exit(2);
        }
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config = mapper.createObjectNode().put("model_type", arguments[1]);
        Map<String, String> settings = new LinkedHashMap<>(Map.of("type", "F32", "shards", "1", "seed", "0"));
        for (String argument : List.of(arguments).subList(2, arguments.length)) {
            String[] pair = argument.split("=", 2);
            if (settings.containsKey(pair[0])) {
                settings.put(pair[0], pair[1]);
            } else {
                config.set(
                        pair[0],
                        mapper.readTree(
                                pair[1].matches("[a-z]\\w*") && !pair[1].matches("true|false|null")
                                        ? '"' + pair[1] + '"'
                                        : pair[1]));
            }
        }
        Path directory = Path.of(arguments[0]);
        Files.createDirectories(directory);
        Files.write(
                directory.resolve("config.json"),
                mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
        new RandomCheckpoint(
                        directory,
                        ElementType.valueOf(settings.get("type")),
                        Integer.parseInt(settings.get("shards")),
                        Long.parseLong(settings.get("seed")))
                .write(ModelDirectory.readConfig(directory), mapper);
        try (ModelDirectory written = ModelDirectory.open(directory)) {
            System.out.println(written.parameters() + " parameters, " + written.parameterBytes() + " bytes in "
                    + written.weightFiles().size() + " files");
        }
    }

    private void write(ModelConfig config, ObjectMapper mapper) throws IOException {
        List<List<TensorDeclaration>> parts = parts(config);
        ObjectNode index = mapper.createObjectNode();
        index.putObject("metadata")
                .put(
                        "total_size",
                        parts.stream()
                                .flatMap(List::stream)
                                .mapToLong(TensorDeclaration::bytes)
                                .sum());
        ObjectNode map = index.putObject("weight_map");
        for (int part = 0; part < parts.size(); part++) {
            String file = parts.size() == 1
                    ? "model.safetensors"
                    : String.format("model-%05d-of-%05d.safetensors", part + 1, parts.size());
            parts.get(part).forEach(tensor -> map.put(tensor.name(), file));
            writePart(directory.resolve(file), parts.get(part), config.family().startsWith("gemma") ? 0 : 1);
        }
        if (parts.size() > 1) {
            Files.write(
                    directory.resolve("model.safetensors.index.json"),
                    mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(index));
        }
    }

    /** Tensors in order, cut into parts of about the same number of bytes. */
    private List<List<TensorDeclaration>> parts(ModelConfig config) {
        List<TensorDeclaration> all = new ArrayList<>();
        String prefix = config.family().equals("gpt2") ? "transformer." : "model.";
        ModelTensors.shapes(config)
                .forEach((name, shape) -> all.add(
                        TensorDeclaration.of(name.equals(ModelTensors.HEAD) ? name : prefix + name, type, shape)));
        long total = all.stream().mapToLong(TensorDeclaration::bytes).sum();
        List<List<TensorDeclaration>> parts = new ArrayList<>();
        long done = 0;
        for (TensorDeclaration tensor : all) {
            if (parts.isEmpty() || parts.size() < shards && done >= total / shards * parts.size()) {
                parts.add(new ArrayList<>());
            }
            parts.get(parts.size() - 1).add(tensor);
            done += tensor.bytes();
        }
        return parts;
    }

    private void writePart(Path file, List<TensorDeclaration> tensors, float normMean) {
        float[] chunk = new float[CHUNK];
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, tensors, Map.of("format", "pt"))) {
            for (TensorDeclaration tensor : tensors) {
                SplittableRandom random =
                        new SplittableRandom(seed ^ tensor.name().hashCode());
                boolean norm = tensor.name().matches(".*(norm|ln_[12f])\\.weight");
                for (long first = 0; first < tensor.elements(); first += CHUNK) {
                    int count = (int) Math.min(CHUNK, tensor.elements() - first);
                    for (int i = 0; i < count; i++) {
                        // Sum of four uniform numbers: near enough to a normal one, and quick over billions of weights.
                        long bits = random.nextLong();
                        int sum = (int) (bits & 0xFFFF)
                                + (int) (bits >>> 16 & 0xFFFF)
                                + (int) (bits >>> 32 & 0xFFFF)
                                + (int) (bits >>> 48);
                        float deviate = (sum - 2 * 65_535) * (float) (Math.sqrt(3) / 65_536);
                        chunk[i] = (norm ? normMean : 0) + 0.02f * deviate;
                    }
                    writer.write(tensor.name(), first, chunk, 0, count);
                }
            }
        }
    }
}
