package org.ieengine.engine.selftest;

import org.ieengine.engine.cuda.Precision;

/** How the operands of a product are rounded before it is taken. */
public enum Rounding {
    /** Not at all. */
    NONE {
        @Override
        public double of(float value) {
            return value;
        }
    },
    /** To 10 bits of mantissa, to nearest, ties away from zero ({@code cvt.rna.tf32}). */
    TF32 {
        @Override
        public double of(float value) {
            return Float.intBitsToFloat(Float.floatToRawIntBits(value) + 0x1000 & 0xFFFFE000);
        }
    },
    /** To 7 bits of mantissa, to nearest, ties to even ({@code cvt.rn.bf16}). */
    BF16 {
        @Override
        public double of(float value) {
            int bits = Float.floatToRawIntBits(value);
            return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF0000);
        }
    };

    /** A finite value, rounded. */
    public abstract double of(float value);

    /** That of a precision. */
    public static Rounding of(Precision precision) {
        return switch (precision) {
            case F32 -> NONE;
            case TF32 -> TF32;
            case BF16 -> BF16;
        };
    }
}
