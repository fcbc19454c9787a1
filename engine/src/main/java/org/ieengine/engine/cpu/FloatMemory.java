package org.ieengine.engine.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.ieengine.engine.tensor.MemoryExhaustedException;

/**
 * Off-heap float32 memory with one owner, of any size: one native allocation where the native libraries are there, otherwise
 * direct buffers of the virtual machine (bounded by {@code -XX:MaxDirectMemorySize}). Seen through buffers of 1 GiB each, since a
 * buffer cannot span more than 2 GiB. Copies may go on in several threads at once.
 */
final class FloatMemory implements AutoCloseable {
    private static final int CHUNK_SHIFT = 28;
    private static final long CHUNK = 1L << CHUNK_SHIFT;

    private final long elements;
    private final MemoryLedger ledger;
    private FloatPointer pointer;
    private FloatBuffer[] chunks;

    private FloatMemory(long elements, FloatPointer pointer, FloatBuffer[] chunks, MemoryLedger ledger) {
        this.elements = elements;
        this.pointer = pointer;
        this.chunks = chunks;
        this.ledger = ledger;
    }

    static FloatMemory allocate(long elements, boolean nativeMemory, MemoryLedger ledger) {
        if (elements > Long.MAX_VALUE / Float.BYTES) {
            throw exhausted(Long.MAX_VALUE, "it is more than can be addressed", null);
        }
        FloatBuffer[] chunks = new FloatBuffer[Math.toIntExact((elements + CHUNK - 1) >> CHUNK_SHIFT)];
        return nativeMemory
                ? allocateNative(elements, chunks, ledger)
                : new FloatMemory(elements, null, allocateDirect(elements, chunks), ledger);
    }

    private static FloatMemory allocateNative(long elements, FloatBuffer[] chunks, MemoryLedger ledger) {
        Pointer block = Pointer.calloc(Math.max(elements, 1), Float.BYTES);
        if (block == null || block.isNull()) {
            throw exhausted(
                    elements * Float.BYTES,
                    "use fewer or shorter sentences, a smaller --batch or a machine with more memory",
                    null);
        }
        FloatPointer pointer = new FloatPointer(block);
        for (int i = 0; i < chunks.length; i++) {
            long from = i * CHUNK;
            try (FloatPointer part = new FloatPointer(pointer)) {
                chunks[i] = part.position(from)
                        .limit(Math.min(from + CHUNK, elements))
                        .asBuffer();
            }
        }
        return new FloatMemory(elements, pointer, chunks, ledger);
    }

    private static FloatBuffer[] allocateDirect(long elements, FloatBuffer[] chunks) {
        try {
            for (int i = 0; i < chunks.length; i++) {
                int bytes = Math.toIntExact(Math.min(CHUNK, elements - i * CHUNK) * Float.BYTES);
                chunks[i] = ByteBuffer.allocateDirect(bytes)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer();
            }
            return chunks;
        } catch (OutOfMemoryError fault) {
            throw exhausted(
                    elements * Float.BYTES,
                    "use fewer or shorter sentences or raise -XX:MaxDirectMemorySize (without native libraries memory"
                            + " counts against it)",
                    fault);
        }
    }

    private static MemoryExhaustedException exhausted(long bytes, String remedy, Throwable cause) {
        return new MemoryExhaustedException(
                bytes, "cannot allocate " + bytes + " bytes (" + (bytes >> 20) + " MiB) of memory; " + remedy, cause);
    }

    /** Size in bytes. */
    long bytes() {
        return elements * Float.BYTES;
    }

    /** Whether a native address can be had. */
    boolean isNative() {
        return pointer != null;
    }

    /** @throws IllegalStateException when the owner has freed it */
    void requireOpen() {
        if (chunks == null) {
            throw new IllegalStateException("the tensor was used after it had been closed");
        }
    }

    /** Native address of an element; only for native memory. */
    FloatPointer pointer(long element) {
        requireOpen();
        return new FloatPointer(pointer).position(element);
    }

    /** Copies {@code count} floats from {@code element} on to the array. */
    void get(long element, float[] target, int at, int count) {
        FloatBuffer[] all = openChunks();
        long from = element;
        int to = at;
        int left = count;
        while (left > 0) {
            int inChunk = (int) (from & (CHUNK - 1));
            int step = (int) Math.min(left, CHUNK - inChunk);
            all[(int) (from >> CHUNK_SHIFT)].get(inChunk, target, to, step);
            from += step;
            to += step;
            left -= step;
        }
    }

    /** Copies {@code count} floats of the array to {@code element} and on. */
    void put(long element, float[] source, int at, int count) {
        FloatBuffer[] all = openChunks();
        long to = element;
        int from = at;
        int left = count;
        while (left > 0) {
            int inChunk = (int) (to & (CHUNK - 1));
            int step = (int) Math.min(left, CHUNK - inChunk);
            all[(int) (to >> CHUNK_SHIFT)].put(inChunk, source, from, step);
            to += step;
            from += step;
            left -= step;
        }
    }

    private FloatBuffer[] openChunks() {
        FloatBuffer[] all = chunks;
        if (all == null) {
            requireOpen();
        }
        return all;
    }

    /** @throws IllegalStateException when it has been closed before */
    @Override
    public void close() {
        if (chunks == null) {
            throw new IllegalStateException("the tensor was closed twice");
        }
        chunks = null;
        ledger.closed(this);
        if (pointer != null) {
            Pointer.free(pointer);
            pointer = null;
        }
    }
}
