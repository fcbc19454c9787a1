package org.ieengine.loaders.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.JsonFile;

/**
 * A checkpoint in several safetensors files with an index ({@code model.safetensors.index.json}) whose {@code weight_map} says
 * which tensor lies in which file. All headers are read and checked on opening: every tensor of the index is in its file,
 * none is in two, and no file lies outside the directory of the index.
 */
public final class ShardedSafetensors implements TensorCollection {
    private final Path index;
    private final Map<String, SafetensorsFile> shards;
    private final Map<String, SafetensorsFile> shardOfTensor;

    private ShardedSafetensors(
            Path index, Map<String, SafetensorsFile> shards, Map<String, SafetensorsFile> shardOfTensor) {
        this.index = index;
        this.shards = shards;
        this.shardOfTensor = shardOfTensor;
    }

    /**
     * Opens all files that an index names.
     *
     * @throws InputException when the index is malformed, leads out of its directory, or is at odds with the files
     */
    public static ShardedSafetensors open(Path index) {
        Map<String, String> fileOfTensor = weightMap(index);
        Map<String, SafetensorsFile> shards = new TreeMap<>();
        boolean complete = false;
        try {
            fileOfTensor.forEach((tensor, file) -> {
                if (!shards.containsKey(file)) {
                    shards.put(file, SafetensorsFile.open(shardPath(index, tensor, file)));
                }
            });
            Map<String, SafetensorsFile> shardOfTensor = tensorsByName(shards);
            fileOfTensor.forEach((tensor, file) -> requireHeld(index, tensor, shards.get(file), shardOfTensor));
            complete = true;
            return new ShardedSafetensors(index, shards, shardOfTensor);
        } finally {
            if (!complete) {
                shards.values().forEach(SafetensorsFile::close);
            }
        }
    }

    private static Map<String, String> weightMap(Path index) {
        String path = index.toString();
        JsonNode map = JsonFile.readObject(index).get("weight_map");
        if (map == null || !map.isObject() || map.isEmpty()) {
            throw new InputException(
                    path,
                    "weight_map",
                    (map == null ? "not found" : "found " + JsonFile.described(map))
                            + ", expected an object that names the file of every tensor");
        }
        Map<String, String> fileOfTensor = new LinkedHashMap<>();
        map.properties().forEach(entry -> {
            if (!entry.getValue().isTextual()) {
                throw new InputException(
                        path,
                        "weight_map, tensor " + entry.getKey(),
                        "found " + JsonFile.described(entry.getValue()) + ", expected the name of a file");
            }
            fileOfTensor.put(entry.getKey(), entry.getValue().textValue());
        });
        return fileOfTensor;
    }

    private static Path shardPath(Path index, String tensor, String file) {
        String place = "weight_map, tensor " + tensor;
        Path directory = index.toAbsolutePath().getParent();
        Path shard;
        try {
            shard = index.resolveSibling(file);
        } catch (InvalidPathException invalid) {
            throw new InputException(index.toString(), place, "'" + file + "' is no file name", invalid);
        }
        if (file.isBlank()
                || Path.of(file).isAbsolute()
                || !shard.toAbsolutePath().normalize().startsWith(directory.normalize())) {
            throw new InputException(
                    index.toString(),
                    place,
                    "'" + file + "' leads out of the directory of the model, expected the name of a file in it");
        }
        if (!Files.exists(shard)) {
            throw new InputException(
                    index.toString(),
                    place,
                    "should lie in '" + file + "', which is missing; copy or download that file too");
        }
        try {
            // Caches of model downloads link every file of a model to one place of blobs; a link is followed only if
            // the
            // index itself is such a link to the same place.
            Path real = shard.toRealPath();
            if (!real.startsWith(directory.toRealPath())
                    && !real.getParent().equals(index.toRealPath().getParent())) {
                throw new InputException(
                        index.toString(),
                        place,
                        "'" + file + "' is a link that leads out of the directory of the model, to '" + real
                                + "'; put the file itself there");
            }
        } catch (IOException failure) {
            throw new InputException(
                    index.toString(), place, "'" + file + "' cannot be read: " + FileFault.reason(failure), failure);
        }
        return shard;
    }

    private static Map<String, SafetensorsFile> tensorsByName(Map<String, SafetensorsFile> shards) {
        Map<String, SafetensorsFile> shardOfTensor = new LinkedHashMap<>();
        for (SafetensorsFile shard : shards.values()) {
            for (String name : shard.names()) {
                SafetensorsFile other = shardOfTensor.put(name, shard);
                if (other != null) {
                    throw new InputException(
                            shard.path().toString(),
                            "tensor " + name,
                            "lies also in '" + other.path() + "', expected every tensor in one file only; remove the"
                                    + " files of another checkpoint from the directory");
                }
            }
        }
        return shardOfTensor;
    }

    private static void requireHeld(
            Path index, String tensor, SafetensorsFile shard, Map<String, SafetensorsFile> shardOfTensor) {
        SafetensorsFile holder = shardOfTensor.get(tensor);
        if (holder != shard) {
            throw new InputException(
                    index.toString(),
                    "weight_map, tensor " + tensor,
                    "should lie in '" + shard.path().getFileName() + "' but "
                            + (holder == null
                                    ? "no file holds it"
                                    : "lies in '" + holder.path().getFileName() + "'")
                            + "; index and files belong to different checkpoints: copy or download all of them again");
        }
    }

    /** The index that was opened. */
    public Path index() {
        return index;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(shardOfTensor.keySet());
    }

    @Override
    public StoredTensor tensor(String name) {
        return shard(name).tensor(name);
    }

    @Override
    public Path fileOf(String name) {
        return shard(name).path();
    }

    @Override
    public List<Path> files() {
        return shards.values().stream().map(SafetensorsFile::path).toList();
    }

    private SafetensorsFile shard(String name) {
        SafetensorsFile shard = shardOfTensor.get(name);
        if (shard == null) {
            throw new InputException(
                    index.toString(), "tensor " + name, "not found in any of " + shards.size() + " files");
        }
        return shard;
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
    }
}
