package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Products.Layer;
import org.ieengine.engine.benchmark.Products.Plain;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.MatrixOperations.Layout;

/** The products of the published critic, N joint and N permuted pairs, forward and backward; and those of the exact resolution. */
final class CriticProductCases {
    /** Layers after the first that are measured: the narrower ones are one operation, or next to nothing. */
    private static final int LAYERS = 3;

    /** Draws and components of the resolution that are taken at once. */
    private static final int AT_ONCE = 2048;

    private final Extents extents;

    CriticProductCases(Extents extents) {
        this.extents = extents;
    }

    List<BenchmarkCase> cases() {
        int d = extents.dimensions();
        int first = extents.widths().get(0);
        int pairs = 2 * extents.samples();
        List<BenchmarkCase> cases = new ArrayList<>();
        Layer projection = Layer.of(d, first, Layout.OUT_IN).withBias().activated(Activation.IDENTITY);
        cases.add(layer("critic: projection of the states", projection, extents.samples()));
        for (int l = 1; l <= Math.min(LAYERS, extents.widths().size() - 2); l++) {
            int inputs = extents.widths().get(l - 1);
            int outputs = extents.widths().get(l);
            Layer layer = Layer.of(inputs, outputs, Layout.OUT_IN).withBias().activated(Activation.LEAKY_RELU);
            cases.add(layer("critic: layer " + (l + 1), layer, pairs));
            cases.add(weightGradients("critic: layer " + (l + 1), outputs, inputs, pairs));
            cases.add(inputGradient("critic: layer " + (l + 1), inputs, outputs, pairs));
        }
        cases.add(weightGradient("critic: projection of the states, no bias", first, d, extents.samples()));
        cases.add(weightGradients("critic: projection of the states", first, d, extents.samples()));
        cases.add(resolution(d));
        return cases;
    }

    private static BenchmarkCase layer(String place, Layer layer, int rows) {
        return new BenchmarkCase(layer.operation(), place, layer.extent(rows), Traits.PRODUCT, layer::prepare);
    }

    private static BenchmarkCase weightGradients(String place, int outputs, int inputs, int pairs) {
        Extent extent = Extent.of(
                pairs, outputs + (long) inputs, (long) outputs * inputs, some -> Products.shape(outputs, some, inputs));
        return new BenchmarkCase(
                "gradients of weight and bias",
                place,
                extent,
                Traits.PRODUCT,
                (bench, some) -> Products.weightGradients(bench, some, outputs, inputs));
    }

    private static BenchmarkCase weightGradient(String place, int outputs, int inputs, int pairs) {
        Plain product = new Plain(true, false, false, false);
        Extent extent = Extent.of(
                pairs, outputs + (long) inputs, (long) outputs * inputs, some -> Products.shape(outputs, some, inputs));
        return new BenchmarkCase(product.operation(), place, extent, Traits.PRODUCT, product.byInner(outputs, inputs));
    }

    private static BenchmarkCase inputGradient(String place, int inputs, int outputs, int pairs) {
        Extent extent = Extent.of(
                pairs, outputs + 2L * inputs, (long) outputs * inputs, some -> Products.shape(some, outputs, inputs));
        return new BenchmarkCase(
                "input gradient",
                place,
                extent,
                Traits.PRODUCT,
                (bench, some) -> Products.inputGradient(bench, some, outputs, inputs));
    }

    private BenchmarkCase resolution(int d) {
        int atOnce = Math.min(AT_ONCE, extents.samples());
        Plain product = new Plain(false, true, true, false);
        Extent extent =
                Extent.of(atOnce, d + (long) atOnce, (long) d * atOnce, some -> Products.shape(some, d, atOnce));
        return new BenchmarkCase(
                product.operation(),
                "resolution: draws with components",
                extent,
                Traits.STRICT_PRODUCT,
                product.byRows(atOnce, d));
    }
}
