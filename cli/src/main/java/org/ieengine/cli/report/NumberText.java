package org.ieengine.cli.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** How numbers are written on the page: the same everywhere, independent of the reader's locale. NaN is a dash. */
final class NumberText {
    private static final String ABSENT = "–";

    private NumberText() {}

    /** Bits with two decimals: prose and plots. */
    static String bits(double value) {
        return decimals(value, 2);
    }

    /** Bits with three decimals: tables, where deviations of some thousandths stand beside them. */
    static String exactBits(double value) {
        return decimals(value, 3);
    }

    /** A fixed number of decimals, with a true minus sign; never a negative zero. */
    static String decimals(double value, int decimals) {
        if (!Double.isFinite(value)) {
            return ABSENT;
        }
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        boolean zero = text.chars().allMatch(c -> c == '-' || c == '0' || c == '.');
        return zero ? text.replace("-", "") : text.replace('-', '−');
    }

    /** A share as percent with one decimal. */
    static String percent(double share) {
        return Double.isFinite(share) ? decimals(100 * share, 1) + "\u00a0%" : ABSENT;
    }

    /** A whole number with thousands separated. */
    static String count(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%,d", Math.round(value)) : ABSENT;
    }

    /** A large count in short: 842, 12.3 k, 4.20 M, 6.00 G. */
    static String shortCount(double value) {
        if (!Double.isFinite(value)) {
            return ABSENT;
        }
        double size = Math.abs(value);
        if (size >= 1e9) {
            return decimals(value / 1e9, 2) + " G";
        }
        if (size >= 1e6) {
            return decimals(value / 1e6, 2) + " M";
        }
        return size >= 1e4 ? decimals(value / 1e3, 1) + " k" : count(value);
    }

    /** As few decimals as the number needs, at most four: noise levels, ticks. */
    static String plain(double value) {
        if (!Double.isFinite(value)) {
            return ABSENT;
        }
        String text = decimals(value, 4);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    /** A noise level to three digits, "σ = 4.9", in one piece on a line. */
    static String sigma(double noise) {
        if (!(noise > 0) || Double.isInfinite(noise)) {
            return "σ\u00a0=\u00a0" + ABSENT;
        }
        String digits = new BigDecimal(noise)
                .round(new MathContext(3))
                .stripTrailingZeros()
                .toPlainString();
        return "σ\u00a0=\u00a0" + digits;
    }

    /** The smallest and the largest of some bits, "2.31" or "2.31 to 4.02". */
    static String range(double[] values) {
        return range(values, NumberText::bits);
    }

    /** The smallest and the largest of some shares as percent. */
    static String percentRange(double[] shares) {
        return range(shares, NumberText::percent);
    }

    private static String range(double[] values, DoubleFunction<String> write) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            if (Double.isFinite(value)) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        if (low > high) {
            return ABSENT;
        }
        String first = write.apply(low);
        String last = write.apply(high);
        return first.equals(last) ? first : first + " to " + last;
    }

    /**
     * A coordinate of a drawing.
     *
     * @throws IllegalArgumentException if it is not finite: an absent value must be left out, not drawn
     */
    static String coordinate(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("coordinate is not finite");
        }
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.equals("-0.0") ? "0" : text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
