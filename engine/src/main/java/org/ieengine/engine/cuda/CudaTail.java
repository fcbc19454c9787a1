package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The last, narrow layers of a critic in one kernel that keeps all their weights in shared memory. */
final class CudaTail {
    /** Wider layers are left to matrix products, which do more a second. */
    private static final int WIDEST = 96;

    /** Layers that the kernels take. */
    private static final int MOST_LAYERS = 8;

    private static final int TILE_ROWS = 64;
    private static final int THREADS = 256;

    /** Sums that a block of the last kernel takes. */
    private static final int SUMS_OF_BLOCK = 32;

    /** Two blocks share a multiprocessor: while one waits for a tile the other computes. */
    private static final int BLOCKS_PER_MULTIPROCESSOR = 2;

    /** Static shared memory of a block, rounded up. */
    private static final int RESERVED_BYTES = 2048;

    private final CudaLauncher device;

    CudaTail(CudaLauncher device) {
        this.device = device;
    }

    int fusedTailFrom(List<Integer> widths) {
        for (int layer = 1; layer < widths.size(); layer++) {
            int[] tail = widths.subList(layer - 1, widths.size()).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            if (new Plan(tail).fits(device.properties().sharedBytes())) {
                return layer;
            }
        }
        return widths.size();
    }

    /**
     * Where everything lies in shared memory, as the kernels have it.
     *
     * @param widths of the input and of each layer
     */
    private record Plan(int[] widths) {
        /** Floats from one row to the next: an odd multiple of four with room for one more column. */
        static int pitch(int columns) {
            return 4 * (columns / 4 + 1 | 1);
        }

        int layers() {
            return widths.length - 1;
        }

        int weightFloats() {
            int floats = 0;
            for (int l = 0; l < layers(); l++) {
                floats += (widths[l + 1] + 3) / 4 * 4 * pitch(widths[l]);
            }
            return floats;
        }

        /** Blocks of the kernel that adds up what the others leave, for all layers. */
        int sumBlocks() {
            int blocks = 0;
            for (int l = 0; l < layers(); l++) {
                blocks += (widths[l + 1] * (widths[l] + 1) + SUMS_OF_BLOCK - 1) / SUMS_OF_BLOCK;
            }
            return blocks;
        }

        int valueFloats() {
            int floats = 0;
            for (int width : widths) {
                floats += TILE_ROWS * pitch(width);
            }
            return floats;
        }

        int forwardBytes() {
            return Float.BYTES * (weightFloats() + valueFloats());
        }

        int backwardBytes() {
            return Float.BYTES * (2 * weightFloats() + valueFloats());
        }

        boolean fits(int sharedBytes) {
            for (int width : widths) {
                if (width > WIDEST) {
                    return false;
                }
            }
            return layers() <= MOST_LAYERS && widths[layers()] == 1 && backwardBytes() + RESERVED_BYTES <= sharedBytes;
        }
    }

    void forward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores) {
        CudaTensor from = CudaTensor.operand(in);
        CudaTensor to = CudaTensor.open(scores);
        CudaShapes.require("tailForward: scores", to, from.rows(), 1, "input " + from);
        CudaShapes.requireApart("tailForward", from, to);
        Plan plan = plan("tailForward", from, weights, biases);
        if (from.rows() == 0) {
            return;
        }
        List<Object> arguments = new ArrayList<>(List.of(
                from.address(),
                from.element().ordinal(),
                from.stride(),
                from.rows(),
                from.columns(),
                to.address(),
                to.stride()));
        addLayers(arguments, plan, values(weights), values(biases));
        device.launch("tail_forward", shape(from.rows(), plan.forwardBytes()), arguments.toArray());
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
        CudaShapes.requireApart("tailBackward", from, to);
        CudaShapes.requireApart("tailBackward", above, to);
        Plan plan = plan("tailBackward", from, weights, biases);
        LaunchShape shape = shape(Math.max(1, from.rows()), plan.backwardBytes());
        long parts = device.scratch((long) Float.BYTES * shape.gridX() * plan.weightFloats());
        List<Object> arguments = new ArrayList<>(List.of(
                from.address(),
                from.element().ordinal(),
                from.stride(),
                from.rows(),
                from.columns(),
                above.address(),
                above.stride(),
                to.address(),
                to.element().ordinal(),
                to.stride(),
                parts));
        addLayers(arguments, plan, values(weights), values(biases));
        device.launch("tail_backward", shape, arguments.toArray());
        List<Object> sums =
                new ArrayList<>(List.of(parts, (long) plan.weightFloats(), shape.gridX(), from.columns(), beta));
        addLayers(sums, plan, gradients(weights), gradients(biases));
        device.launch("tail_gradients", LaunchShape.of(plan.sumBlocks(), THREADS), sums.toArray());
    }

    private static List<CudaTensor> values(List<Parameter> parameters) {
        return parameters.stream().map(of -> CudaTensor.open(of.value())).toList();
    }

    private static List<CudaTensor> gradients(List<Parameter> parameters) {
        return parameters.stream().map(of -> CudaTensor.open(of.gradient())).toList();
    }

    private LaunchShape shape(long rows, int sharedBytes) {
        long tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
        long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.properties().multiprocessors();
        return new LaunchShape((int) Math.min(tiles, most), 1, 1, THREADS, sharedBytes);
    }

    private Plan plan(String operation, CudaTensor in, List<Parameter> weights, List<Parameter> biases) {
        int layers = weights.size();
        if (layers == 0 || biases.size() != layers) {
            throw new IllegalArgumentException(operation + ": " + layers + " weights and " + biases.size()
                    + " biases are not those of one layer or more");
        }
        int[] widths = new int[layers + 1];
        widths[0] = in.columns();
        for (int layer = 0; layer < layers; layer++) {
            CudaTensor weight = CudaTensor.open(weights.get(layer).value());
            CudaTensor bias = CudaTensor.open(biases.get(layer).value());
            int out = (int) weight.rows();
            CudaShapes.require(operation + ": weight", weight, out, widths[layer], "inputs " + widths[layer]);
            CudaShapes.require(operation + ": bias", bias, 1, out, "weight " + weight);
            CudaShapes.same(
                    operation + ": gradient",
                    weight,
                    CudaTensor.open(weights.get(layer).gradient()));
            CudaShapes.same(
                    operation + ": gradient",
                    bias,
                    CudaTensor.open(biases.get(layer).gradient()));
            widths[layer + 1] = out;
        }
        if (widths[layers] != 1) {
            throw new IllegalArgumentException(
                    operation + ": the last layer gives " + widths[layers] + " values, not one score");
        }
        Plan plan = new Plan(widths);
        if (!plan.fits(device.properties().sharedBytes())) {
            throw new IllegalArgumentException(operation + ": " + layers + " layers from an input " + in
                    + " are too many or too wide for one kernel");
        }
        return plan;
    }

    /** Width, weight, its stride and bias of every layer that the kernels know; zeros for those that are not there. */
    private static void addLayers(
            List<Object> arguments, Plan plan, List<CudaTensor> weights, List<CudaTensor> biases) {
        for (int layer = 0; layer < MOST_LAYERS; layer++) {
            if (layer < plan.layers()) {
                arguments.add(plan.widths[layer + 1]);
                arguments.add(weights.get(layer).address());
                arguments.add(weights.get(layer).stride());
                arguments.add(biases.get(layer).address());
            } else {
                arguments.addAll(List.of(0, 0L, 0, 0L));
            }
        }
    }
}
