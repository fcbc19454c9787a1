package org.ieengine.kernels;

import java.nio.ByteBuffer;

/** Page-locked memory of the host, in native byte order. */
public interface PinnedMemory extends AutoCloseable {
    /** The whole of it; position and limit are the caller's to use. */
    ByteBuffer buffer();

    /** Frees it; copies that use it must have ended. */
    @Override
    void close();
}
