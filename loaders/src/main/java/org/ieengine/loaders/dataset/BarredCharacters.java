package org.ieengine.loaders.dataset;

import java.util.BitSet;

/** Characters that no window may hold. */
final class BarredCharacters {
    private final BitSet characters = new BitSet();

    BarredCharacters(String listed) {
        listed.codePoints().forEach(characters::set);
        if (characters.get('\n')) {
            // Line ends of two characters are one thing: a window must not stop between them.
            characters.set('\r');
        }
    }

    boolean contains(int codePoint) {
        return characters.get(codePoint);
    }
}
