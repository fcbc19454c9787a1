package org.ieengine.cli.experiment;

/**
 * What a point of an experiment is.
 *
 * @param name of its directory: ASCII letters, digits, dots and dashes
 * @param curve which curve of the figure it lies on; empty where there is one
 * @param x place on the horizontal axis; NaN where a point holds a whole curve
 * @param text for a person
 */
public record PointLabel(String name, String curve, double x, String text) {
    /** A name of a directory made of a text: whatever is not an ASCII letter, digit or dot becomes a dash. */
    public static String directoryName(String text) {
        String name = text.replaceAll("[^A-Za-z0-9.]+", "-").replaceAll("^[-.]+|-+$", "");
        return name.isEmpty() ? "point" : name;
    }
}
