package org.ieengine.engine.cuda.emulated;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;

/** The processor's backend with the operands of every product with a weight rounded as a precision has it: what a GPU should give. */
final class RoundedOperands {
    private RoundedOperands() {}

    /** The backend, which stays the caller's to close. */
    static Backend over(CpuBackend cpu, Precision precision) {
        return (Backend) Proxy.newProxyInstance(
                RoundedOperands.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("linear")) {
                        try (Tensor x = rounded(cpu, (Tensor) arguments[0], precision);
                                Tensor weight = rounded(cpu, (Tensor) arguments[1], precision)) {
                            cpu.linear(
                                    x, weight, (Layout) arguments[2], (Epilogue) arguments[3], (Tensor) arguments[4]);
                        }
                        return null;
                    }
                    try {
                        return method.invoke(cpu, arguments);
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    }
                });
    }

    private static Tensor rounded(CpuBackend cpu, Tensor source, Precision precision) {
        float[] values = new float[Math.toIntExact(source.rows() * source.columns())];
        cpu.read(source, 0, (int) source.rows(), values);
        for (int i = 0; i < values.length; i++) {
            values[i] = rounded(values[i], precision);
        }
        Tensor target = cpu.allocate(source.rows(), source.columns());
        cpu.write(values, target, 0);
        return target;
    }

    /** To 10 bits of mantissa with ties away from zero, or to 7 with ties to even. */
    private static float rounded(float value, Precision precision) {
        int bits = Float.floatToRawIntBits(value);
        return switch (precision) {
            case F32 -> value;
            case TF32 -> Float.intBitsToFloat(bits + 0x1000 & 0xFFFFE000);
            case BF16 -> Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF0000);
        };
    }
}
