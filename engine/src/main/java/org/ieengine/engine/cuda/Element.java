package org.ieengine.engine.cuda;

/** How an element of a matrix lies in device memory. The ordinal is what kernels are told. */
enum Element {
    /** 32 bits. */
    F32(Float.BYTES, 1),
    /** The upper 16 bits of a float32, rounded to nearest, ties to even; rows begin at multiples of 16 bytes. */
    BF16(Short.BYTES, 8);

    private static final int VECTOR_BYTES = 16;

    private final int bytes;
    private final int rowUnit;

    Element(int bytes, int rowUnit) {
        this.bytes = bytes;
        this.rowUnit = rowUnit;
    }

    /** Bytes of one. */
    int bytes() {
        return bytes;
    }

    /** How many 16 bytes hold. */
    int ofVector() {
        return VECTOR_BYTES / bytes;
    }

    /** Elements from one row to the next in a fresh matrix of so many columns. */
    int stride(int columns) {
        return (columns + rowUnit - 1) / rowUnit * rowUnit;
    }
}
