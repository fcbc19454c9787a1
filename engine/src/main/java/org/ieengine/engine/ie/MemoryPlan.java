package org.ieengine.engine.ie;

import java.util.List;

/**
 * What a run will occupy and about how long it will take, known before anything is computed.
 *
 * @param items what is held at the moment of greatest need
 * @param times estimated seconds by part of the run
 * @param batchRows most rows of a micro-batch of the forward pass
 * @param uploadsAhead whether the weights of a block are uploaded while the block before it is at work
 * @param capacity what there is to hold them
 * @param advice one line on which option, with which value, would make it fit; empty when it fits
 */
public record MemoryPlan(
        List<Item> items, List<Time> times, int batchRows, boolean uploadsAhead, Capacity capacity, String advice) {
    /** Where bytes lie. */
    public enum Place {
        /** Memory of the backend: of the device, or of the host outside the Java heap where the host computes. */
        BACKEND,
        /** The Java heap ({@code -Xmx}). */
        HEAP
    }

    /**
     * Something that is held.
     *
     * @param name what it is, for a person
     * @param bytes its size
     * @param place where it lies
     */
    public record Item(String name, long bytes, Place place) {}

    /**
     * A part of the run.
     *
     * @param name what is done, for a person
     * @param seconds about how long it takes
     */
    public record Time(String name, double seconds) {}

    /**
     * What there is.
     *
     * @param backendBytes memory of the backend that may be used: the cap, or what is free
     * @param heapBytes most that the Java heap may grow to
     * @param device whether the backend's memory is that of a device, not of the host
     * @param capped whether the backend's figure is a cap that the user set
     */
    public record Capacity(long backendBytes, long heapBytes, boolean device, boolean capped) {}

    /** Keeps the order of the parts. */
    public MemoryPlan {
        items = List.copyOf(items);
        times = List.copyOf(times);
    }

    /** Sum of the bytes in one place. */
    public long bytes(Place place) {
        return items.stream()
                .filter(item -> item.place() == place)
                .mapToLong(Item::bytes)
                .sum();
    }

    /** Estimated seconds of the whole run. */
    public double seconds() {
        return times.stream().mapToDouble(Time::seconds).sum();
    }

    /** Whether both memories hold their part. */
    public boolean fits() {
        return bytes(Place.BACKEND) <= capacity.backendBytes() && bytes(Place.HEAP) <= capacity.heapBytes();
    }
}
