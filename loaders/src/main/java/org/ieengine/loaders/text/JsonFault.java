package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonProcessingException;

/** What a JSON reader says is wrong, on one line. */
final class JsonFault {
    private static final int LONGEST = 160;

    private JsonFault() {}

    static String describe(JsonProcessingException fault) {
        String message = fault.getOriginalMessage();
        String line = (message == null ? "no JSON value" : message)
                .replaceAll("\\s+", " ")
                .trim();
        int source = line.indexOf(" (start marker at");
        if (source > 0) {
            line = line.substring(0, source);
        }
        return line.length() > LONGEST ? line.substring(0, LONGEST) + " ..." : line;
    }
}
