package org.ieengine.engine.selftest;

import java.nio.FloatBuffer;
import java.util.List;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuMemory;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.LaunchShape;
import org.ieengine.kernels.PinnedMemory;

/** What follows a product of a vendor's library, by itself, so that it is tried where no such library is. */
final class LibraryChecks {
    private static final int ROWS = 37;
    private static final int COLUMNS = 19;

    private final GpuDevice gpu;

    LibraryChecks(GpuDevice gpu) {
        this.gpu = gpu;
    }

    List<Check> checks() {
        return List.of(new Check(
                "bias, activation, out after a library's product",
                "[" + ROWS + ", " + COLUMNS + "]",
                5e-6,
                this::epilogue));
    }

    private double epilogue(Trial trial) {
        int count = ROWS * COLUMNS;
        float[] sums = trial.values(count);
        float[] before = trial.values(count);
        float[] bias = trial.values(COLUMNS);
        float[] got = new float[count];
        try (GpuMemory in = gpu.allocate((long) Float.BYTES * count);
                GpuMemory out = gpu.allocate((long) Float.BYTES * count);
                GpuMemory added = gpu.allocate((long) Float.BYTES * COLUMNS);
                PinnedMemory host = gpu.allocatePinned(Float.BYTES * (2 * count + COLUMNS));
                GpuStream queue = gpu.newStream()) {
            FloatBuffer values = host.buffer().asFloatBuffer();
            values.put(sums).put(before).put(bias);
            queue.upload(host, 0, in.address(), in.bytes());
            queue.upload(host, in.bytes(), out.address(), out.bytes());
            queue.upload(host, 2 * in.bytes(), added.address(), added.bytes());
            queue.launch(
                    gpu.kernel("matmul_epilogue"),
                    LaunchShape.of((count + 255) / 256, 256),
                    out.address(),
                    0,
                    COLUMNS,
                    in.address(),
                    COLUMNS,
                    added.address(),
                    0L,
                    0,
                    0,
                    (long) ROWS,
                    COLUMNS,
                    Activation.GELU_TANH.ordinal(),
                    0.5f);
            queue.download(out.address(), host, 0, out.bytes());
            queue.synchronise();
            host.buffer().asFloatBuffer().get(got);
        }
        return Trial.error(got, COLUMNS, (row, expected, scales) -> {
            for (int c = 0; c < COLUMNS; c++) {
                int at = row * COLUMNS + c;
                expected[c] = Activations64.apply(Activation.GELU_TANH, (double) sums[at] + bias[c]) + 0.5 * before[at];
                scales[c] = 1 + Math.abs(expected[c]);
            }
        });
    }
}
