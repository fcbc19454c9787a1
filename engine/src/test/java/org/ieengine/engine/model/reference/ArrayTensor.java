package org.ieengine.engine.model.reference;

import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/** A float32 tensor that lies in an array. */
record ArrayTensor(String name, float[] values, long... shape) implements StoredTensor {
    @Override
    public ElementType type() {
        return ElementType.F32;
    }

    @Override
    public long elements() {
        return values.length;
    }

    @Override
    public void read(long first, float[] target, int offset, int count) {
        System.arraycopy(values, Math.toIntExact(first), target, offset, count);
    }

    @Override
    public void read(long first, double[] target, int offset, int count) {
        for (int i = 0; i < count; i++) {
            target[offset + i] = values[Math.toIntExact(first + i)];
        }
    }

    @Override
    public void read(long first, long[] target, int offset, int count) {
        throw new IllegalStateException(name + " holds floating-point elements");
    }
}
