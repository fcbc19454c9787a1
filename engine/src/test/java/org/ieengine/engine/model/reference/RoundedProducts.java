package org.ieengine.engine.model.reference;

/**
 * Matrix products in float64 of operands that are rounded first, as a GPU's narrow formats do, and operands that stay rounded between
 * one operation and the next. Everything else of a reference stays exact: the difference from {@link #EXACT} is the effect of the
 * rounding alone.
 */
public enum RoundedProducts {
    /** Not rounded. */
    EXACT(0),
    /** To float32 and then to 10 bits of mantissa, ties away from zero. */
    TF32(0x1p-11),
    /** To float32 and then to 7 bits of mantissa, ties to even. */
    BF16(0x1p-8);

    private final double unit;

    RoundedProducts(double unit) {
        this.unit = unit;
    }

    /** Largest relative error of a rounded operand. */
    public double unit() {
        return unit;
    }

    double round(double value) {
        int bits = Float.floatToRawIntBits((float) value);
        return switch (this) {
            case EXACT -> value;
            case TF32 -> Float.intBitsToFloat((bits + 0x1000) & 0xffffe000);
            case BF16 -> Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
        };
    }

    private double[] round(double[] values) {
        return this == EXACT
                ? values
                : java.util.Arrays.stream(values).map(this::round).toArray();
    }

    /** What of values is left in a matrix of operands, which bf16 alone keeps rounded: queries, keys, values, gates. */
    double[] kept(double[] values) {
        return this == BF16 ? round(values) : values;
    }

    /** x W + b for W [in, out] (Conv1D). */
    double[] conv1d(double[] x, double[] weight, double[] bias) {
        double[] in = round(x);
        double[] y = bias.clone();
        for (int i = 0; i < in.length; i++) {
            for (int o = 0; o < y.length; o++) {
                y[o] += in[i] * round(weight[i * y.length + o]);
            }
        }
        return y;
    }

    /** x W^T + b for W [out, in] (Linear); bias null for none. */
    double[] linear(double[] x, double[] weight, double[] bias) {
        double[] in = round(x);
        double[] y = new double[weight.length / in.length];
        for (int o = 0; o < y.length; o++) {
            double sum = bias == null ? 0 : bias[o];
            for (int i = 0; i < in.length; i++) {
                sum += in[i] * round(weight[o * in.length + i]);
            }
            y[o] = sum;
        }
        return y;
    }
}
