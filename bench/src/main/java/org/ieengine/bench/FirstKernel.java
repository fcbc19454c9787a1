package org.ieengine.bench;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import org.ieengine.engine.tensor.Tensor;

/**
 * Seconds from the start of the Java machine until the result of a first kernel is back on the host: loading the driver's binding,
 * opening the device, compiling the kernel's PTX (which the driver keeps for the next time), running it, reading.
 *
 * <pre>FirstKernel [--device cpu|cuda[:I]] [--precision f32|tf32|bf16]</pre>
 */
public final class FirstKernel {
    private FirstKernel() {}

    public static void main(String[] arguments) {
        try (BenchDevice device = BenchDevice.open(Arrays.asList(arguments), 1);
                Tensor tensor = device.backend().allocate(1, 64)) {
            float[] values = new float[64];
            device.backend().fill(tensor, 2);
            device.backend().add(tensor, tensor);
            device.backend().read(tensor, 0, 1, values);
            if (values[63] != 4) {
                throw new IllegalStateException("the first kernel gave " + values[63] + ", not 4");
            }
            double seconds = (System.currentTimeMillis()
                            - ManagementFactory.getRuntimeMXBean().getStartTime())
                    * 1e-3;
            System.out.printf(
                    Locale.ROOT,
                    "{\"name\": \"first-kernel\", \"device\": \"%s\", \"seconds\": %.3f}%n",
                    device.backend().description(),
                    seconds);
        }
    }
}
