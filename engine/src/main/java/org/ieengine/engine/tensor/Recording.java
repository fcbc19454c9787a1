package org.ieengine.engine.tensor;

/** Operations of one backend that can be asked for again as a whole, on the same tensors. */
public interface Recording extends AutoCloseable {
    /** Asks for the recorded operations once, in their order. */
    void replay();

    /** Frees what the recording holds; the tensors are not its own. */
    @Override
    void close();
}
