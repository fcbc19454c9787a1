package org.ieengine.cli.output;

import java.util.Locale;

/** Numbers as a person reads them, the same in every locale. */
public final class Figures {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB"};

    private Figures() {}

    /** With separators between thousands: {@code 300,000}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Bits to two decimals; a dash for what has no meaning. */
    public static String bits(double value) {
        return decimals(value, 2);
    }

    /** A fixed number of decimals; a dash for what is not finite. */
    public static String decimals(double value, int decimals) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return "-";
        }
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        return text.matches("-0(\\.0*)?") ? text.substring(1) : text;
    }

    /** A share of one as percent; a dash for what is not finite. */
    public static String percent(double share) {
        return Double.isFinite(share) ? decimals(100 * share, Math.abs(share) < 0.9995 ? 1 : 0) + " %" : "-";
    }

    /** Bytes in the unit that suits them: {@code 1.4 GiB}. */
    public static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return decimals(value, value < 100 ? 1 : 0) + " " + UNITS[unit];
    }

    /** A time: {@code 42 s}, {@code 3:07 min}, {@code 2:15 h}. */
    public static String seconds(double seconds) {
        if (!Double.isFinite(seconds)) {
            return "-";
        }
        long whole = Math.round(seconds);
        if (whole < 1) {
            return "under 1 s";
        }
        if (whole < 60) {
            return whole + " s";
        }
        if (whole < 3600) {
            return String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60);
        }
        return String.format(Locale.ROOT, "%d:%02d h", whole / 3600, whole % 3600 / 60);
    }
}
