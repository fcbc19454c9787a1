package org.ieengine.loaders.array;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.SafetensorsFile;

/**
 * Opens a numeric array by the name a user gives: {@code .npy}, {@code .csv} (or {@code .tsv}), {@code .safetensors} with one
 * tensor, or {@code FILE:NAME} for a tensor among several.
 */
public final class ArrayFiles {
    private static final String SAFETENSORS = ".safetensors";

    private ArrayFiles() {}

    /**
     * Opens an array.
     *
     * @throws InputException when there is none, it is malformed, or which tensor is meant is open
     */
    public static ArrayRows open(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        int colon = lower.indexOf(SAFETENSORS + ":");
        if (colon >= 0) {
            int split = colon + SAFETENSORS.length();
            return tensor(path(name.substring(0, split)), name.substring(split + 1));
        }
        Path path = path(name);
        if (lower.endsWith(SAFETENSORS)) {
            return tensor(path, "");
        }
        if (!Files.exists(path)) {
            throw new InputException(name, "", "no such file");
        }
        if (lower.endsWith(".npy")) {
            return NpyRows.open(path);
        }
        if (lower.endsWith(".csv") || lower.endsWith(".tsv")) {
            return CsvRows.open(path);
        }
        if (lower.endsWith(".npz")) {
            throw new InputException(
                    name, "", "an .npz archive is not read here; unzip it and name the .npy file in it");
        }
        throw new InputException(name, "", "its name ends in none of .safetensors, .npy, .csv");
    }

    /**
     * Bytes of the Java heap that {@link #open} takes at most: text is held as float64, the other kinds are mapped. A text that can be
     * read only once counts as 0.
     *
     * @throws InputException when the file cannot be read
     */
    public static long heapBytes(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean text = lower.endsWith(".csv") || lower.endsWith(".tsv");
        return text ? Double.BYTES * CsvRows.mostNumbers(path(name)) : 0;
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException fault) {
            throw new InputException(name, "", "cannot be a path here: " + fault.getReason(), fault);
        }
    }

    private static ArrayRows tensor(Path path, String named) {
        SafetensorsFile file = SafetensorsFile.open(path);
        try {
            Set<String> names = file.names();
            if (named.isEmpty() && names.size() != 1) {
                throw new InputException(
                        path.toString(),
                        "",
                        "holds " + names.size() + " tensors; name one of them as " + path.getFileName() + ":NAME "
                                + names.stream().limit(8).toList());
            }
            String name = named.isEmpty() ? names.iterator().next() : named;
            return new TensorRows(file, file.tensor(name));
        } catch (InputException fault) {
            file.close();
            throw fault;
        }
    }
}
