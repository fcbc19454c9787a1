package org.ieengine.bench;

import java.util.List;
import java.util.Locale;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;

/**
 * What a benchmark runs on.
 *
 * @param backend computes
 * @param gpu the device beneath it; null for the processor
 */
record BenchDevice(Backend backend, GpuDevice gpu) implements AutoCloseable {
    /** By {@code --device cpu|cuda[:I]} (default cpu) and {@code --precision f32|tf32|bf16} (default f32, of a GPU only). */
    static BenchDevice open(List<String> options, int threads) {
        String device = "cpu";
        Precision precision = Precision.F32;
        for (int i = 0; i < options.size(); i += 2) {
            String value = i + 1 < options.size() ? options.get(i + 1) : "";
            switch (options.get(i)) {
                case "--device" -> device = value;
                case "--precision" -> precision = Precision.valueOf(value.toUpperCase(Locale.ROOT));
                default -> throw new IllegalArgumentException("unknown option " + options.get(i));
            }
        }
        if (device.equals("cpu")) {
            return new BenchDevice(new CpuBackend(threads), null);
        }
        if (!device.matches("cuda(:\\d+)?")) {
            throw new IllegalArgumentException("--device " + device + ": cpu, cuda or cuda:I is expected");
        }
        GpuDevice gpu = JcudaDevice.open(device.equals("cuda") ? 0 : Integer.parseInt(device.substring(5)));
        try {
            return new BenchDevice(new CudaBackend(gpu, precision, Long.MAX_VALUE), gpu);
        } catch (RuntimeException fault) {
            gpu.close();
            throw fault;
        }
    }

    /** Whether OpenBLAS computes its products, so that bare calls of it are a fair comparison. */
    boolean onProcessor() {
        return gpu == null;
    }

    @Override
    public void close() {
        try {
            backend.close();
        } finally {
            if (gpu != null) {
                gpu.close();
            }
        }
    }
}
