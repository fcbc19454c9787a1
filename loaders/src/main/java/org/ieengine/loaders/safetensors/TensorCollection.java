package org.ieengine.loaders.safetensors;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Named tensors that lie in one safetensors file or in several. */
public sealed interface TensorCollection extends AutoCloseable permits SafetensorsFile, ShardedSafetensors {
    /** Names of all tensors, in the order of the files and of their headers. */
    Set<String> names();

    /**
     * The tensor of that name; it can be read until the collection is closed.
     *
     * @throws org.ieengine.loaders.InputException when there is none, naming the file that was searched
     */
    StoredTensor tensor(String name);

    /** The file that holds the tensor of that name. */
    Path fileOf(String name);

    /** The safetensors files, in order of their names. */
    List<Path> files();

    @Override
    void close();
}
