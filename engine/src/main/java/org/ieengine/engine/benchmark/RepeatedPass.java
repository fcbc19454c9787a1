package org.ieengine.engine.benchmark;

import org.ieengine.engine.tensor.Backend;

/** A whole pass that can be repeated at some size. */
interface RepeatedPass {
    /** What passes. */
    String name();

    /** Over what, at a size. */
    String shape(int size);

    /** What is counted. */
    String unit();

    /** How many of them a pass of a size has. */
    double units(int size);

    /** Sizes that it may have. */
    Range range();

    /** Sizes from the fewest, for a first look, to what a run has. */
    record Range(int fewest, int most) {}

    /** Told when what counts begins, after the warm-up, and when it ends. */
    interface Counted {
        /** For nobody. */
        Counted NOBODY = new Counted() {
            @Override
            public void begins() {
                // Nobody counts.
            }

            @Override
            public void ends() {
                // Nobody counts.
            }
        };

        void begins();

        void ends();
    }

    /**
     * Passes so many times, after a warm-up.
     *
     * @return seconds of each
     */
    double[] run(Backend backend, int size, int times, Counted counted);
}
