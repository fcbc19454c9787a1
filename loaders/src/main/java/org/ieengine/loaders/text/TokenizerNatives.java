package org.ieengine.loaders.text;

/** Tries out the native libraries of the tokenizers, for a program that says what of a machine is usable. */
public final class TokenizerNatives {
    private TokenizerNatives() {}

    /**
     * Loads what reads {@code tokenizer.json}.
     *
     * @throws org.ieengine.loaders.InputException when it cannot be loaded, with the reason and the remedy
     */
    public static void loadHuggingFace() {
        TokenizerLibraries.loadHuggingFace();
    }

    /**
     * Loads what reads {@code tokenizer.model}.
     *
     * @throws org.ieengine.loaders.InputException when it cannot be loaded, with the reason and the remedy
     */
    public static void loadSentencePiece() {
        TokenizerLibraries.loadSentencePiece();
    }
}
