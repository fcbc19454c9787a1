package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/**
 * Causal attention over the paths of a prefix batch (Vaswani et al. 2017, eq. 1; grouped queries as Ainslie et al. 2023). Short
 * sequences: a warp for each row and head. Long ones: tiles of 64 queries, the keys passing through shared memory. Which of the two
 * follows from the number of tokens and the width of a head, never from the rows. Operands of bf16 all or float32 all; sums are
 * float32.
 */
final class CudaAttention {
    /** From this many tokens on enough queries of a sequence share the keys of a tile. */
    private static final int LONG = 64;

    private static final int QUERY_TILE = 64;
    private static final int WARPS = 4;
    private static final int WARP = 32;
    private static final int TILE_THREADS = 256;
    private static final int WIDEST_HEAD = 512;
    private static final int WIDEST_TILED_HEAD = 256;

    private final CudaLauncher device;

    CudaAttention(CudaLauncher device) {
        this.device = device;
    }

    private record Job(CudaTensor queries, CudaTensor keys, CudaTensor values, CudaTensor out) {
        Job {
            Element element = queries.element();
            if (keys.element() != element || values.element() != element || out.element() != element) {
                throw new IllegalArgumentException("attention: queries " + queries + ", keys " + keys + ", values "
                        + values + " and output " + out + " must be operands all, or none");
            }
        }

        /** End of the names of kernels for such elements. */
        String suffix() {
            return queries.element() == Element.F32 ? "" : "_bf16";
        }
    }

    /** Attention of every row of the batch over its own path. */
    void attention(Tensor queries, Tensor keys, Tensor values, PrefixBatch batch, AttentionShape shape, Tensor out) {
        Job job = new Job(
                CudaTensor.operand(queries),
                CudaTensor.operand(keys),
                CudaTensor.operand(values),
                CudaTensor.operand(out));
        CudaIndices path = CudaIndices.open(batch.path());
        require(job, batch, path, shape);
        if (batch.rows() == 0) {
            return;
        }
        int tileWidth = shape.headDim() <= 64 ? 64 : shape.headDim() <= 128 ? 128 : WIDEST_TILED_HEAD;
        int tileBytes = tileBytes(tileWidth);
        boolean tiles = batch.tokens() >= LONG
                && shape.headDim() <= WIDEST_TILED_HEAD
                && tileBytes <= device.properties().sharedBytes();
        String kernel;
        LaunchShape extent;
        if (tiles) {
            int across = (batch.tokens() + QUERY_TILE - 1) / QUERY_TILE;
            kernel = "attention_tiles_" + tileWidth + job.suffix();
            extent = new LaunchShape(
                    Math.multiplyExact(batch.sequences(), across), shape.heads(), 1, TILE_THREADS, tileBytes);
        } else {
            kernel = "attention_rows_" + Math.max(32, Integer.highestOneBit(2 * shape.headDim() - 1)) + job.suffix();
            extent = new LaunchShape(batch.sequences(), (shape.heads() + WARPS - 1) / WARPS, 1, WARPS * WARP, 0);
        }
        device.launch(
                kernel,
                extent,
                job.queries.address(),
                job.queries.stride(),
                job.keys.address(),
                job.keys.stride(),
                job.values.address(),
                job.values.stride(),
                CudaIndices.open(batch.firstPosition()).address(),
                CudaIndices.open(batch.firstRow()).address(),
                path.address(),
                batch.tokens(),
                shape.heads(),
                shape.heads() / shape.kvHeads(),
                shape.headDim(),
                shape.scale(),
                shape.scoreCap(),
                shape.window(),
                job.out.address(),
                job.out.stride());
    }

    /** Queries, keys and values of a tile, their rows padded by four floats, and the weights. */
    private static int tileBytes(int width) {
        int keys = width == 64 ? 64 : 32;
        return Float.BYTES * ((QUERY_TILE + 2 * keys) * (width + 4) + QUERY_TILE * (keys + 4));
    }

    private static void require(Job job, PrefixBatch batch, CudaIndices path, AttentionShape shape) {
        if (shape.heads() < 1 || shape.kvHeads() < 1 || shape.headDim() < 1 || shape.heads() % shape.kvHeads() != 0) {
            throw new IllegalArgumentException("attention: " + shape.heads() + " query heads of " + shape.headDim()
                    + " columns over " + shape.kvHeads() + " key/value heads");
        }
        if (shape.headDim() > WIDEST_HEAD) {
            throw new IllegalArgumentException("attention: heads of " + shape.headDim()
                    + " columns; the CUDA backend has kernels for up to " + WIDEST_HEAD);
        }
        int width = Math.multiplyExact(shape.heads(), shape.headDim());
        int kvWidth = shape.kvHeads() * shape.headDim();
        CudaShapes.require("attention: queries", job.queries, batch.rows(), width, "the batch and " + shape);
        CudaShapes.require("attention: output", job.out, batch.rows(), width, "queries " + job.queries);
        CudaShapes.same("attention: keys and values", job.keys, job.values);
        CudaShapes.require(
                "attention: keys", job.keys, (long) batch.tokens() + batch.rows(), kvWidth, "queries " + job.queries);
        CudaShapes.requireApart("attention", job.keys, job.out);
        CudaShapes.requireApart("attention", job.values, job.out);
        CudaShapes.requireApartOrSame("attention", job.queries, job.out);
        path.requireRowsOf("attention: path", job.keys);
        if (path.length() != (long) batch.sequences() * batch.tokens()) {
            throw new IllegalArgumentException("attention: a path [" + path.length() + "] for " + batch.sequences()
                    + " sequences of " + batch.tokens() + " tokens");
        }
    }
}
