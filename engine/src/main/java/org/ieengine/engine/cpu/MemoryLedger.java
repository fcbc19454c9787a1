package org.ieengine.engine.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Every open piece of memory of one backend, and the bytes they take now and took at most. */
final class MemoryLedger {
    private final boolean nativeMemory;
    private final Set<FloatMemory> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private long allocatedBytes;
    private long peakBytes;
    private boolean closed;

    MemoryLedger(boolean nativeMemory) {
        this.nativeMemory = nativeMemory;
    }

    /** Zero-filled memory of so many floats. */
    synchronized FloatMemory allocate(long elements) {
        if (closed) {
            throw new IllegalStateException("the backend was used after it had been closed");
        }
        FloatMemory memory = FloatMemory.allocate(elements, nativeMemory, this);
        open.add(memory);
        allocatedBytes += memory.bytes();
        peakBytes = Math.max(peakBytes, allocatedBytes);
        return memory;
    }

    /** Takes note that the memory is gone. */
    synchronized void closed(FloatMemory memory) {
        if (open.remove(memory)) {
            allocatedBytes -= memory.bytes();
        }
    }

    /** Bytes held now. */
    synchronized long allocatedBytes() {
        return allocatedBytes;
    }

    /** The most bytes ever held at once. */
    synchronized long peakBytes() {
        return peakBytes;
    }

    /** Frees whatever is still open; from now on nothing can be allocated. */
    void closeAll() {
        List<FloatMemory> rest;
        synchronized (this) {
            closed = true;
            rest = new ArrayList<>(open);
        }
        rest.forEach(FloatMemory::close);
    }
}
