package org.ieengine.loaders.safetensors;

/** Element types of the safetensors format that are read here, with their width in bytes. */
public enum ElementType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    U8(1),
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Width of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether elements are floating-point numbers, not integers or booleans. */
    public boolean floating() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }
}
