package org.ieengine.loaders.text;

import java.util.List;

/** Text to token ids and back. Never adds special tokens. Safe for use from several threads. */
public interface Tokenizer extends AutoCloseable {
    /** Ids of each text, in order. */
    List<int[]> encode(List<String> texts);

    /**
     * The text that ids stand for, in order. Special tokens are spelt out and spaces are left as they are; a dummy space that the
     * tokenizer puts before a text is taken off again. Bytes that are no UTF-8 together (a character cut in two) become U+FFFD.
     * What a tokenizer changes on the way in (case, compatibility characters, spaces in a row) does not come back.
     *
     * @throws IllegalArgumentException for an id that is not one of 0 to {@link #vocabulary()} - 1
     */
    List<String> decode(List<int[]> ids);

    /** The text that ids stand for, as {@link #decode(List)} gives it. */
    default String decode(int[] ids) {
        return decode(List.of(ids)).get(0);
    }

    /** Ids that stand for text, ascending: all but special, unknown, control and unused tokens. */
    int[] ordinaryIds();

    /** How the tokenizer spells one id, for messages; empty where it knows none. */
    String token(int id);

    /** What it was read from, for provenance and {@code inspect}: e.g. {@code tokenizer.json (byte-level BPE)}. */
    String description();

    /** Number of ids that it can give, special tokens included. */
    int vocabulary();

    @Override
    void close();
}
