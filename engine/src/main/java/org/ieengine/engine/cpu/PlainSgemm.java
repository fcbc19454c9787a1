package org.ieengine.engine.cpu;

import java.util.Arrays;

/**
 * The matrix product in plain Java, for machines where OpenBLAS cannot be loaded: many times slower. Blocks of the right
 * factor are copied to an array that fits the second-level cache; eight of its rows at a time are added to a row of the result, a
 * loop that the compiler vectorises.
 */
final class PlainSgemm implements Sgemm {
    private static final int BLOCK_DEPTH = 64;
    private static final int BLOCK_WIDTH = 512;
    private static final int BLOCK_HEIGHT = 64;

    @Override
    public void multiply(Operand a, Operand b, float beta, CpuTensor c, Scratch scratch) {
        int rows = Math.toIntExact(c.rows());
        for (int firstRow = 0; firstRow < rows; firstRow += BLOCK_HEIGHT) {
            int height = Math.min(BLOCK_HEIGHT, rows - firstRow);
            for (int column = 0; column < c.columns(); column += BLOCK_WIDTH) {
                int width = Math.min(BLOCK_WIDTH, c.columns() - column);
                CpuTensor out = c.rowRange(firstRow, firstRow + height).columnRange(column, column + width);
                block(
                        a.rowRange(firstRow, firstRow + height),
                        b.columnRange(column, column + width),
                        beta,
                        out,
                        scratch);
            }
        }
    }

    private static void block(Operand a, Operand b, float beta, CpuTensor out, Scratch scratch) {
        int height = (int) out.rows();
        int width = out.columns();
        int depth = Math.toIntExact(a.columns());
        float[] sums = scratch.floats(8, height * width);
        if (beta == 0f) {
            Arrays.fill(sums, 0, height * width, 0f);
        } else {
            out.readRows(0, height, sums, 0);
            for (int i = 0; i < height * width; i++) {
                sums[i] *= beta;
            }
        }
        for (int first = 0; first < depth; first += BLOCK_DEPTH) {
            int deep = Math.min(BLOCK_DEPTH, depth - first);
            // Rounded up to whole steps of eight: the rest is zero on both sides.
            int padded = (deep + 7) & ~7;
            float[] left = rowMajor(a.columnRange(first, first + deep), padded, scratch, 9);
            float[] right = rowMajor(b.rowRange(first, first + deep), width, scratch, 10);
            Arrays.fill(right, deep * width, padded * width, 0f);
            for (int row = 0; row < height; row++) {
                for (int k = 0; k < padded; k += 8) {
                    addEight(left, row * padded + k, right, k * width, width, sums, row * width);
                }
            }
        }
        out.writeRows(0, height, sums, 0);
    }

    /** The factor, row-major with {@code stride} floats from row to row, zeros after each row's end; room for eight rows more. */
    private static float[] rowMajor(Operand factor, int stride, Scratch scratch, int slot) {
        int rows = (int) factor.rows();
        int columns = (int) factor.columns();
        float[] packed = scratch.floats(slot, (rows + 8) * stride);
        if (!factor.transposed() && stride == columns) {
            factor.matrix().readRows(0, rows, packed, 0);
            return packed;
        }
        float[] raw = scratch.floats(11, rows * columns);
        factor.matrix().readRows(0, (int) factor.matrix().rows(), raw, 0);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                packed[r * stride + c] = factor.transposed() ? raw[c * rows + r] : raw[r * columns + c];
            }
            Arrays.fill(packed, r * stride + columns, (r + 1) * stride, 0f);
        }
        return packed;
    }

    private static void addEight(float[] left, int at, float[] right, int first, int width, float[] sums, int to) {
        float a0 = left[at];
        float a1 = left[at + 1];
        float a2 = left[at + 2];
        float a3 = left[at + 3];
        float a4 = left[at + 4];
        float a5 = left[at + 5];
        float a6 = left[at + 6];
        float a7 = left[at + 7];
        int r1 = first + width;
        int r2 = r1 + width;
        int r3 = r2 + width;
        int r4 = r3 + width;
        int r5 = r4 + width;
        int r6 = r5 + width;
        int r7 = r6 + width;
        for (int j = 0; j < width; j++) {
            float sum = sums[to + j];
            sum += a0 * right[first + j] + a1 * right[r1 + j];
            sum += a2 * right[r2 + j] + a3 * right[r3 + j];
            sum += a4 * right[r4 + j] + a5 * right[r5 + j];
            sum += a6 * right[r6 + j] + a7 * right[r7 + j];
            sums[to + j] = sum;
        }
    }

    @Override
    public String name() {
        return "plain Java";
    }
}
