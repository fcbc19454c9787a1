package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;

/** How fast a backend is, as measured now. */
final class ProductRate {
    /** What a run reaches of the rate of bare products. */
    private static final double SHARE_OF_PRODUCT_RATE = 0.6;

    /** A product as it is timed: from so many rows on, until one takes so long. */
    private static final int PRODUCT_DEPTH = 768;

    private static final int PRODUCT_WIDTH = 384;
    private static final int FEWEST_ROWS = 24;
    private static final int MOST_ROWS = 24 << 10;
    private static final double BUSY_SECONDS = 2e-3;
    private static final int FREE_SHARE = 8;

    /** How many products are timed, unless that takes longer. */
    private static final int PRODUCTS = 9;

    private static final long CALIBRATION_NANOS = 30_000_000;

    private final Backend backend;

    ProductRate(Backend backend) {
        this.backend = backend;
    }

    /**
     * Operations per second of a product like those of a critic, as measured now, less what the rest costs: of as many rows as keep
     * the backend busy for a while, within a share of what is free.
     */
    double operationsPerSecond() {
        int rows = FEWEST_ROWS;
        double rate = timedProduct(rows);
        while (2.0 * rows * PRODUCT_DEPTH * PRODUCT_WIDTH / rate < BUSY_SECONDS
                && rows < MOST_ROWS
                && 2L * rows * Float.BYTES * (PRODUCT_DEPTH + PRODUCT_WIDTH) < backend.freeBytes() / FREE_SHARE) {
            rows *= 2;
            rate = timedProduct(rows);
        }
        return rate * SHARE_OF_PRODUCT_RATE;
    }

    /** The median rate of some products in float operations per second; one where a single one takes long. */
    private double timedProduct(int rows) {
        List<Double> rates = new ArrayList<>();
        try (Tensor x = backend.allocateOperand(rows, PRODUCT_DEPTH);
                Tensor weight = backend.allocateOperand(PRODUCT_WIDTH, PRODUCT_DEPTH);
                Tensor out = backend.allocate(rows, PRODUCT_WIDTH)) {
            backend.synchronise();
            long start = System.nanoTime();
            while (rates.isEmpty() || rates.size() < PRODUCTS && System.nanoTime() - start < CALIBRATION_NANOS) {
                long begin = System.nanoTime();
                backend.linear(x, weight, Layout.OUT_IN, Epilogue.NONE, out);
                backend.synchronise();
                rates.add(2.0
                        * rows
                        * PRODUCT_DEPTH
                        * PRODUCT_WIDTH
                        / Math.max(1e-9, (System.nanoTime() - begin) * 1e-9));
            }
        }
        rates.sort(null);
        return rates.get(rates.size() / 2);
    }
}
