package org.ieengine.engine.selftest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;

/** Memory of the backend: what goes in comes out, bit by bit. */
final class MemoryChecks {
    private final SelftestScale scale;
    private final Path directory;

    /** @param directory for files of tensors; writable */
    MemoryChecks(SelftestScale scale, Path directory) {
        this.scale = scale;
        this.directory = directory;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (int columns : scale.widths()) {
            int rows = Math.max(3, scale.rows() / columns);
            String shape = "[" + rows + ", " + columns + "]";
            checks.add(new Check("allocate zeroed", shape, 0, trial -> allocate(trial, rows, columns)));
            checks.add(new Check("write and read", shape, 0, trial -> {
                float[] values = trial.values((long) rows * columns);
                return Trial.sameBits(trial.result(trial.placed(values, columns)), values);
            }));
            checks.add(new Check("fill", shape, 0, trial -> {
                Trial.Placed out = trial.output(rows, columns);
                trial.backend().fill(out.view(), -1.5f);
                float[] expected = new float[rows * columns];
                java.util.Arrays.fill(expected, -1.5f);
                return Trial.sameBits(trial.result(out), expected);
            }));
            checks.add(new Check("copy", shape, 0, trial -> {
                float[] values = trial.values((long) rows * columns);
                Trial.Placed out = trial.output(rows, columns);
                trial.backend().copy(trial.input(values, columns), out.view());
                return Trial.sameBits(trial.result(out), values);
            }));
            checks.add(new Check("gather rows", shape, 0, trial -> gather(trial, rows, columns)));
        }
        for (ElementType type : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
            for (int columns : scale.widths()) {
                int rows = Math.max(2, scale.rows() / columns / 3);
                checks.add(new Check(
                        "load " + type,
                        "[" + rows + ", " + columns + "]",
                        0,
                        trial -> load(trial, type, rows, columns)));
            }
        }
        return checks;
    }

    private static double allocate(Trial trial, int rows, int columns) {
        Backend backend = trial.backend();
        Tensor used = backend.allocate(rows, columns);
        backend.fill(used, Float.NaN);
        used.close();
        Tensor fresh = backend.allocate(rows, columns);
        trial.keep(fresh, fresh::close);
        return Trial.sameBits(trial.read(fresh), new float[rows * columns]);
    }

    private static double gather(Trial trial, int rows, int columns) {
        float[] values = trial.values((long) rows * columns);
        Tensor source = trial.input(values, columns);
        int count = rows + 5;
        Indices indices = trial.indices(new int[count]);
        int[] chosen = new int[count];
        float[] expected = new float[count * columns];
        for (int i = 0; i < count; i++) {
            chosen[i] = trial.below(rows);
            System.arraycopy(values, chosen[i] * columns, expected, i * columns, columns);
        }
        trial.backend().write(chosen, indices);
        Trial.Placed out = trial.output(count, columns);
        trial.backend().gatherRows(source, indices, out.view());
        return Trial.sameBits(trial.result(out), expected);
    }

    private double load(Trial trial, ElementType type, int rows, int columns) {
        Path file = directory.resolve("tensors-" + type + "-" + columns + ".safetensors");
        float[] values = trial.values((long) rows * columns);
        values[0] = -0f;
        values[values.length - 1] = 6e-8f;
        List<TensorDeclaration> declared = List.of(
                TensorDeclaration.of("matrix", type, rows, columns),
                TensorDeclaration.of("vector", type, (long) rows * columns));
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of())) {
            writer.write("matrix", 0, values, 0, values.length);
            writer.write("vector", 0, values, 0, values.length);
        }
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            float[] expected = new float[values.length];
            stored.tensor("matrix").read(0, expected, 0, expected.length);
            Tensor matrix = trial.backend().load(stored.tensor("matrix"));
            trial.keep(matrix, matrix::close);
            Tensor vector = trial.backend().load(stored.tensor("vector"));
            trial.keep(vector, vector::close);
            if (matrix.rows() != rows || matrix.columns() != columns || vector.rows() != 1) {
                throw new SelftestFault("loaded as " + matrix + " and " + vector);
            }
            return Trial.sameBits(trial.read(matrix), expected) + Trial.sameBits(trial.read(vector), expected);
        }
    }
}
