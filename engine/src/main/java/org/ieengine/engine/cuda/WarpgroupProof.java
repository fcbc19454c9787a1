package org.ieengine.engine.cuda;

import java.util.Arrays;
import java.util.function.Supplier;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.kernels.GpuException;

/**
 * That the kernels of {@link WarpgroupTiles} multiply on this device as the host does, before anything relies on them: their
 * instructions are of one compute capability alone, and no emulation is that hardware. Operands are whole numbers so small that
 * float32 sums of their products are exact in any order: the results must be equal to the bit. Milliseconds, besides the time that a
 * driver takes to assemble the kernels when it first meets them.
 */
final class WarpgroupProof {
    /** System property: {@code off} computes all products without these kernels, {@code on}, as without it, with them. */
    static final String SWITCH = "ieengine.wgmma";

    /** More than the 64 rows of a warpgroup, two tiles of 256 or 192 columns and three of 128, more stages than a block has. */
    private static final int ROWS = 72;

    private static final int COLUMNS = 264;
    private static final int DEPTH = 200;

    private static final int SEED = 90;
    private static final int PURPOSE = 0x50524F46;
    /** Elements are whole numbers from -2 to 2. */
    private static final int VALUES = 5;

    /** Of a float, or of two bf16. */
    private static final int NAN = 0x7FC07FC0;

    /** Row r of x meets row r * STEP of the product, modulo the rows, of which it has no factor. */
    private static final int STEP = 29;

    private static final float LEAKY_SLOPE = CriticOperations.LEAKY_SLOPE;

    private final CudaLauncher device;
    private final OwnProductKernels kernels;
    private final long a;
    private final long b;
    private final long takers;
    private final CudaTensor out;

    private WarpgroupProof(CudaLauncher device, DeviceArena.Block memory) {
        this.device = device;
        this.kernels = new OwnProductKernels(device, Precision.BF16, false);
        this.a = memory.address();
        this.b = a + Short.BYTES * ROWS * DEPTH;
        this.takers = b + Short.BYTES * COLUMNS * DEPTH;
        this.out = new CudaTensor(memory, takers + Integer.BYTES * ROWS, ROWS, COLUMNS);
    }

    /**
     * Whether products go to these kernels: false where the device has none, or where they are switched off.
     *
     * @throws GpuException when one of them computes wrong products, or fails; the remedy says how to go on without
     */
    static boolean passed(CudaLauncher device) {
        String wanted = System.getProperty(SWITCH, "on");
        if (!wanted.equals("on") && !wanted.equals("off")) {
            throw new IllegalArgumentException(SWITCH + " is on or off, not " + wanted);
        }
        if (wanted.equals("off")
                || !device.hasKernel(WarpgroupTiles.of(false, false, COLUMNS).kernel())) {
            return false;
        }
        DeviceArena.Block memory = device.allocate(Short.BYTES * DEPTH * (ROWS + COLUMNS)
                + Integer.BYTES * ROWS
                + Float.BYTES * ROWS * COLUMNS
                + Double.BYTES * ROWS);
        try {
            new WarpgroupProof(device, memory).run();
        } finally {
            memory.release();
        }
        return true;
    }

    private void run() {
        byte[] drawn = drawn();
        device.write(bits(drawn), a);
        for (boolean[] transposed : new boolean[][] {{false, false}, {false, true}, {true, false}}) {
            Factor left = factor(a, ROWS, DEPTH, transposed[0]);
            Factor right = factor(b, DEPTH, COLUMNS, transposed[1]);
            float[] expected = expected(drawn, transposed[0], transposed[1]);
            for (WarpgroupTiles.Tile tile : WarpgroupTiles.all(transposed[0], transposed[1])) {
                compare(tile, expected, () -> kernels.product(left, right, tile, 1, out), this::read);
            }
            if (transposed[1]) {
                tryPairs(drawn, left, right, expected);
            }
            if (transposed[0]) {
                trySums(drawn, left, right, expected);
            }
        }
    }

    /** The products that sum up their first factor too, behind the elements of the product. */
    private void trySums(byte[] drawn, Factor left, Factor right, float[] product) {
        float[] expected = Arrays.copyOf(product, product.length + ROWS);
        for (int k = 0; k < DEPTH; k++) {
            for (int r = 0; r < ROWS; r++) {
                expected[product.length + r] += drawn[k * ROWS + r];
            }
        }
        FactorSums sums = new FactorSums(takers + Integer.BYTES * ROWS + Float.BYTES * ROWS * COLUMNS);
        for (WarpgroupTiles.Tile tile : WarpgroupTiles.all(true, false)) {
            compare(tile, expected, () -> kernels.productAndSums(left, right, tile, 1, out, sums), () -> read(sums));
        }
    }

