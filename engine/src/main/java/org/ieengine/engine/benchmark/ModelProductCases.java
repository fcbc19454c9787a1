package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Products.Layer;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.MatrixOperations.Layout;

/** The products of a block of each model, and of its head, as a forward pass asks for them. */
final class ModelProductCases {
    /** Bytes of logits that a run takes at once, and the fewest rows of them. */
    private static final long LOGIT_BYTES = 32L << 20;

    private static final long FEWEST_LOGIT_ROWS = 64;

    private final Extents extents;

    ModelProductCases(Extents extents) {
        this.extents = extents;
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        boolean alike = extents.shortRows() == extents.longRows();
        for (ModelShape model : extents.models()) {
            String shortPlace = model.name() + (alike ? ", any T: " : ", T = 8: ");
            layers(model).forEach((name, layer) -> cases.add(of(shortPlace + name, layer, extents.shortRows())));
            if (!alike) {
                String longPlace = model.name() + ", T = " + extents.longTokens() + ": ";
                layers(model).forEach((name, layer) -> cases.add(of(longPlace + name, layer, extents.longRows())));
            }
        }
        for (ModelShape model : extents.models().subList(0, extents.heads())) {
            long logits = Math.max(FEWEST_LOGIT_ROWS, LOGIT_BYTES / (Float.BYTES * (long) model.vocabulary()));
            Layer head = Layer.of(model.width(), model.vocabulary(), Layout.OUT_IN);
            cases.add(of(model.name() + ": head", head, (int) Math.min(extents.longRows(), logits)));
        }
        return cases;
    }

    private static BenchmarkCase of(String place, Layer layer, int rows) {
        return new BenchmarkCase(layer.operation(), place, layer.extent(rows), Traits.PRODUCT, layer::prepare);
    }

    private static Map<String, Layer> layers(ModelShape model) {
        return model.gated() ? gated(model) : gpt2(model);
    }

    private static Map<String, Layer> gpt2(ModelShape model) {
        int d = model.width();
        Map<String, Layer> layers = new LinkedHashMap<>();
        layers.put("attn.c_attn", Layer.of(d, 3 * d, Layout.IN_OUT).withBias().activated(Activation.IDENTITY));
        layers.put("attn.c_proj", Layer.of(d, d, Layout.IN_OUT).withBias().accumulating());
        layers.put(
                "mlp.c_fc",
                Layer.of(d, model.innerWidth(), Layout.IN_OUT).withBias().activated(Activation.GELU_TANH));
        layers.put(
                "mlp.c_proj",
                Layer.of(model.innerWidth(), d, Layout.IN_OUT).withBias().accumulating());
        return layers;
    }

    private static Map<String, Layer> gated(ModelShape model) {
        int d = model.width();
        Map<String, Layer> layers = new LinkedHashMap<>();
        layers.put("q_proj", Layer.of(d, model.queryWidth(), Layout.OUT_IN).activated(Activation.IDENTITY));
        layers.put("k_proj", Layer.of(d, model.keyWidth(), Layout.OUT_IN).activated(Activation.IDENTITY));
        layers.put("o_proj", Layer.of(model.queryWidth(), d, Layout.OUT_IN).accumulating());
        layers.put("gate_proj", Layer.of(d, model.innerWidth(), Layout.OUT_IN).activated(Activation.IDENTITY));
        layers.put("down_proj", Layer.of(model.innerWidth(), d, Layout.OUT_IN).accumulating());
        return layers;
    }
}
