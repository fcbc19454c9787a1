package org.ieengine.engine.cuda.emulated;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;

/**
 * The processor's backend with the operands of every product with a weight rounded as a precision has it, and in bf16 every matrix
 * that is made to be multiplied rounded whenever something was written there: what a GPU should give.
 */
final class RoundedOperands {
    private static final Set<String> WRITING =
            Set.of("linear", "layerNorm", "rmsNorm", "rotate", "attention", "activate", "gate");

    private final CpuBackend cpu;
    private final Precision precision;
    private final List<Tensor> operands = new ArrayList<>();

    private RoundedOperands(CpuBackend cpu, Precision precision) {
        this.cpu = cpu;
        this.precision = precision;
    }

    /** The backend, which stays the caller's to close. */
    static Backend over(CpuBackend cpu, Precision precision) {
        RoundedOperands rounded = new RoundedOperands(cpu, precision);
        return (Backend) Proxy.newProxyInstance(
                RoundedOperands.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> rounded.invoke(method, arguments));
    }

    private Object invoke(Method method, Object[] arguments) throws Throwable {
        Object result = null;
        if (method.getName().equals("linear")) {
            try (Tensor x = rounded(cpu, (Tensor) arguments[0], precision);
                    Tensor weight = rounded(cpu, (Tensor) arguments[1], precision)) {
                cpu.linear(x, weight, (Layout) arguments[2], (Epilogue) arguments[3], (Tensor) arguments[4]);
            }
        } else {
            try {
                result = method.invoke(cpu, arguments);
            } catch (InvocationTargetException fault) {
                throw fault.getCause();
            }
        }
        if (precision == Precision.BF16) {
            if (method.getName().equals("allocateOperand")) {
                operands.add((Tensor) result);
            } else if (WRITING.contains(method.getName())) {
                operands.removeIf(RoundedOperands::closed);
                operands.forEach(this::roundInPlace);
            }
        }
        return result;
    }

    private static boolean closed(Tensor tensor) {
        try {
            return tensor.rowRange(0, 0) == null;
        } catch (IllegalStateException used) {
            return true;
        }
    }

    private void roundInPlace(Tensor operand) {
        try (Tensor rounded = rounded(cpu, operand, precision)) {
            cpu.copy(rounded, operand);
        }
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
