package org.ieengine.engine.cuda;

import java.nio.ByteBuffer;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuMemory;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.LaunchShape;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * Stored weights on their way to the device, on a stream of their own: they travel, and are widened to float32, while the
 * backend's stream computes. Elements of 16 bits go as they are stored, half the bytes of float32.
 */
final class WeightUpload implements AutoCloseable {
    /** Bytes of stored 16-bit elements that wait on the device to be widened: much more than a launch costs. */
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
            case F32 ->
                ring.upload(
                        address,
                        source.elements() * Float.BYTES,
                        Float.BYTES,
                        (from, target) -> source.readBytes(from / Float.BYTES, target));
            case F16 -> widen(source, "widen_f16", address);
            case BF16 -> widen(source, "widen_bf16", address);
            default ->
                ring.upload(
                        address,
                        source.elements() * Float.BYTES,
                        Float.BYTES,
                        (from, target) -> readConverted(source, from / Float.BYTES, target));
        }
        stream.record(arrived);
        return arrived;
    }

    private static void readConverted(StoredTensor source, long first, ByteBuffer target) {
        float[] values = new float[target.remaining() / Float.BYTES];
        source.read(first, values, 0, values.length);
        target.asFloatBuffer().put(values);
    }

    private void widen(StoredTensor source, String kernel, long address) {
        if (stored == null) {
            stored = OutOfMemory.named("weights on their way", STORED_BYTES, () -> device.allocate(STORED_BYTES));
        }
        int most = STORED_BYTES / Short.BYTES;
        for (long first = 0; first < source.elements(); first += most) {
            long begin = first;
            int count = (int) Math.min(most, source.elements() - first);
            // The next piece overwrites this one in the order of the stream, after it has been widened.
            ring.upload(
                    stored.address(),
                    (long) count * Short.BYTES,
                    Short.BYTES,
                    (from, target) -> source.readBytes(begin + from / Short.BYTES, target));
            stream.launch(
                    device.kernel(kernel),
                    LaunchShape.of((count + 255) / 256, 256),
                    stored.address(),
                    address + first * Float.BYTES,
                    (long) count);
        }
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
