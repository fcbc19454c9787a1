package org.ieengine.loaders.text;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;

/** Where token sequences come from. */
public sealed interface DataSource {
    /** Name of standard input on the command line. */
    String STANDARD_INPUT = "-";

    /** Name of the JSON field that holds a sentence when none is given. */
    String DEFAULT_FIELD = "text";

    /** The file as the user named it; {@value #STANDARD_INPUT} for standard input. */
    String file();

    /**
     * Text to be tokenised. The name decides how it is read: {@code .jsonl} or {@code .ndjson} one JSON string or object a
     * line, {@code .json} one array of strings or objects, {@code .txt} or no extension one sentence a line; {@code .gz} after
     * any of them. Standard input is one sentence a line, or JSON lines when a field is named; gzip there is recognised by its
     * first two bytes.
     *
     * @param file the file as the user named it
     * @param field name of the field of a JSON object that holds the sentence, or a path of names with dots between along which
     *     arrays are walked, so that an object gives a sentence for each string found; empty for {@value #DEFAULT_FIELD}
     * @param standardInput read when the file is {@value #STANDARD_INPUT}
     */
    record Sentences(String file, String field, InputStream standardInput) implements DataSource {}

    /** A safetensors file with {@code token_ids} I32 or I64 [N, T]. */
    record TokenIds(String file) implements DataSource {}

    /** What {@code --data} names: token ids where the name ends in {@code .safetensors}, sentences otherwise. */
    static DataSource of(String data, String field) {
        return data.toLowerCase(Locale.ROOT).endsWith(".safetensors")
                ? new TokenIds(data)
                : new Sentences(data, field, System.in);
    }

    /** What {@code --token-ids} names. */
    static DataSource tokenIds(Path file) {
        return new TokenIds(file.toString());
    }
}
