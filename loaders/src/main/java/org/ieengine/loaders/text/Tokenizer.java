package org.ieengine.loaders.text;

import java.util.List;

/** Text to token ids. Never adds special tokens. Safe for use from several threads. */
public interface Tokenizer extends AutoCloseable {
    /** Ids of each text, in order. */
    List<int[]> encode(List<String> texts);

    /** How the tokenizer spells one id, for messages; empty where it knows none. */
    String token(int id);

    /** What it was read from, for provenance and {@code inspect}: e.g. {@code tokenizer.json (byte-level BPE)}. */
    String description();

    /** Number of ids that it can give, special tokens included. */
    int vocabulary();

    @Override
    void close();
}
