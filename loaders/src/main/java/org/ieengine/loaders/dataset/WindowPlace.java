package org.ieengine.loaders.dataset;

/**
 * The start or end of a sentence, and how far the text is looked at from there.
 *
 * @param text the whole text
 * @param anchor index of the window's first character, or of the one after its last
 * @param reach most characters looked at; less where a barred character or the text's edge comes first
 */
record WindowPlace(String text, int anchor, int reach) {
    /**
     * A stretch of text with the anchor at one of its ends.
     *
     * @param text its characters
     * @param edge what ended it at the other end
     */
    record Piece(String text, Edge edge) {}

    /** What ends a piece. */
    enum Edge {
        REACH,
        BARRED,
        TEXT
    }

    /** The same place with twice the reach. */
    WindowPlace further() {
        return new WindowPlace(text, anchor, Math.multiplyExact(reach, 2));
    }

    /** The piece from the anchor on. */
    Piece after(BarredCharacters barred) {
        int at = anchor;
        while (at < text.length() && at - anchor < reach) {
            int character = text.codePointAt(at);
            if (barred.contains(character)) {
                return new Piece(text.substring(anchor, at), Edge.BARRED);
            }
            at += Character.charCount(character);
        }
        return new Piece(text.substring(anchor, at), at == text.length() ? Edge.TEXT : Edge.REACH);
    }

    /** The piece up to the anchor. */
    Piece before(BarredCharacters barred) {
        int at = anchor;
        while (at > 0 && anchor - at < reach) {
            int character = text.codePointBefore(at);
            if (barred.contains(character)) {
                return new Piece(text.substring(at, anchor), Edge.BARRED);
            }
            at -= Character.charCount(character);
        }
        return new Piece(text.substring(at, anchor), at == 0 ? Edge.TEXT : Edge.REACH);
    }

    /** Whether a window of these characters lies at the anchor. */
    boolean startsWith(String window) {
        return text.startsWith(window, anchor);
    }

    /** Whether a window of these characters ends at the anchor. */
    boolean endsWith(String window) {
        return window.length() <= anchor && text.startsWith(window, anchor - window.length());
    }
}
