package org.ieengine.loaders.dataset;

import java.text.BreakIterator;
import java.util.Locale;
import java.util.stream.IntStream;

/** Where the sentences of a text start and end, by the rules of Unicode (UAX 29) as Java has them, in no language in particular. */
final class SentenceEdges {
    private SentenceEdges() {}

    /** Index of the first character of each sentence that is no white space. */
    static int[] starts(String text) {
        IntStream.Builder starts = IntStream.builder();
        BreakIterator sentences = over(text);
        int from = sentences.first();
        for (int to = sentences.next(); to != BreakIterator.DONE; from = to, to = sentences.next()) {
            int start = from;
            while (start < to && white(text.codePointAt(start))) {
                start += Character.charCount(text.codePointAt(start));
            }
            if (start < to) {
                starts.add(start);
            }
        }
        return starts.build().toArray();
    }

    /** Index after the last character of each sentence that is no white space. */
    static int[] ends(String text) {
        IntStream.Builder ends = IntStream.builder();
        BreakIterator sentences = over(text);
        int from = sentences.first();
        for (int to = sentences.next(); to != BreakIterator.DONE; from = to, to = sentences.next()) {
            int end = to;
            while (end > from && white(text.codePointBefore(end))) {
                end -= Character.charCount(text.codePointBefore(end));
            }
            if (end > from) {
                ends.add(end);
            }
        }
        return ends.build().toArray();
    }

    private static BreakIterator over(String text) {
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        sentences.setText(text);
        return sentences;
    }

    private static boolean white(int character) {
        return Character.isWhitespace(character) || Character.isSpaceChar(character);
    }
}
