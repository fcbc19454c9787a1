package org.ieengine.engine.ie;

/**
 * What a run may occupy.
 *
 * @param hostBytes host memory outside the heap, in bytes; 0 for what is free
 * @param deviceBytes device memory, in bytes; 0 for what is free; of no meaning where the host computes
 */
public record MemoryLimits(long hostBytes, long deviceBytes) {
    /** What is free. */
    public static final MemoryLimits FREE = new MemoryLimits(0, 0);
}
