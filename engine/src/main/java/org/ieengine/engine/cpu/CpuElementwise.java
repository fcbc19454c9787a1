package org.ieengine.engine.cpu;

import java.util.concurrent.atomic.AtomicLong;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** What a transformer does element by element: embedding, activations, gates, sums, and a look at what came out. */
final class CpuElementwise {
    private final RowPanels panels;

    CpuElementwise(RowPanels panels) {
        this.panels = panels;
    }

    void embed(Tensor table, Indices tokenIds, float scale, Tensor out) {
        CpuTensor from = CpuTensor.open(table);
        CpuTensor to = CpuTensor.open(out);
        int[] ids = CpuIndices.open(tokenIds);
        Shapes.require("embed: output", to, ids.length, from.columns(), "table " + from);
        Shapes.requireRows("embed", ids, from);
        Shapes.requireApart("embed", from, to);
        int columns = to.columns();
        panels.forEach(to.rows(), columns, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * columns);
            readRows(from, ids, (int) first, rows, values);
            for (int i = 0; i < rows * columns; i++) {
                values[i] *= scale;
            }
            to.writeRows(first, rows, values, 0);
        });
    }

    void addRows(Tensor table, Indices positions, Tensor x) {
        CpuTensor from = CpuTensor.open(table);
        CpuTensor to = CpuTensor.open(x);
        int[] wanted = CpuIndices.open(positions);
        Shapes.require("addRows: x", to, wanted.length, from.columns(), "table " + from);
        Shapes.requireRows("addRows", wanted, from);
        Shapes.requireApart("addRows", from, to);
        int columns = to.columns();
        panels.forEach(to.rows(), columns, (index, first, rows, scratch) -> {
            float[] added = scratch.floats(0, rows * columns);
            readRows(from, wanted, (int) first, rows, added);
            addTo(to, first, rows, added, scratch);
        });
    }

    private static void readRows(CpuTensor table, int[] rows, int first, int count, float[] target) {
        for (int r = 0; r < count; r++) {
            table.readRows(rows[first + r], 1, target, r * table.columns());
        }
    }

    private static void addTo(CpuTensor to, long first, int rows, float[] added, Scratch scratch) {
        int length = rows * to.columns();
        float[] values = scratch.floats(1, length);
        to.readRows(first, rows, values, 0);
        for (int i = 0; i < length; i++) {
            values[i] += added[i];
        }
        to.writeRows(first, rows, values, 0);
    }

    void add(Tensor x, Tensor into) {
        CpuTensor from = CpuTensor.open(x);
        CpuTensor to = CpuTensor.open(into);
        Shapes.same("add", from, to);
        Shapes.requireApartOrSame("add", from, to);
        panels.forEach(to.rows(), to.columns(), (index, first, rows, scratch) -> {
            float[] added = scratch.floats(0, rows * to.columns());
            from.readRows(first, rows, added, 0);
            addTo(to, first, rows, added, scratch);
        });
    }

    void activate(Tensor x, Activation activation, Tensor out) {
        CpuTensor from = CpuTensor.open(x);
        CpuTensor to = CpuTensor.open(out);
        Shapes.same("activate", from, to);
        Shapes.requireApartOrSame("activate", from, to);
        panels.forEach(to.rows(), to.columns(), (index, first, rows, scratch) -> {
            int length = rows * to.columns();
            float[] values = scratch.floats(0, length);
            from.readRows(first, rows, values, 0);
            ActivationLoops.apply(activation, values, 0, length);
            to.writeRows(first, rows, values, 0);
        });
    }

    void gate(Tensor gate, Activation activation, Tensor up, Tensor out) {
        CpuTensor gates = CpuTensor.open(gate);
        CpuTensor ups = CpuTensor.open(up);
        CpuTensor to = CpuTensor.open(out);
        Shapes.same("gate", gates, ups);
        Shapes.same("gate", gates, to);
        Shapes.requireApartOrSame("gate", gates, to);
        Shapes.requireApartOrSame("gate", ups, to);
        panels.forEach(to.rows(), to.columns(), (index, first, rows, scratch) -> {
            int length = rows * to.columns();
            float[] values = scratch.floats(0, length);
            float[] factors = scratch.floats(1, length);
            gates.readRows(first, rows, values, 0);
            ups.readRows(first, rows, factors, 0);
            ActivationLoops.apply(activation, values, 0, length);
            for (int i = 0; i < length; i++) {
                values[i] *= factors[i];
            }
            to.writeRows(first, rows, values, 0);
        });
    }

    void softCap(Tensor x, float cap) {
        CpuTensor to = CpuTensor.open(x);
        panels.forEach(to.rows(), to.columns(), (index, first, rows, scratch) -> {
            int length = rows * to.columns();
            float[] values = scratch.floats(0, length);
            to.readRows(first, rows, values, 0);
            softCap(values, 0, length, cap);
            to.writeRows(first, rows, values, 0);
        });
    }

    /** x = cap tanh(x / cap) for elements {@code from} to {@code to} (exclusive). */
    static void softCap(float[] x, int from, int to, float cap) {
        float inverse = 1f / cap;
        for (int i = from; i < to; i++) {
            x[i] = cap * ActivationLoops.tanh(inverse * x[i]);
        }
    }

    long firstNonFiniteRow(Tensor x) {
        CpuTensor from = CpuTensor.open(x);
        AtomicLong found = new AtomicLong(Long.MAX_VALUE);
        int columns = from.columns();
        panels.forEach(from.rows(), columns, (index, first, rows, scratch) -> {
            if (first > found.get()) {
                return;
            }
            float[] values = scratch.floats(0, rows * columns);
            from.readRows(first, rows, values, 0);
            for (int i = 0; i < rows * columns; i++) {
                if (!(Math.abs(values[i]) <= Float.MAX_VALUE)) {
                    found.accumulateAndGet(first + i / columns, Math::min);
                    return;
                }
            }
        });
        return found.get() == Long.MAX_VALUE ? -1 : found.get();
    }

    long[] rowHashes(Tensor x) {
        CpuTensor from = CpuTensor.open(x);
        int columns = from.columns();
        long[] hashes = new long[Math.toIntExact(from.rows())];
        panels.forEach(from.rows(), columns, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * columns);
            from.readRows(first, rows, values, 0);
            for (int r = 0; r < rows; r++) {
                hashes[(int) first + r] = hash(values, r * columns, (r + 1) * columns);
            }
        });
        return hashes;
    }

    /** Multiplies and folds per element, with the constants of Steele, Lea and Flood's SplitMix64. */
    private static long hash(float[] values, int from, int to) {
        long hash = 0x9E3779B97F4A7C15L * (to - from);
        for (int i = from; i < to; i++) {
            // Adding zero turns -0.0 into 0.0.
            hash = (hash ^ Float.floatToRawIntBits(values[i] + 0f)) * 0xBF58476D1CE4E5B9L;
            hash ^= hash >>> 32;
        }
        hash = (hash ^ (hash >>> 30)) * 0x94D049BB133111EBL;
        return hash ^ (hash >>> 31);
    }
}
