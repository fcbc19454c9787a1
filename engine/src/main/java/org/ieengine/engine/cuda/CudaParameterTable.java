package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.ParameterTable;

/**
 * Parameters as the kernel {@code adam} finds them: the first block of each, then of each its five addresses, rows, columns and five
 * strides, all of 64 bits. The fifth is the operand's, 0 where products take the value itself.
 */
final class CudaParameterTable implements ParameterTable {
    private static final int ELEMENTS_OF_BLOCK = 1024;

    /** Numbers of a parameter besides its first block. */
    private static final int NUMBERS = 12;

    private final List<Parameter> parameters;
    private final DeviceArena.Block memory;
    private final long blocks;

    CudaParameterTable(CudaLauncher device, List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
        device.requireNoRecording("make a table of parameters");
        int count = parameters.size();
        long[] numbers = new long[(1 + NUMBERS) * count];
        long before = 0;
        for (int i = 0; i < count; i++) {
            numbers[i] = before;
            before += describe(parameters.get(i), numbers, count + NUMBERS * i);
        }
        this.blocks = before;
        this.memory = device.allocate((long) Long.BYTES * numbers.length);
        device.write(numbers, memory.address());
    }

    /** Writes the numbers of a parameter from a place on; how many blocks it takes. */
    private static long describe(Parameter parameter, long[] numbers, int at) {
        CudaTensor value = CudaTensor.open(parameter.value());
        CudaTensor gradient = CudaTensor.open(parameter.gradient());
        CudaTensor mean = CudaTensor.open(parameter.mean());
        CudaTensor square = CudaTensor.open(parameter.meanSquare());
        CudaShapes.same("adam: gradient", value, gradient);
        CudaShapes.same("adam: mean", value, mean);
        CudaShapes.same("adam: mean square", value, square);
        List<CudaTensor> kept = new ArrayList<>(List.of(value, gradient, mean, square));
        CudaTensor operand = CudaTensor.operand(parameter.operand());
        if (!operand.same(value)) {
            CudaShapes.same("adam: operand", value, operand);
            if (operand.element() != Element.BF16) {
                throw new IllegalArgumentException("adam: the operand " + operand + " is a second copy in float32");
            }
            kept.add(operand);
        }
        long elements = value.rows() * value.columns();
        boolean dense = kept.stream().allMatch(CudaTensor::dense);
        for (int i = 0; i < kept.size(); i++) {
            numbers[at + i] = kept.get(i).address();
            numbers[at + 7 + i] = kept.get(i).stride();
        }
        // Without gaps one long row, so that the kernel need not divide.
        numbers[at + 5] = dense ? 1 : value.rows();
        numbers[at + 6] = dense ? elements : value.columns();
        return (elements + ELEMENTS_OF_BLOCK - 1) / ELEMENTS_OF_BLOCK;
    }

    /**
     * The table as one of this backend.
     *
     * @throws IllegalArgumentException for null or a table of another backend
     * @throws IllegalStateException when it or a tensor of it has been closed
     */
    static CudaParameterTable open(ParameterTable table) {
        if (!(table instanceof CudaParameterTable)) {
            throw new IllegalArgumentException(
                    table == null
                            ? "the table of parameters is missing"
                            : "the table of parameters belongs to another backend");
        }
        CudaParameterTable open = (CudaParameterTable) table;
        if (open.memory.released()) {
            throw new IllegalStateException("the table of parameters was used after it had been closed");
        }
        // Their memory may be another tensor's by now.
        for (Parameter parameter : open.parameters) {
            CudaTensor.open(parameter.value());
            CudaTensor.open(parameter.gradient());
            CudaTensor.open(parameter.mean());
            CudaTensor.open(parameter.meanSquare());
            CudaTensor.operand(parameter.operand());
        }
        return open;
    }

    /** Where it lies. */
    long address() {
        return memory.address();
    }

    /** Number of parameters. */
    int count() {
        return parameters.size();
    }

    /** Blocks of the kernel that all of them take. */
    long blocks() {
        return blocks;
    }

    @Override
    public void close() {
        if (memory.released()) {
            throw new IllegalStateException("the table of parameters was closed twice");
        }
        memory.release();
    }
}
