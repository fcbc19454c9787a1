package org.ieengine.loaders.text;

/** Told from time to time how far reading has come. Called from the reading thread. */
@FunctionalInterface
public interface Progress {
    /** Says nothing to anyone. */
    Progress SILENT = (items, fraction) -> {};

    /**
     * @param items sentences or rows read so far
     * @param fraction share of the file's bytes read so far, in [0, 1]; NaN where its size is not known (standard input)
     */
    void reached(long items, double fraction);
}
