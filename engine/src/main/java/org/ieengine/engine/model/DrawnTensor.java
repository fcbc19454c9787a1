package org.ieengine.engine.model;

import java.util.Arrays;
import java.util.Objects;
import org.ieengine.engine.model.UntrainedWeights.Distribution;
import org.ieengine.engine.model.UntrainedWeights.Stream;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/** A tensor whose elements are drawn when they are read: element i is normal i of its stream. Safe for several threads. */
final class DrawnTensor implements StoredTensor {
    /** What sets these draws apart from all others of the same seed: "wgts" in ASCII. */
    private static final int PURPOSE = 0x77677473;

    private final String name;
    private final long[] shape;
    private final Distribution distribution;
    private final Stream stream;

    DrawnTensor(String name, long[] shape, Distribution distribution, Stream stream) {
        this.name = name;
        this.shape = shape.clone();
        this.distribution = distribution;
        this.stream = stream;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ElementType type() {
        return ElementType.F32;
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    @Override
    public void read(long first, float[] target, int offset, int count) {
        checkRange(first, target.length, offset, count);
        if (distribution.deviation() == 0) {
            Arrays.fill(target, offset, offset + count, (float) distribution.mean());
            return;
        }
        Philox random = new Philox(stream.seed(), PURPOSE, 0, 0, stream.tensor());
        for (int i = 0; i < count; i++) {
            target[offset + i] = (float) (distribution.mean() + distribution.deviation() * random.normal(first + i));
        }
    }

    @Override
    public void read(long first, double[] target, int offset, int count) {
        checkRange(first, target.length, offset, count);
        float[] rounded = new float[count];
        read(first, rounded, 0, count);
        for (int i = 0; i < count; i++) {
            target[offset + i] = rounded[i];
        }
    }

    @Override
    public void read(long first, long[] target, int offset, int count) {
        throw new InputException("untrained twin", "tensor " + name, "found elements of type F32, expected integers");
    }

    private void checkRange(long first, int room, int offset, int count) {
        Objects.checkFromIndexSize(first, count, elements());
        Objects.checkFromIndexSize(offset, count, room);
    }
}
