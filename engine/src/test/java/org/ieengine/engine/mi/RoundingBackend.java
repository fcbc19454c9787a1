package org.ieengine.engine.mi;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/** The processor as a device that keeps operands in bf16: after every operation all of them are rounded. */
final class RoundingBackend {
    private final Backend backend;
    private final int tailFrom;
    private final List<Tensor> operands = new ArrayList<>();

    /**
     * @param tailFrom first layer of the fused tail
     */
    RoundingBackend(Backend backend, int tailFrom) {
        this.backend = backend;
        this.tailFrom = tailFrom;
    }

    /** The backend to be used; operands stay open while it is. */
    Backend rounding() {
        return (Backend) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "fusedTailFrom":
                            return tailFrom;
                        case "operandBytes":
                            return arguments == null ? (Object) Short.BYTES : method.invoke(backend, arguments);
                        default:
                            return after(method.getName(), () -> method.invoke(backend, arguments));
                    }
                });
    }

    private interface Call {
        Object result() throws ReflectiveOperationException;
    }

    private Object after(String name, Call call) throws Throwable {
        try {
            Object result = call.result();
            if (name.equals("allocateOperand")) {
                operands.add((Tensor) result);
            }
            operands.forEach(this::round);
            return result;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** To the nearest, ties to even. */
    private void round(Tensor operand) {
        float[] values = new float[Math.toIntExact(operand.rows() * operand.columns())];
        backend.read(operand, 0, (int) operand.rows(), values);
        for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            values[i] = Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
        }
        backend.write(values, operand, 0);
    }
}
