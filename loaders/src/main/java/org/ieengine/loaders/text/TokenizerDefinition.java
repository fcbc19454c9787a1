package org.ieengine.loaders.text;

import java.util.BitSet;

/**
 * A tokenizer in the {@code tokenizer.json} format of the Hugging Face tokenizers library, checked as far as can be told without
 * that library.
 *
 * @param file where it comes from, for messages
 * @param json the text
 * @param description for people
 * @param ids what it numbers
 */
record TokenizerDefinition(String file, String json, String description, Ids ids) {
    /**
     * The ids of a tokenizer.
     *
     * @param vocabulary largest id plus one, added tokens included
     * @param ordinary those that stand for text, special tokens left out
     */
    record Ids(int vocabulary, BitSet ordinary) {}

    /** Largest id plus one, added tokens included. */
    int vocabulary() {
        return ids.vocabulary();
    }
}
