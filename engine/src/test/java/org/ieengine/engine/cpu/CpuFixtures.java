package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/** Matrices of random numbers, as arrays and as tensors, and comparisons of the two. */
final class CpuFixtures {
    private CpuFixtures() {}

    /** Every kind of backend that must give right results. */
    static List<CpuBackend> kinds() {
        return List.of(new CpuBackend(1), new CpuBackend(3), CpuBackend.plainJava(1), CpuBackend.plainJava(2));
    }

    static float[] normal(long seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static Tensor tensor(Backend backend, int rows, int columns, float[] values) {
        Tensor tensor = backend.allocate(rows, columns);
        backend.write(values, tensor, 0);
        return tensor;
    }

    /** The same matrix as a view into a wider and higher one that is NaN elsewhere. */
    static Tensor view(Backend backend, int rows, int columns, float[] values) {
        Tensor wide = backend.allocate(rows + 2, columns + 5);
        backend.fill(wide, Float.NaN);
        Tensor view = wide.rowRange(1, rows + 1).columnRange(3, columns + 3);
        backend.write(values, view, 0);
        return view;
    }

    static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    static void assertClose(String what, float[] found, double[] expected, double tolerance) {
        assertThat(found).as(what).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            if (!(Math.abs(found[i] - expected[i]) <= tolerance)) {
                assertThat((double) found[i])
                        .as("%s, element %d", what, i)
                        .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(tolerance));
            }
        }
    }
}
