package org.ieengine.bench.jmh;

import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/** Matrices of normal numbers, each with a stream of its own, the same ones every time; they repeat after 2^20 numbers. */
final class RandomTensors {
    private static final int DISTINCT = 1 << 20;

    private final CpuBackend backend;
    private int made;

    RandomTensors(CpuBackend backend) {
        this.backend = backend;
    }

    /** [rows, columns] of normal numbers of that deviation. */
    Tensor normal(int rows, int columns, double deviation) {
        float[] drawn = new float[Math.min(DISTINCT, rows * columns)];
        new Philox(0, made++, 0, 0, 0).normals(0, deviation, drawn);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = drawn[i % DISTINCT];
        }
        Tensor tensor = backend.allocate(rows, columns);
        backend.write(values, tensor, 0);
        return tensor;
    }

    /** A parameter [rows, columns] with a gradient; what Adam keeps of it is still zero. */
    Parameter parameter(int rows, int columns) {
        return new Parameter(
                normal(rows, columns, 1 / Math.sqrt(columns)),
                normal(rows, columns, 1e-3),
                backend.allocate(rows, columns),
                backend.allocate(rows, columns));
    }
}
