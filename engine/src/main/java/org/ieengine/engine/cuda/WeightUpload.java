package org.ieengine.engine.cuda;

import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuMemory;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.LaunchShape;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * Stored weights on their way to the device, on a stream of their own: they travel, and are widened to float32 or rounded to
 * operands of bf16, while the backend's stream computes. Elements of 16 bits go as they are stored, half the bytes of float32.
 */
final class WeightUpload implements AutoCloseable {
    /** Bytes of stored elements that wait on the device to be converted: much more than a launch costs. */
    private static final int STORED_BYTES = 8 << 20;

    private final GpuDevice device;
    private final GpuStream stream;
    private final PinnedRing ring;
    private final GpuEvent arrived;
    private GpuMemory stored;

    /** @param room bytes of page-locked memory */
    WeightUpload(GpuDevice device, int room) {
        this.device = device;
        this.stream = device.newStream();
        this.ring = OutOfMemory.named("page-locked buffers", room, () -> new PinnedRing(device, stream, room));
        this.arrived = device.newEvent();
    }

    /** The stream that uploads run on: what it overwrites must have been let go by every other. */
    GpuStream stream() {
        return stream;
    }

    /**
     * Queues the upload of every element, widened to float32, to {@code address} on.
     *
     * @return reached when they are there
     */
    GpuEvent upload(StoredTensor source, long address) {
        switch (source.type()) {
            case F16 -> widen(source, "widen_f16", address);
            case BF16 -> widen(source, "widen_bf16", address);
            default -> ring.upload(address, source.elements() * Float.BYTES, Float.BYTES, filler(source, 0));
        }
        stream.record(arrived);
        return arrived;
    }

    /**
     * Queues the upload of a matrix, rounded to bf16, row r to {@code address + 2 r stride}. What lies between the rows stays as it
     * is.
     *
     * @return reached when it is there
     */
    GpuEvent uploadRounded(StoredTensor source, int columns, long address, int stride) {
        if (source.type() == ElementType.BF16 && stride == columns) {
            ring.upload(address, source.elements() * Short.BYTES, Short.BYTES, filler(source, 0));
        } else {
            int most = STORED_BYTES / bytes(source);
            long rows = source.elements() / columns;
            int width = Math.min(columns, most);
            long height = Math.max(1, most / columns);
            for (long row = 0; row < rows; row += height) {
                for (int column = 0; column < columns; column += width) {
                    Piece piece = new Piece(
                            row * columns + column, Math.min(height, rows - row), Math.min(width, columns - column));
                    round(source, piece, address + Short.BYTES * (row * stride + column), stride);
                }
            }
        }
        stream.record(arrived);
        return arrived;
    }

    /** Whole rows of a matrix or part of one row: elements from {@code first} on, one after the other. */
    private record Piece(long first, long rows, int columns) {}

    private void round(StoredTensor source, Piece piece, long address, int stride) {
        bring(source, piece.first, piece.rows * piece.columns);
        LaunchShape shape = LaunchShape.of((int) ((piece.rows * piece.columns + 255) / 256), 256);
        if (source.type() == ElementType.F16) {
            stream.launch(
                    device.kernel("round_f16"), shape, stored.address(), address, stride, piece.rows, piece.columns);
        } else {
            Element element = source.type() == ElementType.BF16 ? Element.BF16 : Element.F32;
            stream.launch(
                    device.kernel("convert_elements"),
                    shape,
                    stored.address(),
                    element.ordinal(),
                    piece.columns,
                    address,
                    Element.BF16.ordinal(),
                    stride,
                    piece.rows,
                    (long) piece.columns);
        }
    }

    private void widen(StoredTensor source, String kernel, long address) {
        int most = STORED_BYTES / Short.BYTES;
        for (long first = 0; first < source.elements(); first += most) {
            int count = (int) Math.min(most, source.elements() - first);
            bring(source, first, count);
            stream.launch(
                    device.kernel(kernel),
                    LaunchShape.of((count + 255) / 256, 256),
                    stored.address(),
                    address + first * Float.BYTES,
                    (long) count);
        }
    }

    /** Queues elements on their way to be converted. They overwrite those before in the order of the stream, after these were. */
    private void bring(StoredTensor source, long first, long count) {
        if (stored == null) {
            stored = OutOfMemory.named("weights on their way", STORED_BYTES, () -> device.allocate(STORED_BYTES));
        }
        ring.upload(stored.address(), count * bytes(source), bytes(source), filler(source, first));
    }

    /** Bytes of an element on its way: types without a conversion on the device are converted to float32 before. */
    private static int bytes(StoredTensor source) {
        return source.type() == ElementType.F16 || source.type() == ElementType.BF16 ? Short.BYTES : Float.BYTES;
    }

    private static PinnedRing.Filler filler(StoredTensor source, long begin) {
        return switch (source.type()) {
            case F16, BF16, F32 -> (from, target) -> source.readBytes(begin + from / bytes(source), target);
            default ->
                (from, target) -> {
                    float[] values = new float[target.remaining() / Float.BYTES];
                    source.read(begin + from / Float.BYTES, values, 0, values.length);
                    target.asFloatBuffer().put(values);
                };
        };
    }

    /** Bytes of device memory that uploads take for themselves. */
    long deviceBytes() {
        return stored == null ? 0 : stored.bytes();
    }

    /** Waits until nothing is on its way. */
    void finish() {
        stream.synchronise();
    }

    /** Frees what uploads needed; they must have ended. */
    @Override
    public void close() {
        try (stream;
                arrived;
                ring) {
            if (stored != null) {
                stored.close();
                stored = null;
            }
        }
    }
}
