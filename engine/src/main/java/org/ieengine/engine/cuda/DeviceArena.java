package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.GpuMemory;

/**
 * Device memory for tensors, cut out of few large segments: best fit, neighbours joined when they are freed. One segment is sized
 * by the plan ({@link #reserve}); what does not fit there takes a further one. A freed block may be handed out again at once: all
 * work on tensors is queued on one stream, so that what is queued for the new owner happens after what was queued for the old one.
 * Work on any other stream must first wait for {@link Block#freedAt()}.
 */
final class DeviceArena implements AutoCloseable {
    /** How tensors lie in device memory. */
    enum Placement {
        /** Side by side in segments. */
        PACKED,
        /** Each in an allocation of its own: slow, but a device that guards its allocations sees accesses beyond a tensor. */
        APART
    }

    /** What the arena needs to know of the work that uses its memory. */
    interface Work {
        /** Number of the moment up to which work has been queued now. */
        long mark();

        /** Waits until all of it has happened. */
        void finish();
    }

    private static final long ALIGNMENT = 256;

    /** Unplanned needs come in segments of at least this size, so that many small ones do not each call the driver. */
    private static final long GROWTH = 32L << 20;

    /**
     * Room beyond the plan for the alignment of its tensors and for working memory, as a share: a plan of thousands of small tensors is no
     * plan of ours.
     */
    private static final long SLACK_SHARE = 24;

    private final GpuDevice device;
    private final long cap;
    private final Placement placement;
    private final Work work;
    private final List<Segment> segments = new ArrayList<>();
    private final Map<Long, Block> open = new TreeMap<>();
    private long segmentBytes;
    private long allocatedBytes;
    private long peakBytes;
    private boolean closed;

    /**
     * @param cap most bytes of device memory that segments may take together
     * @param work what uses the memory
     */
    DeviceArena(GpuDevice device, long cap, Placement placement, Work work) {
        this.device = device;
        this.cap = cap;
        this.placement = placement;
        this.work = work;
    }

    /** A stretch of device memory that was taken from the driver, and the holes in it: address to hole. */
    private record Segment(GpuMemory memory, TreeMap<Long, Hole> holes) {
        static Segment empty(GpuMemory memory) {
            Hole all = new Hole(memory.address(), List.of(new Piece(memory.bytes(), 0)));
            return new Segment(memory, new TreeMap<>(Map.of(memory.address(), all)));
        }

        boolean unused() {
            return holes.size() == 1 && holes.firstEntry().getValue().bytes() == memory.bytes();
        }
    }

    /** Free bytes that were last used by work queued up to the mark {@code freedAt}. */
    private record Piece(long bytes, long freedAt) {}

    /** Free bytes of a segment: pieces side by side, which remember apart from each other when they were used. */
    private record Hole(long address, List<Piece> pieces) {
        long bytes() {
            return pieces.stream().mapToLong(Piece::bytes).sum();
        }

        long end() {
            return address + bytes();
        }

        long freedAt() {
            return pieces.stream().mapToLong(Piece::freedAt).max().orElse(0);
        }

        /** The part of it from a byte on, so many bytes long. */
        Hole part(long from, long bytes) {
            List<Piece> kept = new ArrayList<>();
            long at = 0;
            for (Piece piece : pieces) {
                long overlap = Math.min(at + piece.bytes, from + bytes) - Math.max(at, from);
                if (overlap > 0) {
                    kept.add(new Piece(overlap, piece.freedAt));
                }
                at += piece.bytes;
            }
            return new Hole(address + from, kept);
        }

        /** This and the next one, which begins where this ends. */
        Hole joined(Hole next) {
            List<Piece> all = new ArrayList<>(pieces);
            Piece last = all.get(all.size() - 1);
            List<Piece> following = next.pieces;
            if (last.freedAt == following.get(0).freedAt) {
                all.set(all.size() - 1, new Piece(last.bytes + following.get(0).bytes, last.freedAt));
                following = following.subList(1, following.size());
            }
            all.addAll(following);
            return new Hole(address, all);
        }
    }

