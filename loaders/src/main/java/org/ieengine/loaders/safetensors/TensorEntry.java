package org.ieengine.loaders.safetensors;

import java.util.Arrays;

/**
 * What a header says of one tensor, checked: the byte range is as long as shape and type ask for and lies within the file.
 *
 * @param position first byte, counted from the start of the file
 */
record TensorEntry(String name, ElementType type, long[] shape, long elements, long position) {
    long bytes() {
        return elements * type.bytes();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorEntry that
                && name.equals(that.name)
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && position == that.position;
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
