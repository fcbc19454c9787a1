package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import org.ieengine.loaders.InputException;

/** One JSON string or object a line; blank lines are blank sentences. */
final class JsonLines implements SentenceFormat {
    private final String file;
    private final TextLines lines;
    private final SentenceFields fields;
    private final JsonFactory json;

    JsonLines(String file, TextLines lines, SentenceFields fields, JsonFactory json) {
        this.file = file;
        this.lines = lines;
        this.fields = fields;
        this.json = json;
    }

    @Override
    public Sentence next() throws IOException {
        Sentence line = lines.next();
        if (line == null || line.blank()) {
            return line;
        }
        try (JsonParser parser = json.createParser(line.text())) {
            parser.nextToken();
            String text = fields.sentence(parser, line.place());
            if (parser.nextToken() != null) {
                throw new InputException(
                        file, line.place(), "has more after the JSON value; expected one value a line");
            }
            return new Sentence(line.line(), text);
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file,
                    line.place(),
                    "is not JSON (" + JsonFault.describe(e) + "); expected one string or object a line",
                    e);
        }
    }

    @Override
    public long line() {
        return lines.line();
    }
}
