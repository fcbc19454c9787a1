package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cuda.TailPlan.Form;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The last, narrow layers of a critic in one kernel that keeps all their weights in shared memory. */
final class CudaTail {
    /** Wider layers are left to matrix products, which do more a second. */
    private static final int WIDEST = 96;

    /** Two blocks share a multiprocessor: while one waits for a tile the other computes. */
    private static final int BLOCKS_PER_MULTIPROCESSOR = 2;

    /** Of the kernel that adds up what the blocks leave. */
    private static final int SUM_THREADS = 256;

    private final CudaLauncher device;

    CudaTail(CudaLauncher device) {
        this.device = device;
    }

    int fusedTailFrom(List<Integer> widths) {
        for (int layer = 1; layer < widths.size(); layer++) {
            if (fits(new TailPlan(widths.subList(layer - 1, widths.size())))) {
                return layer;
            }
        }
        return widths.size();
    }

    private boolean fits(TailPlan plan) {
        return plan.widths().stream().allMatch(width -> width <= WIDEST)
                && plan.fits(Form.FLOATS, device.properties().sharedBytes());
    }

    /** What computes the tail of such an input. */
    private Form form(CudaTensor in, TailPlan plan) {
        boolean halves = in.element() == Element.BF16
                && device.hasKernel(Form.HALVES.forward)
                && plan.fits(Form.HALVES, device.properties().sharedBytes());
        return halves ? Form.HALVES : Form.FLOATS;
    }

    void forward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores) {
        CudaTensor from = CudaTensor.operand(in);
        CudaTensor to = CudaTensor.open(scores);
        CudaShapes.require("tailForward: scores", to, from.rows(), 1, "input " + from);
        CudaShapes.requireApart("tailForward", from, to);
        TailPlan plan = plan("tailForward", from, weights, biases);
        if (from.rows() == 0) {
            return;
        }
        Form form = form(from, plan);
        List<Object> arguments = new ArrayList<>();
        addMatrix(arguments, form, from);
        arguments.addAll(List.of(from.rows(), from.columns(), to.address(), to.stride()));
        addLayers(arguments, plan, values(weights), values(biases));
        device.launch(form.forward, shape(from.rows(), form, plan.forwardBytes(form)), arguments.toArray());
    }

    void backward(
            Tensor in,
            List<Parameter> weights,
            List<Parameter> biases,
            Tensor scoreGradients,
            float beta,
            Tensor inGradient) {
        CudaTensor from = CudaTensor.operand(in);
        CudaTensor above = CudaTensor.open(scoreGradients);
        CudaTensor to = CudaTensor.operand(inGradient);
        CudaShapes.require("tailBackward: score gradients", above, from.rows(), 1, "input " + from);
        CudaShapes.same("tailBackward", from, to);
        CudaShapes.sameElement("tailBackward", from, to);
        CudaShapes.requireApart("tailBackward", from, to);
        CudaShapes.requireApart("tailBackward", above, to);
        TailPlan plan = plan("tailBackward", from, weights, biases);
        Form form = form(from, plan);
        LaunchShape shape = shape(Math.max(1, from.rows()), form, plan.backwardBytes(form));
        long parts = device.scratch((long) Float.BYTES * shape.gridX() * plan.sumFloats());
        List<Object> arguments = new ArrayList<>();
        addMatrix(arguments, form, from);
        arguments.addAll(List.of(from.rows(), from.columns(), above.address(), above.stride()));
        addMatrix(arguments, form, to);
        arguments.add(parts);
        addLayers(arguments, plan, values(weights), values(biases));
        device.launch(form.backward, shape, arguments.toArray());
        List<Object> sums =
                new ArrayList<>(List.of(parts, (long) plan.sumFloats(), shape.gridX(), from.columns(), beta));
        addLayers(sums, plan, gradients(weights), gradients(biases));
        device.launch("tail_gradients", LaunchShape.of(plan.sumBlocks(), SUM_THREADS), sums.toArray());
    }

    private static List<CudaTensor> values(List<Parameter> parameters) {
        return parameters.stream().map(of -> CudaTensor.open(of.value())).toList();
    }

    private static List<CudaTensor> gradients(List<Parameter> parameters) {
        return parameters.stream().map(of -> CudaTensor.open(of.gradient())).toList();
    }

    private LaunchShape shape(long rows, Form form, int sharedBytes) {
        long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.properties().multiprocessors();
        return new LaunchShape((int) Math.min(TailPlan.tiles(rows), most), 1, 1, form.threads, sharedBytes);
    }

    private TailPlan plan(String operation, CudaTensor in, List<Parameter> weights, List<Parameter> biases) {
        int layers = weights.size();
        if (layers == 0 || biases.size() != layers) {
            throw new IllegalArgumentException(operation + ": " + layers + " weights and " + biases.size()
                    + " biases are not those of one layer or more");
        }
        List<Integer> widths = new ArrayList<>(List.of(in.columns()));
        for (int layer = 0; layer < layers; layer++) {
            CudaTensor weight = CudaTensor.open(weights.get(layer).value());
            CudaTensor bias = CudaTensor.open(biases.get(layer).value());
            int out = (int) weight.rows();
            CudaShapes.require(operation + ": weight", weight, out, widths.get(layer), "inputs " + widths.get(layer));
            CudaShapes.require(operation + ": bias", bias, 1, out, "weight " + weight);
            CudaShapes.same(
                    operation + ": gradient",
                    weight,
                    CudaTensor.open(weights.get(layer).gradient()));
            CudaShapes.same(
                    operation + ": gradient",
                    bias,
                    CudaTensor.open(biases.get(layer).gradient()));
            widths.add(out);
        }
        if (widths.get(layers) != 1) {
            throw new IllegalArgumentException(
                    operation + ": the last layer gives " + widths.get(layers) + " values, not one score");
        }
        TailPlan plan = new TailPlan(List.copyOf(widths));
        if (!fits(plan)) {
            throw new IllegalArgumentException(operation + ": " + layers + " layers from an input " + in
                    + " are too many or too wide for one kernel");
        }
        return plan;
    }

    /** Address and stride; of what a form takes both kinds of, which kind it is. */
    private static void addMatrix(List<Object> arguments, Form form, CudaTensor matrix) {
        arguments.add(matrix.address());
        if (form == Form.FLOATS) {
            arguments.add(matrix.element().ordinal());
        }
        arguments.add(matrix.stride());
    }

    /** Width, weight, its stride and bias of every layer that the kernels know; zeros for those that are not there. */
    private static void addLayers(
            List<Object> arguments, TailPlan plan, List<CudaTensor> weights, List<CudaTensor> biases) {
        for (int layer = 0; layer < TailPlan.MOST_LAYERS; layer++) {
            if (layer < plan.layers()) {
                arguments.add(plan.width(layer + 1));
                arguments.add(weights.get(layer).address());
                arguments.add(weights.get(layer).stride());
                arguments.add(biases.get(layer).address());
            } else {
                arguments.addAll(List.of(0, 0L, 0, 0L));
            }
        }
    }
}
