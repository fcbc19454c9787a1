package org.ieengine.loaders.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.text.TextFile;

/**
 * Distinct names of things, in order.
 *
 * @param source name of a built-in list, or the file as the user named it
 * @param sha256 SHA-256 of the list's bytes in hexadecimal digits
 * @param entities the names; the one on line i + 1 has the index i
 */
public record EntityList(String source, String sha256, List<String> entities) {
    /** Names of the built-in lists: 25 countries, 16 animals, 15 colours. */
    public static final List<String> BUILT_IN = List.of("country", "animal", "color");

    private static final long LONGEST = 64L << 20;

    /** Copies the names. */
    public EntityList {
        entities = List.copyOf(entities);
    }

    /**
     * A built-in list where the word is one of {@link #BUILT_IN}, otherwise the file of that path: one name a line, UTF-8.
     *
     * @throws InputException when the file cannot be read, or holds an empty line, a name twice, or no name
     */
    public static EntityList of(String word) {
        byte[] bytes = BUILT_IN.contains(word) ? builtIn(word) : file(word);
        List<String> lines = TextFile.lines(word, bytes);
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String name = lines.get(i);
            if (name.isBlank()) {
                throw new InputException(word, line(i), "is empty; expected one entity a line: remove the line");
            }
            Integer before = seen.putIfAbsent(name, i);
            if (before != null) {
                throw new InputException(
                        word, line(i), "'" + name + "' is on line " + (before + 1) + " already; remove one of them");
            }
        }
        if (lines.isEmpty()) {
            throw new InputException(word, "", "is empty; expected one entity a line");
        }
        return new EntityList(word, sha256(bytes), lines);
    }

    private static byte[] builtIn(String name) {
        try (InputStream resource = EntityList.class.getResourceAsStream(name + ".txt")) {
            return resource.readAllBytes();
        } catch (IOException e) {
            throw FileFault.reading(name, e);
        }
    }

    private static byte[] file(String file) {
        Path path = Path.of(file);
        if (!Files.exists(path)) {
            throw new InputException(
                    file, "", "there is no such file, nor a built-in list (" + String.join(", ", BUILT_IN) + ")");
        }
        if (Files.isDirectory(path)) {
            throw new InputException(file, "", "is a directory; expected a file with one entity a line");
        }
        try {
            if (Files.size(path) > LONGEST) {
                throw new InputException(
                        file, "", "has " + Files.size(path) + " bytes, more than any list; is it another file?");
            }
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw FileFault.reading(file, e);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Refuses entities that could not be told apart in a list.
     *
     * @throws InputException naming the first one that holds the separator
     */
    void requireApartFrom(String separator) {
        for (int i = 0; i < entities.size(); i++) {
            if (entities.get(i).contains(separator)) {
                throw new InputException(
                        source,
                        line(i),
                        "'" + entities.get(i) + "' contains the separator '" + separator
                                + "'; remove it or choose another --separator");
            }
        }
    }

    private static String line(int index) {
        return "line " + (index + 1);
    }
}
