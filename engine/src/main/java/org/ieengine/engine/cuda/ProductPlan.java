package org.ieengine.engine.cuda;

import java.util.List;
import java.util.Locale;
import org.ieengine.kernels.LaunchShape;

/**
 * A kernel of products and its tiles.
 *
 * @param nothingMore what it is given behind the parameters of all where there is nothing besides the product
 */
record ProductPlan(String kernel, List<Object> nothingMore, TileCount count, Shape shape) {
    /** Rows of a tile of the kernels on the tensor cores. */
    static final int STAGED_ROWS = 256;

    private static final Tiling STRICT = new Tiling(128, 64, 128, 0);

    /** Four stages of 24 KB. */
    private static final Tiling STAGED = new Tiling(STAGED_ROWS, 128, 256, 4 * 24 * 1024);

    /** How many tiles a result has. */
    interface TileCount {
        /** Of a result of that shape. */
        long of(long rows, long columns);
    }

    /** What is launched. */
    interface Shape {
        /** For so many tiles and parts of the depth. */
        LaunchShape of(long tiles, int parts);
    }

    /** Rows and columns of a tile, threads and dynamic shared memory of the block that computes it. */
    private record Tiling(int rows, int columns, int threads, int sharedBytes) {
        long tiles(long resultRows, long resultColumns) {
            return (resultRows + rows - 1) / rows * ((resultColumns + columns - 1) / columns);
        }

        LaunchShape shape(long tiles, int parts) {
            return new LaunchShape(Math.toIntExact(tiles), 1, parts, threads, sharedBytes);
        }
    }

    /** By one block a tile. */
    static ProductPlan tiled(Precision precision, boolean transposedA, boolean transposedB) {
        Tiling tiling = precision == Precision.F32 ? STRICT : STAGED;
        String kernel = "matmul_" + precision.name().toLowerCase(Locale.ROOT) + (transposedA ? "_at" : "")
                + (transposedB ? "_bt" : "");
        boolean meetsRows = precision == Precision.BF16 && !transposedA && transposedB;
        return new ProductPlan(kernel, meetsRows ? MetRows.NONE : List.of(), tiling::tiles, tiling::shape);
    }

    /** By warpgroups on so many blocks at most, each of which computes several tiles. */
    static ProductPlan byWarpgroups(WarpgroupTiles.Tile tile, int blocks) {
        return new ProductPlan(
                tile.kernel(), tile.nothingMore(), tile::tiles, (tiles, parts) -> tile.shape(tiles * parts, blocks));
    }

    /** How many tiles a result of that shape has, one at least. */
    long tiles(long rows, long columns) {
        return Math.max(1, count.of(rows, columns));
    }
}
