package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/** Matrices of random numbers, as arrays and as tensors, and comparisons of the two. */
final class CudaFixtures {
    private CudaFixtures() {}

    static float[] normal(long seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** How a matrix may lie in memory: by itself; as a view whose rows are multiples of 16 bytes apart; as one whose are not. */
    enum Lie {
        DENSE,
        ALIGNED,
        ODD;

        static List<Lie> all() {
            return List.of(values());
        }
    }

    /** A matrix of NaN, NaN around it too. */
    static Tensor poisoned(Backend backend, int rows, int columns, Lie lie) {
        if (lie == Lie.DENSE) {
            Tensor tensor = backend.allocate(rows, columns);
            backend.fill(tensor, Float.NaN);
            return tensor;
        }
        int margin = lie == Lie.ALIGNED ? 4 : 3;
        int padded = lie == Lie.ALIGNED ? (columns + 3) / 4 * 4 : columns;
        Tensor wide = backend.allocate(rows + 2, padded + 2 * margin);
        backend.fill(wide, Float.NaN);
        return wide.rowRange(1, rows + 1).columnRange(margin, columns + margin);
    }

    static Tensor matrix(Backend backend, int rows, int columns, float[] values, Lie lie) {
        Tensor tensor = poisoned(backend, rows, columns, lie);
        backend.write(values, tensor, 0);
        return tensor;
    }

    static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        Arrays.fill(values, Float.NaN);
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    /** Every element within absolute + relative * |expected|. */
    static void assertClose(String what, float[] found, double[] expected, double absolute, double relative) {
        assertThat(found).as(what).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            double tolerance = absolute + relative * Math.abs(expected[i]);
            if (!(Math.abs(found[i] - expected[i]) <= tolerance)) {
                assertThat((double) found[i])
                        .as("%s, element %d", what, i)
                        .isCloseTo(expected[i], Offset.offset(tolerance));
            }
        }
    }
}
