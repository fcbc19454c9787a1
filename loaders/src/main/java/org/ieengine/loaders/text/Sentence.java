package org.ieengine.loaders.text;

/**
 * One sentence of a source.
 *
 * @param line line of the file, from 1 on, on which it ends
 * @param text the text as it is, without the end of the line
 */
record Sentence(long line, String text) {
    /** Whether there is nothing but white space. */
    boolean blank() {
        return text.isBlank();
    }

    /** Where it is, for messages. */
    String place() {
        return "line " + line;
    }
}
