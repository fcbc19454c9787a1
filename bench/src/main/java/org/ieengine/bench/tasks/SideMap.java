package org.ieengine.bench.tasks;

import java.util.function.DoubleUnaryOperator;

/** An injective map of one side of a pair: it changes the geometry and leaves the mutual information as it is. */
interface SideMap {
    /** Leaves everything as it is. */
    SideMap IDENTITY = v -> v;

    /** Image of a vector; the argument is not changed. */
    double[] apply(double[] v);

    /** Width of the image of a vector of the given width. */
    default int width(int width) {
        return apply(new double[width]).length;
    }

    /** This, then another. */
    default SideMap then(SideMap next) {
        return v -> next.apply(apply(v));
    }

    /** One function of every coordinate. */
    static SideMap each(DoubleUnaryOperator f) {
        return v -> {
            double[] image = new double[v.length];
            for (int i = 0; i < v.length; i++) {
                image[i] = f.applyAsDouble(v[i]);
            }
            return image;
        };
    }
}
