package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads fields of {@code results.json} that may be absent or null: numbers become NaN, texts the given replacement. */
final class JsonFields {
    private JsonFields() {}

    /** A number, or NaN. */
    static double number(JsonNode parent, String field) {
        return number(parent.path(field));
    }

    /** The value of a node, or NaN when it is not a number. */
    static double number(JsonNode node) {
        return node.isNumber() ? node.asDouble() : Double.NaN;
    }

    /** A whole number, or -1. */
    static int index(JsonNode parent, String field) {
        JsonNode node = parent.path(field);
        return node.isNumber() ? node.asInt() : -1;
    }

    /** A text, or the replacement when it is absent, null or empty. */
    static String text(JsonNode parent, String field, String replacement) {
        String text = parent.path(field).asText("");
        return text.isEmpty() || parent.path(field).isNull() ? replacement : text;
    }

    /** The elements of an array; none when it is absent. */
    static <T> List<T> list(JsonNode array, Function<JsonNode, T> read) {
        List<T> elements = new ArrayList<>();
        if (array.isArray()) {
            array.forEach(node -> elements.add(read.apply(node)));
        }
        return List.copyOf(elements);
    }
}
