package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** What a transformer does element by element: embedding, activations, gates, sums; and the gradient of LeakyReLU. */
final class CudaElementwise {
    private final CudaLauncher device;
    private final CudnnActivations cudnn;

    /**
     * @param cudnn computes the activations it has; null where own kernels compute all
     */
    CudaElementwise(CudaLauncher device, CudnnActivations cudnn) {
        this.device = device;
        this.cudnn = cudnn;
    }

    /** out[i] = scale * table[tokenIds[i]]. */
    void embed(Tensor table, Indices tokenIds, float scale, Tensor out) {
        CudaTensor from = CudaTensor.open(table);
        CudaTensor to = CudaTensor.open(out);
        CudaIndices ids = CudaIndices.open(tokenIds);
        CudaShapes.require("embed: output", to, ids.length(), from.columns(), "table " + from);
        ids.requireRowsOf("embed", from);
        CudaShapes.requireApart("embed", from, to);
        launch(
                ElementWalk.byRow(to),
                "embed",
                from.address(),
                from.stride(),
                ids.address(),
                scale,
                to.address(),
                to.stride(),
                to.rows(),
                to.columns());
    }

    /** x[i] += table[positions[i]]. */
    void addRows(Tensor table, Indices positions, Tensor x) {
        CudaTensor from = CudaTensor.open(table);
        CudaTensor to = CudaTensor.open(x);
        CudaIndices wanted = CudaIndices.open(positions);
        CudaShapes.require("addRows: x", to, wanted.length(), from.columns(), "table " + from);
        wanted.requireRowsOf("addRows", from);
        CudaShapes.requireApart("addRows", from, to);
        launch(
                ElementWalk.byRow(to),
                "add_rows",
                from.address(),
                from.stride(),
                wanted.address(),
                to.address(),
                to.stride(),
                to.rows(),
                to.columns());
    }

    /** into += x. */
    void add(Tensor x, Tensor into) {
        CudaTensor from = CudaTensor.open(x);
        CudaTensor to = CudaTensor.open(into);
        CudaShapes.same("add", from, to);
        CudaShapes.requireApartOrSame("add", from, to);
        ElementWalk walk = ElementWalk.over(from, to);
        launch(
                walk,
                "add_elements",
                from.address(),
                from.stride(),
                to.address(),
                to.stride(),
                walk.rows(),
                walk.columns());
    }

    /** out = activation(x). */
    void activate(Tensor x, Activation activation, Tensor out) {
        CudaTensor from = CudaTensor.operand(x);
        CudaTensor to = CudaTensor.operand(out);
        CudaShapes.same("activate", from, to);
        CudaShapes.requireApartOrSame("activate", from, to);
        boolean floats = from.element() == Element.F32 && to.element() == Element.F32;
        if (cudnn != null && floats && cudnn.has(activation)) {
            cudnn.activate(from, activation, to);
            return;
        }
        ElementWalk walk = ElementWalk.over(from, to);
        launch(
                walk,
                "activate_elements",
                from.address(),
                from.element().ordinal(),
                from.stride(),
                activation.ordinal(),
                to.address(),
                to.element().ordinal(),
                to.stride(),
                walk.rows(),
                walk.columns());
    }

    /** out = activation(gate) * up. */
    void gate(Tensor gate, Activation activation, Tensor up, Tensor out) {
        CudaTensor gates = CudaTensor.operand(gate);
        CudaTensor ups = CudaTensor.operand(up);
        CudaTensor to = CudaTensor.operand(out);
        CudaShapes.same("gate", gates, ups);
        CudaShapes.same("gate", gates, to);
        CudaShapes.requireApartOrSame("gate", gates, to);
        CudaShapes.requireApartOrSame("gate", ups, to);
        ElementWalk walk = ElementWalk.over(gates, ups, to);
        launch(
                walk,
                "gate_elements",
                gates.address(),
                gates.element().ordinal(),
                gates.stride(),
                activation.ordinal(),
                ups.address(),
                ups.element().ordinal(),
                ups.stride(),
                to.address(),
                to.element().ordinal(),
                to.stride(),
                walk.rows(),
                walk.columns());
    }

    /** x = cap tanh(x / cap). */
    void softCap(Tensor x, float cap) {
        CudaTensor to = CudaTensor.open(x);
        ElementWalk walk = ElementWalk.over(to);
        launch(walk, "soft_cap_elements", to.address(), to.stride(), cap, walk.rows(), walk.columns());
    }

    /** gradient *= 1 where out &gt; 0, 0.01 elsewhere. */
    void leakyReluBackward(Tensor out, Tensor gradient) {
        CudaTensor signs = CudaTensor.open(out);
        CudaTensor to = CudaTensor.open(gradient);
        CudaShapes.same("leakyReluBackward", signs, to);
        ElementWalk walk = ElementWalk.over(signs, to);
        launch(
                walk,
                "leaky_relu_backward",
                signs.address(),
                signs.stride(),
                to.address(),
                to.stride(),
                walk.rows(),
                walk.columns());
    }

    private void launch(ElementWalk walk, String kernel, Object... arguments) {
        if (!walk.empty()) {
            device.launch(kernel, walk.shape(device.properties()), arguments);
        }
    }
}