    /** Memory handed out. */
    final class Block implements CudaTensor.Allocation {
        private final Segment segment;
        private final long address;
        private final long room;
        private final long bytes;
        private final long freedAt;
        private boolean released;

        private Block(Segment segment, Hole hole, long room, long bytes) {
            this.segment = segment;
            this.address = hole.address;
            this.room = room;
            this.bytes = bytes;
            this.freedAt = hole.freedAt();
        }

        /** Where it starts; a multiple of 256. */
        long address() {
            return address;
        }

        /** What was asked for. */
        long bytes() {
            return bytes;
        }

        /** The mark up to which work may still use this memory on behalf of earlier owners; 0 for none. */
        long freedAt() {
            return freedAt;
        }

        @Override
        public boolean released() {
            return released;
        }

        @Override
        public void release() {
            if (released) {
                throw new IllegalStateException("device memory was given back twice");
            }
            DeviceArena.this.free(this);
            released = true;
        }
    }

    /**
     * Takes one segment for everything that a plan will hold, unless there is as much already.
     *
     * @throws MemoryExhaustedException when the device has not so much, or the limit allows less
     */
    void reserve(long bytes) {
        requireOpen();
        if (placement == Placement.PACKED) {
            long least = roundUp(bytes);
            long wanted = least + roundUp(Math.min(bytes / SLACK_SHARE, GROWTH));
            if (largestHole() < wanted) {
                dropUnused();
                long allowed = Math.max(least, Math.min(wanted, cap - segmentBytes));
                if (!grow(allowed) && !grow(least)) {
                    throw exhausted(bytes);
                }
            }
        }
    }

    /**
     * Memory of so many bytes, contents undefined: the start of the smallest hole that is large enough.
     *
     * @throws MemoryExhaustedException when the device has not so much, or the limit allows less
     */
    Block allocate(long bytes) {
        return allocate(bytes, false);
    }

    /**
     * As {@link #allocate}, for what soon goes again: the end of the largest hole, so that an upload into memory that became free
     * long ago need not wait for brief users of it.
     */
    Block allocateBriefly(long bytes) {
        return allocate(bytes, true);
    }

    private Block allocate(long bytes, boolean brief) {
        requireOpen();
        // Beyond what can be rounded up there is no memory anyway.
        long room = bytes > Long.MAX_VALUE - ALIGNMENT ? bytes : Math.max(roundUp(bytes), ALIGNMENT);
        Block block = placement == Placement.APART ? takeApart(bytes) : takePacked(bytes, room, brief);
        open.put(block.address, block);
        allocatedBytes += bytes;
        peakBytes = Math.max(peakBytes, allocatedBytes);
        return block;
    }

    private Block takePacked(long bytes, long room, boolean brief) {
        Block block = cut(bytes, room, brief);
        if (block == null && (grow(Math.max(room, GROWTH)) || grow(room) || dropUnused() && grow(room))) {
            block = cut(bytes, room, brief);
        }
        if (block == null) {
            throw exhausted(bytes);
        }
        return block;
    }

    /** Exactly the bytes asked for, so that the device's guards lie right behind them. */
    private Block takeApart(long bytes) {
        long exact = Math.max(bytes, 1);
        if (!grow(exact)) {
            throw exhausted(bytes);
        }
        Segment segment = segments.get(segments.size() - 1);
        return new Block(segment, segment.holes.pollFirstEntry().getValue(), exact, bytes);
    }

    /** A part of a hole that is large enough; null when there is none. */
    private Block cut(long bytes, long room, boolean brief) {
        Segment segment = null;
        Hole best = null;
        for (Segment candidate : segments) {
            for (Hole hole : candidate.holes.values()) {
                long size = hole.bytes();
                if (size >= room && (best == null || (brief ? size > best.bytes() : size < best.bytes()))) {
                    segment = candidate;
                    best = hole;
                }
            }
        }
        if (best == null) {
            return null;
        }
        long rest = best.bytes() - room;
        segment.holes.remove(best.address);
        if (rest > 0) {
            Hole left = best.part(brief ? 0 : room, rest);
            segment.holes.put(left.address, left);
        }
        return new Block(segment, best.part(brief ? rest : 0, room), room, bytes);
    }

