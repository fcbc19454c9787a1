package org.ieengine.engine.tensor;

/**
 * The parameters of a critic in the memory of one backend, as {@link CriticOperations#adam} takes them: where their tensors lie, not
 * what is in them. The tensors must stay open for as long as it is used.
 */
public interface ParameterTable extends AutoCloseable {
    /** Most bytes that a table of so many parameters takes on any backend. */
    static long bytes(int parameters) {
        return 13L * Long.BYTES * parameters;
    }

    /** Frees the memory; the tensors stay. */
    @Override
    void close();
}
