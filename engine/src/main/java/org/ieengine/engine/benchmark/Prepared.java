package org.ieengine.engine.benchmark;

import org.ieengine.engine.cpu.BareProduct;

/**
 * A case that can run.
 *
 * @param cost of one run
 * @param run asks the backend for the operation
 * @param restore puts back what a run changes in its own inputs; not timed
 * @param check compares what the first run gave
 * @param product the bare product in it; null for none
 */
record Prepared(Cost cost, Runnable run, Runnable restore, Check check, BareProduct.Shape product) {
    /**
     * A comparison with float64.
     *
     * @param tolerance greatest error that passes, with its unit and reason where it is made
     * @param error finds the greatest error on a sample of the result
     */
    record Check(double tolerance, ErrorSource error) {
        /** Of what must be right to the last bit. */
        static Check exact(ErrorSource error) {
            return new Check(0, error);
        }
    }

    /** Finds an error. */
    interface ErrorSource {
        /** The greatest, in the unit of the tolerance; NaN for a result that is not finite. */
        double greatest();
    }

    static Prepared of(Cost cost, Runnable run, Check check) {
        return new Prepared(cost, run, () -> {}, check, null);
    }

    Prepared restoredBy(Runnable restoring) {
        return new Prepared(cost, run, restoring, check, product);
    }

    Prepared withProduct(BareProduct.Shape shape) {
        return new Prepared(cost, run, restore, check, shape);
    }
}
