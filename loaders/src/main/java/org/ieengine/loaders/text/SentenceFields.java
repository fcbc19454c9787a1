package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.loaders.InputException;

/**
 * Takes the sentences out of one JSON value: the string itself, or what a field of an object names. The field is a key
 * ({@code text}), or a path of keys with dots between ({@code conversations.value}) along which arrays are walked, so that one
 * value can hold several sentences; a key that is spelt with the dots goes before the path. Other fields are passed over without
 * being kept.
 */
final class SentenceFields {
    private static final int NAMES_SHOWN = 8;

    private final String file;
    private final String field;
    private final String[] path;

    SentenceFields(String file, String field) {
        this.file = file;
        this.field = field.isEmpty() ? DataSource.DEFAULT_FIELD : field;
        this.path = this.field.split("\\.", -1);
    }

    /** Reads the value on whose first token the parser stands, to its last token. */
    List<String> sentences(JsonParser parser, String place) throws IOException {
        JsonToken first = parser.currentToken();
        if (first == JsonToken.VALUE_STRING) {
            return List.of(whole(parser.getText(), place));
        }
        if (first != JsonToken.START_OBJECT) {
            throw new InputException(
                    file,
                    place,
                    "is " + named(first) + "; expected a string, or an object with the field '" + field + "'");
        }
        List<String> names = new ArrayList<>();
        Found found = ofObject(parser, place, names);
        if (!found.reached()) {
            throw new InputException(
                    file,
                    place,
                    "has no field '" + field + "'"
                            + (names.isEmpty() ? "" : " (it has " + String.join(", ", names) + ")")
                            + "; name the field that holds the sentence with --field");
        }
        return found.texts();
    }

    /**
     * Sentences found so far.
     *
     * @param reached whether the field is there, though it may hold an empty array
     */
    private record Found(boolean reached, List<String> texts) {}

    /** The outermost object: of keys that are there twice the last one holds, as of old. */
    private Found ofObject(JsonParser parser, String place, List<String> names) throws IOException {
        Found byKey = new Found(false, List.of());
        Found byPath = byKey;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (names.size() < NAMES_SHOWN) {
                names.add(name);
            }
            if (name.equals(field)) {
                byKey = new Found(true, List.of(string(parser, value, place)));
            } else if (path.length > 1 && name.equals(path[0])) {
                List<String> texts = new ArrayList<>();
                byPath = new Found(walk(parser, place, 1, texts), texts);
            } else {
                parser.skipChildren();
            }
        }
        return byKey.reached() ? byKey : byPath;
    }

    /** Walks the value on whose first token the parser stands; whether the end of the path was reached in it. */
    private boolean walk(JsonParser parser, String place, int depth, List<String> texts) throws IOException {
        JsonToken first = parser.currentToken();
        boolean reached = false;
        if (first == JsonToken.START_ARRAY) {
            boolean empty = true;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                empty = false;
                reached |= walk(parser, place, depth, texts);
            }
            return reached || empty;
        }
        if (depth == path.length) {
            texts.add(string(parser, first, place));
            return true;
        }
        if (first != JsonToken.START_OBJECT) {
            throw new InputException(
                    file,
                    place,
                    "within the field '" + path[depth - 1] + "' of '" + field + "' is " + named(first)
                            + "; expected an object with the field '" + path[depth] + "', or an array of such");
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            boolean wanted = parser.currentName().equals(path[depth]);
            parser.nextToken();
            if (wanted) {
                reached |= walk(parser, place, depth + 1, texts);
            } else {
                parser.skipChildren();
            }
        }
        return reached;
    }

    private String string(JsonParser parser, JsonToken value, String place) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            throw new InputException(
                    file, place, "the field '" + field + "' is " + named(value) + "; expected a string");
        }
        return whole(parser.getText(), place);
    }

    /** JSON escapes can spell half of a surrogate pair, which is no character and has no UTF-8. */
    private String whole(String text, String place) {
        text.codePoints()
                .filter(c -> Character.getType(c) == Character.SURROGATE)
                .findFirst()
                .ifPresent(half -> {
                    throw new InputException(
                            file,
                            place,
                            "the escape \\u" + String.format("%04x", half)
                                    + " is half of a surrogate pair, not a character; remove it or write the whole pair");
                });
        return text;
    }

    private static String named(JsonToken token) {
        return switch (token) {
            case START_ARRAY -> "an array";
            case START_OBJECT -> "an object";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_NULL -> "null";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "a " + token;
        };
    }
}
