package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.loaders.InputException;

/**
 * Takes the sentence out of one JSON value: the string itself, or the named field of an object. Other fields are passed over
 * without being kept.
 */
final class SentenceFields {
    private static final int NAMES_SHOWN = 8;

    private final String file;
    private final String field;

    SentenceFields(String file, String field) {
        this.file = file;
        this.field = field.isEmpty() ? DataSource.DEFAULT_FIELD : field;
    }

    /** Reads the value on whose first token the parser stands, to its last token. */
    String sentence(JsonParser parser, String place) throws IOException {
        JsonToken first = parser.currentToken();
        if (first == JsonToken.VALUE_STRING) {
            return whole(parser.getText(), place);
        }
        if (first != JsonToken.START_OBJECT) {
            throw new InputException(
                    file,
                    place,
                    "is " + named(first) + "; expected a string, or an object with the field '" + field + "'");
        }
        String found = null;
        List<String> names = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (names.size() < NAMES_SHOWN) {
                names.add(name);
            }
            if (!name.equals(field)) {
                parser.skipChildren();
            } else if (value != JsonToken.VALUE_STRING) {
                throw new InputException(
                        file, place, "the field '" + field + "' is " + named(value) + "; expected a string");
            } else {
                found = whole(parser.getText(), place);
            }
        }
        if (found == null) {
            throw new InputException(
                    file,
                    place,
                    "has no field '" + field + "'"
                            + (names.isEmpty() ? "" : " (it has " + String.join(", ", names) + ")")
                            + "; name the field that holds the sentence with --field");
        }
        return found;
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
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_NULL -> "null";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "a " + token;
        };
    }
}
