package org.ieengine.loaders.text;

import java.util.List;
import org.ieengine.loaders.InputException;

/**
 * Token sequences ready for a model, with where they came from and what was left out.
 *
 * @param tokens the sequences, in the order of the source
 * @param counts what became of the sentences or rows read
 * @param sha256 SHA-256 of the source's bytes as stored, in hexadecimal digits
 * @param description one line for people: source, how it was cut
 * @param warnings what a reader of the results should know, a sentence each; often empty
 */
public record TokenData(
        TokenMatrix tokens, SequenceCounts counts, String sha256, String description, List<String> warnings) {
    /** Copies the warnings. */
    public TokenData {
        warnings = List.copyOf(warnings);
    }

    /**
     * Reads a source, tokenises what is text, cuts, and draws at most the number of sequences asked for. The same source and
     * settings give the same sequences whatever the number of processors.
     *
     * @param source sentences or token ids
     * @param tokenizer for sentences; not used, and may be null, for token ids
     * @param settings how sequences are made
     * @param progress told after every batch
     * @throws InputException when the source cannot be read or is malformed, when an id is not one of the model's, or when
     *     nothing is left after skipping
     */
    public static TokenData read(DataSource source, Tokenizer tokenizer, SequenceSettings settings, Progress progress) {
        if (source instanceof DataSource.Sentences sentences) {
            return new SentenceTokens(sentences, tokenizer, settings).read(progress);
        }
        return new TokenIdRows((DataSource.TokenIds) source, settings).read(progress);
    }
}
