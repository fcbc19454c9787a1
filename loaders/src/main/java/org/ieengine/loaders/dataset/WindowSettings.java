package org.ieengine.loaders.dataset;

/**
 * Which windows of running text are taken.
 *
 * @param tokens T
 * @param anchor where the windows lie
 * @param without characters that no window may hold; the line feed stands for the carriage return before it too
 * @param distinct whether a token sequence that was there before is left out
 * @param samples at most this many windows; {@link org.ieengine.loaders.text.SequenceSettings#ALL} for no limit
 * @param seed decides which ones are drawn
 */
public record WindowSettings(int tokens, Anchor anchor, String without, boolean distinct, long samples, long seed) {
    /** What the paper leaves out: windows with a colon, line feed, question mark, hyphen or semicolon. */
    public static final String PAPER_FILTER = ":\n?-;";

    /** Where windows lie. */
    public enum Anchor {
        /** They start where a sentence starts: at the start of a text or after the end of a sentence. */
        START,
        /** They end where a sentence ends. */
        END
    }

    /** Checks the ranges; the command line has done so before, with the names of its options. */
    public WindowSettings {
        if (tokens < 1 || samples < 1) {
            throw new IllegalArgumentException("tokens " + tokens + ", samples " + samples);
        }
    }
}
