package org.ieengine.loaders.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A stretch of a file's bytes on the way to an array: direct memory that the operating system fills, and room to take 16-bit
 * elements out of it in one go, since loops over arrays vectorise and loops over direct buffers do not.
 */
final class ElementWindow {
    /** Small enough for the second-level cache, large enough that a call's overhead does not show. */
    static final int BYTES = 1 << 18;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final short[] halves = new short[BYTES / Short.BYTES];

    /** The buffer, empty, with room for {@code count} bytes. */
    ByteBuffer cleared(int count) {
        return bytes.clear().limit(count);
    }

    void widen(ElementType type, float[] target, int offset, int count) {
        bytes.flip();
        switch (type) {
            case F32 -> bytes.asFloatBuffer().get(target, offset, count);
            case F16 -> {
                bytes.asShortBuffer().get(halves, 0, count);
                HalfPrecision.widenF16(halves, target, offset, count);
            }
            case BF16 -> {
                bytes.asShortBuffer().get(halves, 0, count);
                HalfPrecision.widenBf16(halves, target, offset, count);
            }
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = (float) bytes.getDouble(i * Double.BYTES);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = integer(type, i);
                }
            }
        }
    }

    void widen(ElementType type, double[] target, int offset, int count) {
        bytes.flip();
        switch (type) {
            case F64 -> bytes.asDoubleBuffer().get(target, offset, count);
            case F32 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = bytes.getFloat(i * Float.BYTES);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = HalfPrecision.widenF16(bytes.getShort(i * Short.BYTES));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = HalfPrecision.widenBf16(bytes.getShort(i * Short.BYTES));
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = integer(type, i);
                }
            }
        }
    }

    void widen(ElementType type, long[] target, int offset, int count) {
        bytes.flip();
        if (type == ElementType.I64) {
            bytes.asLongBuffer().get(target, offset, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            target[offset + i] = integer(type, i);
        }
    }

    private long integer(ElementType type, int index) {
        return switch (type) {
            case I64 -> bytes.getLong(index * Long.BYTES);
            case I32 -> bytes.getInt(index * Integer.BYTES);
            case U8 -> bytes.get(index) & 0xFF;
            case BOOL -> bytes.get(index) == 0 ? 0 : 1;
            case F64, F32, F16, BF16 -> throw new IllegalArgumentException(type + " is no integer type");
        };
    }
}
