package org.ieengine.loaders.dataset;

import org.ieengine.loaders.text.SequenceSettings;

/**
 * How lists of entities are made.
 *
 * @param shots entities of a list
 * @param separator what follows each of them, the last one too; not empty
 * @param samples at most this many lists; {@link SequenceSettings#ALL} for every ordered choice
 * @param seed decides which ones are drawn
 */
public record IclSettings(int shots, String separator, long samples, long seed) {
    /** Checks the ranges; the command line has done so before, with the names of its options. */
    public IclSettings {
        if (shots < 1 || separator.isEmpty() || samples < 1) {
            throw new IllegalArgumentException(
                    "shots " + shots + ", separator '" + separator + "', samples " + samples);
        }
    }

    /** Every ordered choice of that many entities, separated by commas. */
    public static IclSettings every(int shots) {
        return new IclSettings(shots, ",", SequenceSettings.ALL, 0);
    }
}
