package org.ieengine.loaders.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.JsonFile;

/**
 * What {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json} beside a tokenizer say that
 * changes ids. {@code add_bos_token} and {@code add_eos_token} are read by nobody: special tokens are never added here.
 */
final class TokenizerConfiguration {
    private static final List<String> SPECIAL_ROLES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final JsonNode config;
    private final JsonNode specialTokensMap;
    private final JsonNode addedTokens;
    private final String file;

    private TokenizerConfiguration(Path directory) {
        this.file = directory.resolve("tokenizer_config.json").toString();
        this.config = tree(directory.resolve("tokenizer_config.json"));
        this.specialTokensMap = tree(directory.resolve("special_tokens_map.json"));
        this.addedTokens = tree(directory.resolve("added_tokens.json"));
    }

    /**
     * A string of the vocabulary that is cut out of a text before anything else is done to it.
     *
     * @param id its id; -1 where the vocabulary has to say
     * @param lstrip whether it takes white space before it along
     * @param rstrip whether it takes white space after it along
     */
    record SpecialToken(String content, int id, boolean lstrip, boolean rstrip) {}

    /**
     * Reads the files that are there.
     *
     * @throws InputException when one of them is not a JSON object
     */
    static TokenizerConfiguration read(Path directory) {
        return new TokenizerConfiguration(directory);
    }

    private static JsonNode tree(Path path) {
        if (!Files.exists(path)) {
            return MissingNode.getInstance();
        }
        return JsonFile.readObject(path);
    }

    /** The file that most of it comes from. */
    String file() {
        return file;
    }

    /** {@code tokenizer_class} without the ending Fast; empty where the file does not say. */
    String tokenizerClass() {
        String name = config.path("tokenizer_class").asText("");
        return name.endsWith("Fast") ? name.substring(0, name.length() - 4) : name;
    }

    /** A boolean of {@code tokenizer_config.json}; null counts as absent, as it does there. */
    boolean flag(String key, boolean absent) {
        JsonNode value = config.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw new InputException(file, key, "is " + value + "; expected true or false");
        }
        return value.booleanValue();
    }

    /** The special and added tokens that the files name, each content once, in order. */
    List<SpecialToken> specialTokens(Map<String, String> defaultsByRole) {
        Map<String, SpecialToken> found = new LinkedHashMap<>();
        config.path("added_tokens_decoder").properties().forEach(entry -> {
            SpecialToken token = token(entry.getValue(), id(entry.getKey()));
            if (token != null) {
                found.put(token.content(), token);
            }
        });
        addedTokens
                .properties()
                .forEach(entry -> found.putIfAbsent(
                        entry.getKey(),
                        new SpecialToken(entry.getKey(), entry.getValue().asInt(-1), false, false)));
        List<JsonNode> named = new ArrayList<>();
        for (String role : SPECIAL_ROLES) {
            JsonNode value = config.has(role) ? config.path(role) : specialTokensMap.path(role);
            if (value.isMissingNode() && defaultsByRole.containsKey(role)) {
                found.putIfAbsent(
                        defaultsByRole.get(role), new SpecialToken(defaultsByRole.get(role), -1, false, false));
            }
            named.add(value);
        }
        config.path("additional_special_tokens").forEach(named::add);
        for (JsonNode value : named) {
            SpecialToken token = token(value, -1);
            if (token != null) {
                found.putIfAbsent(token.content(), token);
            }
        }
        return List.copyOf(found.values());
    }

    private static SpecialToken token(JsonNode value, int id) {
        if (value.isTextual()) {
            return value.textValue().isEmpty() ? null : new SpecialToken(value.textValue(), id, false, false);
        }
        String content = value.path("content").asText("");
        return content.isEmpty()
                ? null
                : new SpecialToken(
                        content,
                        id,
                        value.path("lstrip").asBoolean(false),
                        value.path("rstrip").asBoolean(false));
    }

    private int id(String key) {
        try {
            return Integer.parseInt(key);
        } catch (NumberFormatException e) {
            throw new InputException(
                    file, "added_tokens_decoder", "'" + key + "' is not a token id; expected a number", e);
        }
    }
}
