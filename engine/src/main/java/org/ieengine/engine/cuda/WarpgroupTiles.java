package org.ieengine.engine.cuda;

import java.util.List;
import org.ieengine.kernels.LaunchShape;

/**
 * The kernels {@code matmul_wgmma_*}: products of bf16 operands by warpgroups, which compute capability 9.0 alone has. A block
 * computes one tile of 128 rows after another. How wide tiles are follows from the columns of the result alone, so that a row's bits
 * do not depend on how many rows there are.
 */
final class WarpgroupTiles {
    /** Rows of a tile. */
    static final int ROWS = 128;

    private static final int THREADS = 384;

    /** Depths of a stage in shared memory. */
    private static final int DEPTH = 64;

    private static final int BYTES = 2;
    private static final int BARRIER_BYTES = 16;

    /** Barriers, and the ones that a transposed factor is multiplied with for its sums. */
    private static final int BARRIERS_AND_ONES_BYTES = 2048;

    /**
     * A kernel's tiles.
     *
     * @param columns of a tile
     * @param stages of operands in shared memory
     * @param cost of a column in hundredths of that in the widest tile, by cycles of shared memory (128 bytes each) for those of the
     *     tensor cores that a stage takes: written once, read by each warpgroup, 1024 for 1024, 832 for 768 and 640 for 512
     */
    private record Width(int columns, int stages, int cost) {}

    private static final Width[] WIDTHS = {new Width(256, 4, 100), new Width(192, 5, 108), new Width(128, 6, 125)};

    /**
     * A kernel.
     *
     * @param kernel its name
     * @param columns of a tile
     * @param sharedBytes dynamic shared memory of a block
     * @param nothingMore what the kernel is given behind the parameters of all where there is nothing besides the product
     */
    record Tile(String kernel, int columns, int sharedBytes, List<Object> nothingMore) {
        /** How many tiles a result of that shape has. */
        long tiles(long rows, long resultColumns) {
            return ceilDiv(rows, ROWS) * ceilDiv(resultColumns, columns);
        }

        /** Blocks for so many tiles: no more than have room on the device at once, one on each multiprocessor. */
        LaunchShape shape(long tiles, int multiprocessors) {
            return new LaunchShape((int) Math.max(1, Math.min(tiles, multiprocessors)), 1, 1, THREADS, sharedBytes);
        }
    }

    private WarpgroupTiles() {}

    /** Whether there is a kernel for factors that are, or are not, the transposes of what lies in memory. */
    static boolean multiplies(boolean transposedA, boolean transposedB) {
        return !transposedA || !transposedB;
    }

    /**
     * The kernel for a result of so many columns.
     *
     * @throws IllegalArgumentException when both factors are transposed
     */
    static Tile of(boolean transposedA, boolean transposedB, int columns) {
        Width best = WIDTHS[0];
        for (Width width : WIDTHS) {
            if (cost(width, columns) < cost(best, columns)) {
                best = width;
            }
        }
        return tile(transposedA, transposedB, best);
    }

    /** All kernels for such factors, the widest first. */
    static Tile[] all(boolean transposedA, boolean transposedB) {
        Tile[] tiles = new Tile[WIDTHS.length];
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = tile(transposedA, transposedB, WIDTHS[i]);
        }
        return tiles;
    }

    private static Tile tile(boolean transposedA, boolean transposedB, Width width) {
        if (!multiplies(transposedA, transposedB)) {
            throw new IllegalArgumentException("no kernel of warpgroups multiplies two transposed matrices");
        }
        String kernel = "matmul_wgmma" + (transposedA ? "_at" : "") + (transposedB ? "_bt" : "") + "_" + width.columns;
        int operands = width.stages * (ROWS + width.columns) * DEPTH * BYTES;
        int behind = transposedA ? BARRIERS_AND_ONES_BYTES : width.stages * BARRIER_BYTES;
        List<Object> nothingMore = transposedA ? FactorSums.NONE : transposedB ? MetRows.NONE : List.of();
        return new Tile(kernel, width.columns, operands + behind, nothingMore);
    }

    private static long cost(Width width, int columns) {
        return ceilDiv(columns, width.columns) * width.columns * width.cost;
    }

    private static long ceilDiv(long amount, long unit) {
        return (amount + unit - 1) / unit;
    }
}
