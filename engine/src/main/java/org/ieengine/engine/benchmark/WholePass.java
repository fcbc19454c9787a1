package org.ieengine.engine.benchmark;

import java.util.List;

/**
 * How fast a whole pass is, and where its time goes.
 *
 * @param name what passes
 * @param shape over what
 * @param unit what is counted: sequences, row passes
 * @param units of one pass
 * @param timing of a pass by the clock, from all work done to all work done
 * @param parts by the time they take, the longest first, of a pass of their own in which each was timed
 */
public record WholePass(String name, String shape, String unit, double units, Timing timing, List<Part> parts) {
    /** Keeps the order. */
    public WholePass {
        parts = List.copyOf(parts);
    }

    /**
     * A part of the time.
     *
     * @param name of the kernel, or of the operation where the processor computes
     * @param seconds that it took in all
     * @param calls how often it was called
     * @param share of the sum over all parts
     */
    public record Part(String name, double seconds, long calls, double share) {}

    /** Passes a second. */
    public double perSecond() {
        return 1 / timing.seconds();
    }

    /** Units a second. */
    public double unitsPerSecond() {
        return units / timing.seconds();
    }
}
