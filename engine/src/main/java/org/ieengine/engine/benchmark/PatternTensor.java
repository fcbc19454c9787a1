package org.ieengine.engine.benchmark;

import java.nio.ByteBuffer;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * A stored tensor [rows, columns] in the host's memory, of BF16 or F32 elements that repeat: to load without a disk.
 *
 * @param type of the elements
 * @param rows of the matrix
 * @param columns of the matrix
 */
record PatternTensor(ElementType type, int rows, int columns) implements StoredTensor {
    private static final int PERIOD = 251;

    /** A multiple of 1/128 from -1 to 1: exact in either type. */
    static float at(long element) {
        return ((int) (element % PERIOD) - 125) / 128f;
    }

    @Override
    public String name() {
        return "pattern";
    }

    @Override
    public long[] shape() {
        return new long[] {rows, columns};
    }

    @Override
    public long elements() {
        return (long) rows * columns;
    }

    @Override
    public void read(long first, float[] target, int offset, int count) {
        for (int i = 0; i < count; i++) {
            target[offset + i] = at(first + i);
        }
    }

    @Override
    public void read(long first, double[] target, int offset, int count) {
        for (int i = 0; i < count; i++) {
            target[offset + i] = at(first + i);
        }
    }

    @Override
    public void read(long first, long[] target, int offset, int count) {
        throw new IllegalArgumentException("a tensor of type " + type + " has no integers");
    }

    @Override
    public void readBytes(long first, ByteBuffer target) {
        int count = wholeElements(target);
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(at(first + i));
            if (type == ElementType.F32) {
                target.put((byte) bits).put((byte) (bits >>> 8));
            }
            target.put((byte) (bits >>> 16)).put((byte) (bits >>> 24));
        }
    }
}
