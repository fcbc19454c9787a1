package org.ieengine.engine.cuda;

import java.util.Arrays;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** Fills, copies and gathers rows, and looks at what they hold. */
final class CudaRows {
    private static final int HASHED_ROWS = 32;

    /** Warps that hash rows: more than a device holds at once, and walking on from there. */
    private static final int MOST_HASH_BLOCKS = 1 << 16;

    private final CudaLauncher device;

    CudaRows(CudaLauncher device) {
        this.device = device;
    }

    /** Sets every element, rounded to what they are. */
    void fill(CudaTensor target, float value) {
        ElementWalk walk = ElementWalk.over(target);
        String kernel = target.element() == Element.F32 ? "fill_elements" : "fill_bf16_elements";
        launch(walk, kernel, target.address(), target.stride(), value, walk.rows(), walk.columns());
    }

    /** Copies [rows, columns] onto the same shape, of whatever elements. */
    void copy(CudaTensor source, CudaTensor target) {
        ElementWalk walk = ElementWalk.over(source, target);
        if (source.element() == Element.F32 && target.element() == Element.F32) {
            launch(
                    walk,
                    "copy_elements",
                    source.address(),
                    source.stride(),
                    target.address(),
                    target.stride(),
                    walk.rows(),
                    walk.columns());
            return;
        }
        launch(
                walk,
                "convert_elements",
                source.address(),
                source.element().ordinal(),
                source.stride(),
                target.address(),
                target.element().ordinal(),
                target.stride(),
                walk.rows(),
                walk.columns());
    }

    /** target[i] = source[rows[i]], shape [rows.length, columns]. */
    void gatherRows(Tensor source, Indices rows, Tensor target) {
        CudaTensor from = CudaTensor.operand(source);
        CudaTensor to = CudaTensor.operand(target);
        CudaIndices wanted = CudaIndices.open(rows);
        CudaShapes.require("gatherRows", to, wanted.length(), from.columns(), "source " + from);
        CudaShapes.requireApart("gatherRows", from, to);
        wanted.requireRowsOf("gatherRows", from);
        launch(
                ElementWalk.byRow(to),
                "gather_rows",
                from.address(),
                from.element().ordinal(),
                from.stride(),
                wanted.address(),
                to.address(),
                to.element().ordinal(),
                to.stride(),
                to.rows(),
                to.columns());
    }

    /** First row that holds a NaN or an infinity; -1 when there is none. */
    long firstNonFiniteRow(Tensor x) {
        device.requireNoRecording("read values");
        CudaTensor from = CudaTensor.open(x);
        ElementWalk walk = ElementWalk.byRow(from);
        if (walk.empty()) {
            return -1;
        }
        LaunchShape shape = walk.shape(device.properties());
        long[] firsts = new long[shape.gridX()];
        long found = device.scratch((long) firsts.length * Long.BYTES);
        device.launch(
                "first_non_finite_rows", shape, from.address(), from.stride(), found, from.rows(), from.columns());
        device.read(found, firsts);
        long first = Arrays.stream(firsts).min().orElse(Long.MAX_VALUE);
        return first == Long.MAX_VALUE ? -1 : first;
    }

    /** A 64-bit hash of the bits of each row, the same as the processor backend's. */
    long[] rowHashes(Tensor x) {
        device.requireNoRecording("read values");
        CudaTensor from = CudaTensor.open(x);
        long[] hashes = new long[Math.toIntExact(from.rows())];
        if (hashes.length > 0) {
            long address = device.scratch((long) hashes.length * Long.BYTES);
            int blocks = (int) Math.min(MOST_HASH_BLOCKS, (from.rows() + HASHED_ROWS - 1) / HASHED_ROWS);
            device.launch(
                    "row_hashes",
                    LaunchShape.of(blocks, HASHED_ROWS),
                    from.address(),
                    from.stride(),
                    address,
                    from.rows(),
                    from.columns());
            device.read(address, hashes);
        }
        return hashes;
    }

    private void launch(ElementWalk walk, String kernel, Object... arguments) {
        if (!walk.empty()) {
            device.launch(kernel, walk.shape(device.properties()), arguments);
        }
    }
}
