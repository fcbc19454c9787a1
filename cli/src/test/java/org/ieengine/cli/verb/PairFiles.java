package org.ieengine.cli.verb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.engine.tensor.Philox;

/** Arrays of pairs whose mutual information is known, as files. */
public final class PairFiles {
    private static final int X = 0x71;
    private static final int Y = 0x72;
    private static final int SHARED = 0x73;

    private PairFiles() {}

    /**
     * x.npy and y.npy of standard normal columns that belong together one by one.
     *
     * @param n rows
     * @param rho correlation of each pair of columns
     */
    public static void gaussian(Path directory, int n, double... rho) throws IOException {
        int d = rho.length;
        Philox ofX = new Philox(1, X, 0, 0, 0);
        Philox ofY = new Philox(1, Y, 0, 0, 0);
        double[] x = new double[n * d];
        double[] y = new double[n * d];
        for (int i = 0; i < x.length; i++) {
            x[i] = ofX.normal(i);
            y[i] = rho[i % d] * x[i] + Math.sqrt(1 - rho[i % d] * rho[i % d]) * ofY.normal(i);
        }
        npy(directory.resolve("x.npy"), x, d, "<f8", false);
        npy(directory.resolve("y.npy"), y, d, "<f8", false);
    }

    /** -1/2 sum log2(1 - rho^2). */
    public static double gaussianBits(double... rho) {
        double bits = 0;
        for (double r : rho) {
            bits -= Math.log(1 - r * r) / 2 / Math.log(2);
        }
        return bits;
    }

    /** x.npy and y.npy, one column each, of points on a noisy ring: dependent without correlation. */
    public static void ring(Path directory, int n) throws IOException {
        Philox angle = new Philox(1, SHARED, 0, 0, 0);
        Philox ofX = new Philox(1, X, 0, 0, 0);
        Philox ofY = new Philox(1, Y, 0, 0, 0);
        double[] x = new double[n];
        double[] y = new double[n];
        for (int i = 0; i < n; i++) {
            double turn = 2 * Math.PI * angle.uniform(i);
            x[i] = Math.cos(turn) + 0.1 * ofX.normal(i);
            y[i] = Math.sin(turn) + 0.1 * ofY.normal(i);
        }
        npy(directory.resolve("x.npy"), x, 1, "<f8", false);
        npy(directory.resolve("y.npy"), y, 1, "<f8", false);
    }

    /**
     * Writes a .npy file.
     *
     * @param values row-major [N, columns]
     * @param descr one of {@code <f4}, {@code >f4}, {@code <f8}, {@code >f8}
     * @param fortran whether columns are contiguous in the file
     */
    public static void npy(Path file, double[] values, int columns, String descr, boolean fortran) throws IOException {
        int rows = values.length / columns;
        byte[] header = header(descr, fortran, rows, columns);
        int width = descr.charAt(2) - '0';
        ByteBuffer bytes =
                ByteBuffer.allocate(header.length + width * values.length).put(header);
        bytes.order(descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values.length; i++) {
            double value = fortran ? values[i % rows * columns + i / rows] : values[i];
            if (width == 4) {
                bytes.putFloat((float) value);
            } else {
                bytes.putDouble(value);
            }
        }
        Files.write(file, bytes.array());
    }

    /** Start of a .npy file, version 1. */
    public static byte[] header(String descr, boolean fortran, long rows, long columns) {
        String text = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': ("
                + rows + ", " + columns + "), }\n";
        byte[] literal = text.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(10 + literal.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                .putShort((short) literal.length)
                .put(literal)
                .array();
    }
}
