package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.ieengine.loaders.InputException;

/** One JSON string or object a line; blank lines are blank sentences. An object may hold several sentences, or none. */
final class JsonLines implements SentenceFormat {
    private final String file;
    private final TextLines lines;
    private final SentenceFields fields;
    private final JsonFactory json;
    private final Deque<Sentence> ahead = new ArrayDeque<>();

    JsonLines(String file, TextLines lines, SentenceFields fields, JsonFactory json) {
        this.file = file;
        this.lines = lines;
        this.fields = fields;
        this.json = json;
    }

    @Override
    public Sentence next() throws IOException {
        while (ahead.isEmpty()) {
            Sentence line = lines.next();
            if (line == null || line.blank()) {
                return line;
            }
            read(line);
        }
        return ahead.poll();
    }

    private void read(Sentence line) throws IOException {
        try (JsonParser parser = json.createParser(line.text())) {
            parser.nextToken();
            for (String text : fields.sentences(parser, line.place())) {
                ahead.add(new Sentence(line.line(), text));
            }
            if (parser.nextToken() != null) {
                throw new InputException(
                        file, line.place(), "has more after the JSON value; expected one value a line");
            }
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
