package org.ieengine.engine.cuda;

import java.util.List;

/**
 * Where the kernels of the fused tail keep everything in shared memory, and how they share out their work.
 *
 * @param widths of the input and of each layer
 */
record TailPlan(List<Integer> widths) {
    /** Layers that the kernels take. */
    static final int MOST_LAYERS = 8;

    private static final int TILE_ROWS = 64;

    /** Sums that a block of the last kernel takes. */
    private static final int SUMS_OF_BLOCK = 32;

    /** Static shared memory of a block, rounded up. */
    private static final int RESERVED_BYTES = 2048;

    /** Rows and columns of a piece of a gradient, and pieces that the warps of a block add up at most. */
    private static final int PIECE = 16;

    private static final int MOST_PIECES = 4 * 16;

    /** What computes the tail. */
    enum Form {
        /** In float32, of inputs of either kind. */
        FLOATS("tail_forward", "tail_backward", 256),

        /** On the tensor cores, in float32 but for the fifth digit, of inputs in bf16. */
        HALVES("tail_forward_bf16", "tail_backward_bf16", 128);

        final String forward;
        final String backward;
        final int threads;

        Form(String forward, String backward, int threads) {
            this.forward = forward;
            this.backward = backward;
            this.threads = threads;
        }
    }

    int layers() {
        return widths.size() - 1;
    }

    int width(int layer) {
        return widths.get(layer);
    }

    /** Tiles of so many rows. */
    static long tiles(long rows) {
        return (rows + TILE_ROWS - 1) / TILE_ROWS;
    }

    /** Bytes of shared memory that the forward half in that form takes. */
    int forwardBytes(Form form) {
        return form == Form.HALVES ? halvedBytes() : Float.BYTES * (sumFloats() + valueFloats());
    }

    /** Of the backward half, which takes as much or more. */
    int backwardBytes(Form form) {
        return form == Form.HALVES ? halvedBytes() : Float.BYTES * (2 * sumFloats() + valueFloats());
    }

    /** Whether a block with so much shared memory can hold it. */
    boolean fits(Form form, int sharedBytes) {
        return layers() <= MOST_LAYERS
                && width(layers()) == 1
                && backwardBytes(form) + RESERVED_BYTES <= sharedBytes
                && (form == Form.FLOATS || pieces() <= MOST_PIECES);
    }

    /** Floats of the gradients of all layers as a block leaves them, of weights with their biases behind them. */
    int sumFloats() {
        int floats = 0;
        for (int l = 0; l < layers(); l++) {
            floats += roundUp(width(l + 1), 4) * pitch(width(l));
        }
        return floats;
    }

    /** Blocks of the kernel that adds up what the others leave, for all layers. */
    int sumBlocks() {
        int blocks = 0;
        for (int l = 0; l < layers(); l++) {
            blocks += (width(l + 1) * (width(l) + 1) + SUMS_OF_BLOCK - 1) / SUMS_OF_BLOCK;
        }
        return blocks;
    }

    private int valueFloats() {
        int floats = 0;
        for (int width : widths) {
            floats += TILE_ROWS * pitch(width);
        }
        return floats;
    }

    private int halvedBytes() {
        int halves = 0;
        int biases = 0;
        for (int l = 0; l < layers(); l++) {
            halves += 2 * roundUp(width(l + 1), PIECE) * pitchOfHalves(width(l));
            biases += width(l + 1);
        }
        for (int l = 0; l <= layers(); l++) {
            halves += (l == 0 ? 1 : 2) * TILE_ROWS * pitchOfHalves(width(l));
        }
        return Short.BYTES * halves + Float.BYTES * biases;
    }

    private int pieces() {
        int pieces = 0;
        for (int l = 0; l < layers(); l++) {
            pieces += roundUp(width(l + 1), PIECE) / PIECE * (roundUp(width(l) + 1, PIECE) / PIECE);
        }
        return pieces;
    }

    /** Floats from one row to the next: an odd multiple of four with room for one more column. */
    private static int pitch(int columns) {
        return 4 * (columns / 4 + 1 | 1);
    }

    /** Elements of bf16 from one row to the next: an odd multiple of eight. */
    private static int pitchOfHalves(int columns) {
        return roundUp(columns, PIECE) + 8;
    }

    private static int roundUp(int count, int unit) {
        return (count + unit - 1) / unit * unit;
    }
}