    /** The products that meet rows of another matrix, the first elements of b, before they are written. */
    private void tryPairs(byte[] drawn, Factor left, Factor right, float[] product) {
        int[] takenBy = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            takenBy[i * STEP % ROWS] = i;
        }
        device.write(takenBy, takers);
        MetRows met = new MetRows(new CudaTensor(null, Element.BF16, b, ROWS, COLUMNS), takers);
        CudaTensor pairs = new CudaTensor(null, Element.BF16, out.address(), 2 * ROWS, COLUMNS);
        float[] expected = new float[2 * ROWS * COLUMNS];
        for (int pair = 0; pair < 2 * ROWS; pair++) {
            int row = pair < ROWS ? pair : pair * STEP % ROWS;
            for (int c = 0; c < COLUMNS; c++) {
                float sum = product[row * COLUMNS + c] + drawn[ROWS * DEPTH + pair % ROWS * COLUMNS + c];
                expected[pair * COLUMNS + c] = rounded(sum > 0 ? sum : LEAKY_SLOPE * sum);
            }
        }
        for (WarpgroupTiles.Tile tile : WarpgroupTiles.all(false, true)) {
            compare(tile, expected, () -> kernels.meetingRows(left, right, met, tile, 1, pairs), this::readPairs);
        }
    }

    /** The nearest bf16 number, ties to even. */
    private static float rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF0000);
    }

    /** Elements of both matrices, one after the other. */
    private static byte[] drawn() {
        Philox numbers = new Philox(SEED, PURPOSE, 0, 0, 0);
        byte[] drawn = new byte[DEPTH * (ROWS + COLUMNS)];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = (byte) ((numbers.word(i / 4) >>> i % 4 * 8 & 0xFF) % VALUES - VALUES / 2);
        }
        return drawn;
    }

    /** As bf16, two in an int. */
    private static int[] bits(byte[] drawn) {
        int[] pairs = new int[drawn.length / 2];
        for (int i = 0; i < pairs.length; i++) {
            int low = Float.floatToRawIntBits(drawn[2 * i]) >>> 16;
            pairs[i] = Float.floatToRawIntBits(drawn[2 * i + 1]) & 0xFFFF0000 | low;
        }
        return pairs;
    }

    /** The product of the matrices, each taken as it lies or as the transpose of what lies there. */
    private static float[] expected(byte[] drawn, boolean transposedA, boolean transposedB) {
        float[] product = new float[ROWS * COLUMNS];
        int second = ROWS * DEPTH;
        int across = transposedB ? DEPTH : 1;
        int along = transposedB ? 1 : COLUMNS;
        for (int r = 0; r < ROWS; r++) {
            for (int k = 0; k < DEPTH; k++) {
                int x = drawn[transposedA ? k * ROWS + r : r * DEPTH + k];
                for (int c = 0; c < COLUMNS; c++) {
                    product[r * COLUMNS + c] += x * drawn[second + k * along + c * across];
                }
            }
        }
        return product;
    }

    /** The same elements serve as the factor and as its transpose. */
    private Factor factor(long address, int rows, int columns, boolean transposed) {
        CudaTensor matrix = transposed
                ? new CudaTensor(null, Element.BF16, address, columns, rows)
                : new CudaTensor(null, Element.BF16, address, rows, columns);
        return new Factor(matrix, transposed);
    }

    private float[] read() {
        float[] values = new float[ROWS * COLUMNS];
        device.read(out.address(), values);
        return values;
    }

    private float[] read(FactorSums sums) {
        double[] values = new double[ROWS];
        device.read(sums.parts(), values);
        float[] all = Arrays.copyOf(read(), ROWS * COLUMNS + ROWS);
        for (int r = 0; r < ROWS; r++) {
            all[ROWS * COLUMNS + r] = (float) values[r];
        }
        return all;
    }

    private float[] readPairs() {
        int[] words = new int[ROWS * COLUMNS];
        device.read(out.address(), words);
        float[] values = new float[2 * words.length];
        for (int i = 0; i < words.length; i++) {
            values[2 * i] = Float.intBitsToFloat(words[i] << 16);
            values[2 * i + 1] = Float.intBitsToFloat(words[i] & 0xFFFF0000);
        }
        return values;
    }

    /** One block computes all tiles, one after another. */
    private void compare(WarpgroupTiles.Tile tile, float[] expected, Runnable product, Supplier<float[]> result) {
        float[] values;
        try {
            device.fill(out.address(), NAN, ROWS * (COLUMNS + 2));
            product.run();
            values = result.get();
        } catch (GpuException fault) {
            throw unusable(fault.kind(), tile.kernel() + " failed when it was tried: " + fault.reason());
        }
        int at = Arrays.mismatch(values, expected);
        if (at >= 0) {
            throw unusable(
                    GpuException.Kind.UNAVAILABLE,
                    tile.kernel() + " computes wrong products on "
                            + device.properties().name() + ": element ["
                            + at / COLUMNS + ", " + at % COLUMNS + "] of a trial is " + values[at] + ", not "
                            + expected[at]);
        }
    }

    private static GpuException unusable(GpuException.Kind kind, String reason) {
        return new GpuException(
                kind, "the kernel " + reason, "start Java with -D" + SWITCH + "=off to compute without such kernels");
    }
}
