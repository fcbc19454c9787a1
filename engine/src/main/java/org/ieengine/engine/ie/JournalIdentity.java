package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which run the lines of a journal belong to: everything that changes its numbers, by option name, and a hash of it.
 *
 * @param settings options with their values, check sums of model and sequences among them
 * @param sha256 SHA-256 of the settings as JSON with sorted names, hexadecimal
 */
public record JournalIdentity(ObjectNode settings, String sha256) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The identity of a run with these options. */
    public static JournalIdentity of(Map<String, Object> options) {
        ObjectNode settings = JSON.createObjectNode();
        for (String name : new TreeSet<>(options.keySet())) {
            settings.set(name, JSON.valueToTree(options.get(name)));
        }
        return of(settings);
    }

    private static JournalIdentity of(ObjectNode settings) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] hash = digest.digest(settings.toString().getBytes(StandardCharsets.UTF_8));
            return new JournalIdentity(settings, HexFormat.of().formatHex(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The identity in a line of a journal. */
    static JournalIdentity fromJson(ObjectNode line) {
        return new JournalIdentity(
                (ObjectNode) line.path("settings"), line.path("settings_sha256").asText());
    }

    /** Adds hash and settings to a line. */
    void addTo(ObjectNode line) {
        line.put("settings_sha256", sha256);
        line.set("settings", settings);
    }

    /**
     * Compares option by option; numbers by value, since a text form may differ.
     *
     * @throws OptionChangedException naming the first option that differs
     */
    void requireSame(JournalIdentity now) {
        TreeSet<String> names = new TreeSet<>();
        settings.fieldNames().forEachRemaining(names::add);
        now.settings.fieldNames().forEachRemaining(names::add);
        for (Iterator<String> each = names.iterator(); each.hasNext(); ) {
            String name = each.next();
            String before = settings.path(name).toString();
            String after = now.settings.path(name).toString();
            if (!before.equals(after)) {
                throw new OptionChangedException(name, shown(before), shown(after));
            }
        }
    }

    private static String shown(String json) {
        return json.isEmpty() || json.equals("null") ? "not set" : json;
    }

    /** A key as JSON: what has no meaning is null. */
    static ObjectNode keyToJson(EstimateKey key) {
        ObjectNode node = JSON.createObjectNode();
        node.put("control", key.control().isEmpty() ? null : key.control());
        node.put("layer", key.layer());
        node.put("position", key.position() < 0 ? null : Integer.valueOf(key.position()));
        node.put("term", key.term());
        node.put("estimator", key.estimator().isEmpty() ? null : key.estimator());
        node.put("noise", Double.isNaN(key.noise()) ? null : Double.valueOf(key.noise()));
        node.put("seed", key.seed() < 0 ? null : Integer.valueOf(key.seed()));
        node.put("segment", key.segment() < 0 ? null : Integer.valueOf(key.segment()));
        return node;
    }

    /** The key that {@link #keyToJson} wrote. */
    static EstimateKey keyFromJson(JsonNode node) {
        return new EstimateKey(
                node.path("control").asText(""),
                node.path("layer").asInt(),
                node.path("position").asInt(-1),
                node.path("term").asText(),
                node.path("estimator").asText(""),
                node.path("noise").asDouble(Double.NaN),
                node.path("seed").asInt(-1),
                node.path("segment").asInt(-1));
    }
}
