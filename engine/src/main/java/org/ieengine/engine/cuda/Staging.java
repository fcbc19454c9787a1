package org.ieengine.engine.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.PinnedMemory;

/**
 * Transfers between host and device through page-locked memory. Writes are queued on the backend's stream and return at once;
 * reads wait for their values, the copy of one piece overlapping the host's handling of the piece before.
 */
final class Staging implements AutoCloseable {
    private static final int PIECES = 2;

    private final GpuStream stream;
    private final StreamMarks marks;
    private final PinnedRing ring;
    private final PinnedMemory landing;
    private final GpuEvent[] landed = new GpuEvent[PIECES];
    private final int pieceBytes;

    /**
     * Bytes of page-locked memory.
     *
     * @param upload ring for writes
     * @param download memory that reads land in
     */
    record Room(int upload, int download) {
        /** Enough that the host runs ahead of the device by several micro-batches. */
        static final Room USUAL = new Room(16 << 20, 8 << 20);
    }

    /** Moves {@code count} elements between an array, from {@code at} on, and the start of a buffer. */
    private interface Elements {
        void move(ByteBuffer buffer, int at, int count);
    }

    Staging(GpuDevice device, GpuStream stream, StreamMarks marks, Room room) {
        this.stream = stream;
        this.marks = marks;
        this.ring = new PinnedRing(device, stream, room.upload);
        this.landing = device.allocatePinned(room.download);
        this.pieceBytes = room.download / PIECES / Long.BYTES * Long.BYTES;
        for (int i = 0; i < PIECES; i++) {
            landed[i] = device.newEvent();
        }
    }

    /** Queues a copy of the values to the device; the array may be changed on return. */
    void write(byte[] source, long address) {
        upload(address, source.length, Byte.BYTES, (target, at, count) -> target.put(source, at, count));
    }

    /** As {@link #write(byte[], long)}. */
    void write(int[] source, long address) {
        upload(address, source.length, Integer.BYTES, (target, at, count) -> target.asIntBuffer()
                .put(source, at, count));
    }

    /** As {@link #write(byte[], long)}. */
    void write(long[] source, long address) {
        upload(address, source.length, Long.BYTES, (target, at, count) -> target.asLongBuffer()
                .put(source, at, count));
    }

    /** As {@link #write(byte[], long)}. */
    void write(float[] source, long address) {
        upload(address, source.length, Float.BYTES, (target, at, count) -> target.asFloatBuffer()
                .put(source, at, count));
    }

    /** As {@link #write(byte[], long)}. */
    void write(double[] source, long address) {
        upload(address, source.length, Double.BYTES, (target, at, count) -> target.asDoubleBuffer()
                .put(source, at, count));
    }

    private void upload(long address, int length, int width, Elements elements) {
        ring.upload(
                address,
                (long) length * width,
                width,
                (from, target) -> elements.move(target, (int) (from / width), target.remaining() / width));
        marks.queued();
    }

    /** Reads the first {@code count} values of the array and waits for them. */
    void read(long address, byte[] target, int count) {
        download(address, count, Byte.BYTES, (source, at, n) -> source.get(target, at, n));
    }

    /** As {@link #read(long, byte[], int)}. */
    void read(long address, int[] target, int count) {
        download(address, count, Integer.BYTES, (source, at, n) -> source.asIntBuffer()
                .get(target, at, n));
    }

    /** As {@link #read(long, byte[], int)}. */
    void read(long address, long[] target, int count) {
        download(address, count, Long.BYTES, (source, at, n) -> source.asLongBuffer()
                .get(target, at, n));
    }

    /** As {@link #read(long, byte[], int)}. */
    void read(long address, float[] target, int count) {
        download(address, count, Float.BYTES, (source, at, n) -> source.asFloatBuffer()
                .get(target, at, n));
    }

    /** As {@link #read(long, byte[], int)}. */
    void read(long address, double[] target, int count) {
        download(address, count, Double.BYTES, (source, at, n) -> source.asDoubleBuffer()
                .get(target, at, n));
    }

    private void download(long address, int length, int width, Elements elements) {
        long bytes = (long) length * width;
        long pieces = (bytes + pieceBytes - 1) / pieceBytes;
        for (long piece = 0; piece <= pieces; piece++) {
            if (piece < pieces) {
                int slot = (int) (piece % PIECES);
                long from = piece * pieceBytes;
                stream.download(address + from, landing, (long) slot * pieceBytes, Math.min(pieceBytes, bytes - from));
                stream.record(landed[slot]);
            }
            if (piece > 0) {
                take(piece - 1, bytes, width, elements);
            }
        }
    }

    private void take(long piece, long bytes, int width, Elements elements) {
        int slot = (int) (piece % PIECES);
        landed[slot].synchronise();
        int start = slot * pieceBytes;
        long from = piece * pieceBytes;
        int count = (int) Math.min(pieceBytes, bytes - from);
        ByteBuffer source = landing.buffer()
                .duplicate()
                .limit(start + count)
                .position(start)
                .slice()
                .order(ByteOrder.nativeOrder());
        elements.move(source, (int) (from / width), count / width);
    }

    /** Frees the memory; copies must have ended. */
    @Override
    public void close() {
        ring.close();
        for (GpuEvent event : landed) {
            event.close();
        }
        landing.close();
    }
}
