package org.ieengine.loaders.safetensors;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.ieengine.loaders.InputException;

/** A tensor of a {@link SafetensorsFile}; readable while the file is open. */
final class FileTensor implements StoredTensor {
    private final TensorBytes file;
    private final TensorEntry entry;

    FileTensor(TensorBytes file, TensorEntry entry) {
        this.file = file;
        this.entry = entry;
    }

    @Override
    public String name() {
        return entry.name();
    }

    @Override
    public ElementType type() {
        return entry.type();
    }

    @Override
    public long[] shape() {
        return entry.shape().clone();
    }

    @Override
    public long elements() {
        return entry.elements();
    }

    @Override
    public void read(long first, float[] target, int offset, int count) {
        check(first, target.length, offset, count);
        file.forEachWindow(entry, first, count, (window, at, n) -> window.widen(entry.type(), target, offset + at, n));
    }

    @Override
    public void read(long first, double[] target, int offset, int count) {
        check(first, target.length, offset, count);
        file.forEachWindow(entry, first, count, (window, at, n) -> window.widen(entry.type(), target, offset + at, n));
    }

    @Override
    public void read(long first, long[] target, int offset, int count) {
        if (entry.type().floating()) {
            throw new InputException(
                    file.path().toString(),
                    "tensor " + name(),
                    "found floating-point elements (" + type() + "), expected integers (I64, I32, U8 or BOOL)");
        }
        check(first, target.length, offset, count);
        file.forEachWindow(entry, first, count, (window, at, n) -> window.widen(entry.type(), target, offset + at, n));
    }

    @Override
    public void readBytes(long first, ByteBuffer target) {
        checkRange(first, wholeElements(target));
        file.fill(target, entry, first);
    }

    private void check(long first, int length, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, length);
        checkRange(first, count);
    }

    private void checkRange(long first, int count) {
        if (first < 0 || first > entry.elements() - count) {
            throw new IndexOutOfBoundsException("elements " + first + " to " + first + " + " + count + " of tensor "
                    + name() + ", which has " + entry.elements());
        }
    }

    @Override
    public String toString() {
        return name() + " " + type() + Arrays.toString(entry.shape());
    }
}
