package org.ieengine.engine.selftest;

import java.util.List;

/** How large the shapes are that are tried. */
public enum SelftestScale {
    /** For a real device: up to what a run really has. */
    FULL(
            List.of(
                    new Product(1, 1, 1),
                    new Product(1, 768, 768),
                    new Product(7, 13, 5),
                    new Product(31, 67, 129),
                    new Product(64, 96, 32),
                    new Product(128, 128, 64),
                    new Product(129, 257, 65),
                    new Product(1000, 2304, 768),
                    new Product(4099, 768, 3072)),
            List.of(1, 3, 31, 64, 257, 768, 2053),
            20_011,
            1_000_003),
    /** For a device that is emulated, or a CPU in a hurry: the same operations on small shapes. */
    SMALL(
            List.of(
                    new Product(1, 1, 1),
                    new Product(3, 13, 5),
                    new Product(31, 67, 33),
                    new Product(65, 96, 32),
                    new Product(129, 130, 40),
                    new Product(5, 200, 70)),
            List.of(1, 3, 31, 64),
            257,
            4_099);

    private final List<Product> products;
    private final List<Integer> widths;
    private final int rows;
    private final int scores;

    SelftestScale(List<Product> products, List<Integer> widths, int rows, int scores) {
        this.products = products;
        this.widths = widths;
        this.rows = rows;
        this.scores = scores;
    }

    /** Shape of a product [m, k] times [k, n]. */
    record Product(int m, int n, int k) {
        @Override
        public String toString() {
            return "[" + m + ", " + k + "] x [" + k + ", " + n + "]";
        }
    }

    List<Product> products() {
        return products;
    }

    /** Numbers of columns. */
    List<Integer> widths() {
        return widths;
    }

    /** The greatest number of rows; a prime. */
    int rows() {
        return rows;
    }

    /** The greatest number of scores; a prime. */
    int scores() {
        return scores;
    }
}
