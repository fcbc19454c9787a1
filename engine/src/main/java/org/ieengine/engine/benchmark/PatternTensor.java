package org.ieengine.engine.benchmark;

import java.nio.ByteBuffer;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/** A stored tensor of BF16 or F32 elements that repeat, in the host's memory: to load without a disk. */
final class PatternTensor implements StoredTensor {
    private final String name;
    private final ElementType type;
    private final long[] shape;
    private final float[] pattern;
    private final long elements;

    /** @param pattern the elements that repeat; exact in the type */
    PatternTensor(String name, ElementType type, long[] shape, float[] pattern) {
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.pattern = pattern;
        long product = 1;
        for (long extent : shape) {
            product = Math.multiplyExact(product, extent);
        }
        this.elements = product;
    }

    /** An element. */
    float at(long element) {
        return pattern[(int) (element % pattern.length)];
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ElementType type() {
        return type;
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public long elements() {
        return elements;
    }

    @Override
    public void read(long first, float[] target, int offset, int count) {
        int from = (int) (first % pattern.length);
        int done = 0;
        while (done < count) {
            int part = Math.min(count - done, pattern.length - from);
            System.arraycopy(pattern, from, target, offset + done, part);
            done += part;
            from = 0;
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
        if (type == ElementType.F32) {
            StoredTensor.super.readBytes(first, target);
            return;
        }
        int count = wholeElements(target);
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(at(first + i));
            target.put((byte) (bits >>> 16)).put((byte) (bits >>> 24));
        }
    }
}
