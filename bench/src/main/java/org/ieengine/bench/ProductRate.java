package org.ieengine.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;

/**
 * Rate of matrix products with what follows them in the job: the device's own time, median over the repetitions. One line of JSON
 * for each shape ROWSxINxOUT, which may end in {@code +gelu} (bias and GELU, weight [in, out]), {@code +residual} (bias, added to the
 * output, weight [in, out]) or {@code +leaky} (bias and LeakyReLU, weight [out, in]). Inputs, weights and
 * results lie in memory as the job has them: operands, rounded where the backend keeps them so; a residual stream is float32.
 *
 * <pre>ProductRate REPEATS THREADS SHAPE... [--device cpu|cuda[:I]] [--precision f32|tf32|bf16]</pre>
 */
public final class ProductRate {
    private ProductRate() {}

    public static void main(String[] arguments) {
        int repeats = Integer.parseInt(arguments[0]);
        int threads = Integer.parseInt(arguments[1]);
        List<String> rest = Arrays.asList(arguments).subList(2, arguments.length);
        List<String> shapes =
                rest.stream().takeWhile(word -> !word.startsWith("--")).toList();
        try (BenchDevice device = BenchDevice.open(rest.subList(shapes.size(), rest.size()), threads)) {
            for (String shape : shapes) {
                System.out.println(measure(device, shape, repeats));
            }
        }
    }

    /** One line of JSON. */
    static String measure(BenchDevice device, String shape, int repeats) {
        String[] parts = shape.split("\\+");
        long[] extents =
                Arrays.stream(parts[0].split("x")).mapToLong(Long::parseLong).toArray();
        String after = parts.length == 1 ? "" : parts[1];
        Backend backend = device.backend();
        int in = Math.toIntExact(extents[1]);
        int out = Math.toIntExact(extents[2]);
        Layout layout = after.equals("leaky") ? Layout.OUT_IN : Layout.IN_OUT;
        boolean kept = !after.equals("residual");
        try (Tensor x = NormalTensors.allocateOperand(backend, extents[0], in, 0);
                Tensor weight = NormalTensors.allocateOperand(
                        backend, layout == Layout.OUT_IN ? out : in, layout == Layout.OUT_IN ? in : out, 1);
                Tensor bias = NormalTensors.allocate(backend, 1, out, 2);
                Tensor result = kept ? backend.allocateOperand(extents[0], out) : backend.allocate(extents[0], out)) {
            Epilogue epilogue = epilogue(after, bias);
            double seconds =
                    StepTimes.medianOf(backend, repeats, () -> backend.linear(x, weight, layout, epilogue, result));
            double flops = 2d * extents[0] * in * out;
            return String.format(
                    Locale.ROOT,
                    "{\"name\": \"product\", \"device\": \"%s\", \"shape\": \"%s\", \"repeats\": %d, \"seconds\": %.7f,"
                            + " \"flops\": %.0f, \"tflops\": %.4f}",
                    backend.description(),
                    shape,
                    repeats,
                    seconds,
                    flops,
                    flops / seconds / 1e12);
        }
    }

    private static Epilogue epilogue(String after, Tensor bias) {
        return switch (after) {
            case "" -> Epilogue.NONE;
            case "gelu" -> Epilogue.NONE.withBias(bias).withActivation(Activation.GELU_TANH);
            case "residual" -> Epilogue.NONE.withBias(bias).accumulating();
            case "leaky" -> Epilogue.NONE.withBias(bias).withActivation(Activation.LEAKY_RELU);
            default -> throw new IllegalArgumentException("+" + after + ": gelu, residual or leaky is expected");
        };
    }
}