    private void free(Block block) {
        if (placement == Placement.APART) {
            work.finish();
            drop(block.segment);
        } else {
            Hole freed = new Hole(block.address, List.of(new Piece(block.room, work.mark())));
            join(block.segment.holes, freed);
        }
        allocatedBytes -= block.bytes;
        open.remove(block.address);
    }

    /** Adds a hole, joined with those that it touches. */
    private static void join(TreeMap<Long, Hole> holes, Hole freed) {
        Hole hole = freed;
        Map.Entry<Long, Hole> before = holes.lowerEntry(hole.address);
        if (before != null && before.getValue().end() == hole.address) {
            hole = before.getValue().joined(hole);
        }
        Hole after = holes.get(hole.end());
        if (after != null) {
            holes.remove(after.address);
            hole = hole.joined(after);
        }
        holes.put(hole.address, hole);
    }

    /** Takes a further segment; false when the limit or the device does not allow it. */
    private boolean grow(long bytes) {
        if (bytes > cap - segmentBytes) {
            return false;
        }
        try {
            segments.add(Segment.empty(device.allocate(bytes)));
            segmentBytes += bytes;
            return true;
        } catch (GpuException refused) {
            if (refused.kind() == GpuException.Kind.OUT_OF_MEMORY) {
                return false;
            }
            throw refused;
        }
    }

    /** Gives unused segments back to the driver, for a larger one in their place; whether there were any. */
    private boolean dropUnused() {
        List<Segment> unused = segments.stream().filter(Segment::unused).toList();
        if (!unused.isEmpty()) {
            work.finish();
            unused.forEach(this::drop);
        }
        return !unused.isEmpty();
    }

    private void drop(Segment segment) {
        segments.remove(segment);
        segmentBytes -= segment.memory.bytes();
        segment.memory.close();
    }

    private MemoryExhaustedException exhausted(long bytes) {
        long free = freeBytes();
        String limit = cap < device.properties().totalBytes() ? ", limited to " + mebibytes(cap) : "";
        return new MemoryExhaustedException(
                bytes,
                "the GPU cannot hold " + mebibytes(bytes) + " more: " + mebibytes(allocatedBytes)
                        + " of its memory are in"
                        + " use here and " + mebibytes(free) + " could still be had" + limit
                        + "; use fewer or shorter sentences (--samples), a smaller --batch, a smaller model, or more"
                        + " device memory (--device-memory)",
                null);
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", (bytes >> 20) + ((bytes & (1 << 20) - 1) == 0 ? 0 : 1));
    }

    private long largestHole() {
        return segments.stream()
                .flatMap(segment -> segment.holes.values().stream())
                .mapToLong(Hole::bytes)
                .max()
                .orElse(0);
    }

    private static long roundUp(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the backend was used after it had been closed");
        }
    }

    /** Bytes that are handed out now, as they were asked for. */
    long allocatedBytes() {
        return allocatedBytes;
    }

    /** The most that was handed out at once. */
    long peakBytes() {
        return peakBytes;
    }

    /** Bytes taken from the driver. */
    long segmentBytes() {
        return segmentBytes;
    }

    /** Bytes that could still be handed out: holes, and what the limit and the device leave for further segments. */
    long freeBytes() {
        long holes = segments.stream()
                .flatMap(segment -> segment.holes.values().stream())
                .mapToLong(Hole::bytes)
                .sum();
        return holes + Math.max(0, Math.min(cap - segmentBytes, device.freeBytes()));
    }

    /** Frees everything, blocks that are still open included; work that uses it must have ended. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        open.values().forEach(block -> block.released = true);
        open.clear();
        allocatedBytes = 0;
        segments.sort(Comparator.comparingLong(segment -> segment.memory.address()));
        for (Iterator<Segment> each = segments.iterator(); each.hasNext(); ) {
            Segment segment = each.next();
            each.remove();
            segmentBytes -= segment.memory.bytes();
            segment.memory.close();
        }
    }
}
