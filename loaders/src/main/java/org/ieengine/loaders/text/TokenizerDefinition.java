package org.ieengine.loaders.text;

/**
 * A tokenizer in the {@code tokenizer.json} format of the Hugging Face tokenizers library, checked as far as can be told without
 * that library.
 *
 * @param file where it comes from, for messages
 * @param json the text
 * @param description for people
 * @param vocabulary largest id plus one, added tokens included
 */
record TokenizerDefinition(String file, String json, String description, int vocabulary) {}
