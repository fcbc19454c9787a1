package org.ieengine.bench.tasks;

import org.ieengine.engine.tensor.Philox;

/**
 * Draws single pairs (x, y) of a law. Row r takes the words of its stream from r {@link #words()} on, so that rows do not depend
 * on their number or order.
 */
interface PairLawSampler {
    /** Words of the stream that a row takes; even. */
    int words();

    /**
     * Draws one pair.
     *
     * @param stream words to draw from
     * @param first index of the row's first word
     * @param x [dx] to fill
     * @param y [dy] to fill
     */
    void draw(Philox stream, long first, double[] x, double[] y);
}
