package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.ieengine.engine.ie.OptionChangedException;
import org.ieengine.engine.ie.OutputFiles;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.JsonFile;

/** The file {@code settings.json} of an experiment: options that change numbers, written before the first point is begun. */
record ExperimentSettingsFile(Path file) {
    /** Value of the key {@code format}. */
    static final String FORMAT = "ie-engine/experiment-settings/1";

    private static final ObjectMapper JSON = new ObjectMapper();

    static ExperimentSettingsFile in(Path directory) {
        return new ExperimentSettingsFile(directory.resolve("settings.json"));
    }

    /** Writes the options. */
    void write(Map<String, Object> options) {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("format", FORMAT);
        root.set("settings", JSON.valueToTree(options));
        byte[] bytes = (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
        OutputFiles.write(file, out -> out.write(bytes));
    }

    /**
     * Compares with what was written; nothing written is nothing begun.
     *
     * @throws OptionChangedException naming the first option that differs
     * @throws InputException when the file is not of this format
     */
    void requireSame(Map<String, Object> options) {
        if (!Files.exists(file)) {
            return;
        }
        JsonNode root = JsonFile.readObject(file);
        if (!root.path("format").asText().equals(FORMAT)) {
            throw new InputException(
                    file.toString(),
                    "format",
                    "found '" + root.path("format").asText() + "', expected '" + FORMAT
                            + "'; start anew without --resume");
        }
        JsonNode before = root.path("settings");
        JsonNode now = JSON.valueToTree(options);
        TreeSet<String> names = new TreeSet<>();
        before.fieldNames().forEachRemaining(names::add);
        now.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            if (!before.path(name).toString().equals(now.path(name).toString())) {
                throw new OptionChangedException(name, shown(before.path(name)), shown(now.path(name)));
            }
        }
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() || value.isNull()
                ? "not set"
                : value.isTextual() ? value.asText() : value.toString();
    }
}
