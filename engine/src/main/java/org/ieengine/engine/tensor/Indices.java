package org.ieengine.engine.tensor;

/** A vector of 32-bit integers in the memory of one backend: token ids, row numbers, positions. */
public interface Indices extends AutoCloseable {
    /** Number of entries. */
    int length();

    /** Frees the memory. */
    @Override
    void close();
}
