package org.ieengine.loaders.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
    /** Value of a pattern by the definition in IEEE 754: sign, then fraction over 2^bits with or without the hidden one. */
    private static double defined(int bits, int exponentBits, int fractionBits) {
        int sign = bits >>> (exponentBits + fractionBits);
        int exponent = (bits >>> fractionBits) & ((1 << exponentBits) - 1);
        int fraction = bits & ((1 << fractionBits) - 1);
        int bias = (1 << (exponentBits - 1)) - 1;
        double magnitude;
        if (exponent == (1 << exponentBits) - 1) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else if (exponent == 0) {
            magnitude = fraction / Math.pow(2, fractionBits) * Math.pow(2, 1 - bias);
        } else {
            magnitude = (1 + fraction / Math.pow(2, fractionBits)) * Math.pow(2, exponent - bias);
        }
        return sign == 0 ? magnitude : -magnitude;
    }

    private static void assertSame(float found, double expected, int bits) {
        if (Double.isNaN(expected)) {
            assertThat(found).as("pattern %04x", bits).isNaN();
        } else {
            assertThat(Double.doubleToLongBits(found))
                    .as("pattern %04x, zero with its sign", bits)
                    .isEqualTo(Double.doubleToLongBits(expected));
        }
    }

    @Test
    void everyF16PatternWidensToItsDefinedValue() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertSame(HalfPrecision.widenF16((short) bits), defined(bits, 5, 10), bits);
        }
    }

    @Test
    void everyBf16PatternWidensToItsDefinedValue() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertSame(HalfPrecision.widenBf16((short) bits), defined(bits, 8, 7), bits);
        }
    }

    @Test
    void bulkWideningIsTheSameAsOneByOne() {
        short[] patterns = new short[1 << 16];
        for (int bits = 0; bits < patterns.length; bits++) {
            patterns[bits] = (short) bits;
        }
        float[] f16 = new float[patterns.length + 3];
        float[] bf16 = new float[patterns.length + 3];
        HalfPrecision.widenF16(patterns, f16, 3, patterns.length);
        HalfPrecision.widenBf16(patterns, bf16, 3, patterns.length);
        for (int bits = 0; bits < patterns.length; bits++) {
            assertSame(f16[bits + 3], defined(bits, 5, 10), bits);
            assertSame(bf16[bits + 3], defined(bits, 8, 7), bits);
        }
    }

    @Test
    void narrowingUndoesWidening() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float f16 = HalfPrecision.widenF16((short) bits);
            float bf16 = HalfPrecision.widenBf16((short) bits);
            if (Float.isNaN(f16)) {
                assertThat(HalfPrecision.widenF16(HalfPrecision.narrowF16(f16))).isNaN();
            } else {
                assertThat(HalfPrecision.narrowF16(f16) & 0xFFFF).isEqualTo(bits);
            }
            if (Float.isNaN(bf16)) {
                assertThat(HalfPrecision.widenBf16(HalfPrecision.narrowBf16(bf16)))
                        .isNaN();
            } else {
                assertThat(HalfPrecision.narrowBf16(bf16) & 0xFFFF).isEqualTo(bits);
            }
        }
    }

    @Test
    void narrowingRoundsToTheNearestAndTiesToTheEvenPattern() {
        for (int bits = 0; bits < 0x7BFF; bits++) {
            float low = HalfPrecision.widenF16((short) bits);
            float high = HalfPrecision.widenF16((short) (bits + 1));
            float middle = new BigDecimal(low)
                    .add(new BigDecimal(high))
                    .divide(BigDecimal.valueOf(2))
                    .floatValue();
            int even = (bits & 1) == 0 ? bits : bits + 1;
            assertThat(HalfPrecision.narrowF16(middle))
                    .as("tie above %04x", bits)
                    .isEqualTo((short) even);
            assertThat(HalfPrecision.narrowF16(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(HalfPrecision.narrowF16(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
            assertThat(HalfPrecision.narrowF16(-middle)).isEqualTo((short) (even | 0x8000));
        }
        assertThat(HalfPrecision.narrowF16(65_519.996f)).isEqualTo((short) 0x7BFF);
        assertThat(HalfPrecision.narrowF16(65_520f)).isEqualTo((short) 0x7C00);
        assertThat(HalfPrecision.narrowF16(Float.MAX_VALUE)).isEqualTo((short) 0x7C00);
        assertThat(HalfPrecision.narrowF16(Float.MIN_VALUE)).isEqualTo((short) 0);
        for (int bits = 0; bits < 0x7F80; bits++) {
            float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
            int even = (bits & 1) == 0 ? bits : bits + 1;
            assertThat(HalfPrecision.narrowBf16(middle))
                    .as("tie above %04x", bits)
                    .isEqualTo((short) even);
            assertThat(HalfPrecision.narrowBf16(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(HalfPrecision.narrowBf16(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
        }
    }
}
