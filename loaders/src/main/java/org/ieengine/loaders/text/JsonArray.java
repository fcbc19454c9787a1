package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.ieengine.loaders.InputException;

/** An array of JSON strings or objects, read element by element. An object may hold several sentences, or none. */
final class JsonArray implements SentenceFormat {
    private final String file;
    private final Utf8Bytes bytes;
    private final SentenceFields fields;
    private final JsonParser parser;
    private final Deque<Sentence> ahead = new ArrayDeque<>();
    private long items;
    private boolean ended;

    JsonArray(String file, Utf8Bytes bytes, SentenceFields fields, JsonFactory json) throws IOException {
        this.file = file;
        this.bytes = bytes;
        this.fields = fields;
        this.parser = json.createParser(bytes);
    }

    @Override
    public Sentence next() throws IOException {
        while (ahead.isEmpty() && !ended) {
            try {
                readItem();
            } catch (JsonProcessingException e) {
                throw new InputException(
                        file,
                        place(),
                        "is not JSON (" + JsonFault.describe(e) + "); expected an array of strings or objects",
                        e);
            }
        }
        return ahead.poll();
    }

    private void readItem() throws IOException {
        if (items == 0) {
            enter();
        }
        if (ended) {
            return;
        }
        if (parser.nextToken() == JsonToken.END_ARRAY) {
            ended = true;
            if (parser.nextToken() != null) {
                throw new InputException(file, place(), "has more after the array; expected one array");
            }
            return;
        }
        items++;
        for (String text : fields.sentences(parser, place())) {
            ahead.add(new Sentence(line(), text));
        }
    }

    private void enter() throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null && bytes.passed() > 0) {
            throw new InputException(file, "", "holds nothing but white space; expected a JSON array");
        }
        if (first != null && first != JsonToken.START_ARRAY) {
            throw new InputException(
                    file,
                    place(),
                    "does not begin with an array; expected an array of strings or objects (one value a line is .jsonl)");
        }
        if (first == null) {
            ended = true;
        }
    }

    private String place() {
        return "line " + line() + (items > 0 ? ", item " + items : "");
    }

    @Override
    public long line() {
        return Math.max(1, parser.currentLocation().getLineNr());
    }
}
