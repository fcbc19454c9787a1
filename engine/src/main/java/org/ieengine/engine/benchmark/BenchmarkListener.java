package org.ieengine.engine.benchmark;

/** Told how far a benchmark is. May throw to stop it; rows that it was told of are whole. */
public interface BenchmarkListener {
    /** The ceilings of a precision were measured. */
    void measured(Ceilings ceilings);

    /**
     * A row will be measured now.
     *
     * @param title operation and shape
     * @param done rows that ended
     * @param all rows there are in every precision
     */
    void begins(String title, int done, int all);

    /** A row was measured. */
    void ended(BenchmarkRow row, int done, int all);
}
