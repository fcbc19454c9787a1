package org.ieengine.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.ieengine.engine.cpu.BareProduct;
import org.ieengine.engine.cpu.BareProduct.Shape;
import org.ieengine.engine.cpu.CpuBackend;

/** Products by OpenBLAS alone, one after the other with nothing between them. */
final class BareProducts implements AutoCloseable {
    private final List<Shape> shapes;
    private final Map<Shape, BareProduct> products = new LinkedHashMap<>();

    /**
     * Allocates and fills what the products work on, once for each shape.
     *
     * @throws IllegalStateException when OpenBLAS cannot be loaded
     */
    BareProducts(CpuBackend backend, List<Shape> shapes) {
        this.shapes = List.copyOf(shapes);
        for (Shape shape : shapes) {
            products.computeIfAbsent(shape, wanted -> backend.bareProduct(wanted)
                    .orElseThrow(() -> new IllegalStateException(
                            "OpenBLAS cannot be loaded: there are no bare products to compare with")));
        }
    }

    /** Floating-point operations of all products. */
    double flop() {
        return shapes.stream().mapToDouble(Shape::flop).sum();
    }

    /** Computes all of them once for a clock around them, which does not see that OpenBLAS is lent the backend's threads for it. */
    <T> T timed(Function<Runnable, T> clock) {
        BareProduct any = products.get(shapes.get(0));
        any.lend();
        try {
            return clock.apply(() -> shapes.forEach(shape -> products.get(shape).run()));
        } finally {
            any.giveBack();
        }
    }

    @Override
    public void close() {
        products.values().forEach(BareProduct::close);
    }
}
