package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * Parameters of a critic f(x, y), a fully connected network with LeakyReLU(0.01) between its layers. The first layer is split,
 * W [x; y] = Wx x + Wy y, which is exact, so that each state is projected once however many pairs it is in.
 */
public final class Critic implements AutoCloseable {
    private final Backend backend;
    private final List<Integer> widths;
    private final List<Tensor> owned = new ArrayList<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private final boolean aligned;
    private final int operandLayers;
    private ParameterTable table;

    /** Parameters of value 0 for states of dx and dy dimensions. */
    public Critic(Backend backend, List<Integer> widths, int dx, int dy) {
        this(backend, widths, new int[] {dx, dy});
    }

    /** Parameters of value 0 for aligned states of d dimensions: one weight of 2 d columns for both, see {@link LinearAlignment}. */
    static Critic ofAligned(Backend backend, List<Integer> widths, int d) {
        return new Critic(backend, widths, new int[] {2 * d});
    }

    private Critic(Backend backend, List<Integer> widths, int[] inputs) {
        this.backend = backend;
        this.widths = widths;
        this.aligned = inputs.length == 1;
        this.operandLayers = operandLayers(backend, widths);
        try {
            for (int columns : inputs) {
                addWeight(0, columns);
            }
            addBias(0);
            for (int layer = 1; layer < widths.size(); layer++) {
                addWeight(layer, widths.get(layer - 1));
                addBias(layer);
            }
            table = backend.parameters(parameters);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Bytes of the parameters, their operands and gradients, the two moments of Adam and their table, for states of so many
     * dimensions.
     */
    public static long bytes(Backend backend, List<Integer> widths, int dimensions) {
        long parameters = widths.get(0) * (2L * dimensions + 1);
        int copied = operandLayers(backend, widths);
        long operands = copied == 0 ? 0 : 2 * backend.operandBytes(widths.get(0), dimensions);
        for (int layer = 1; layer < widths.size(); layer++) {
            parameters += widths.get(layer) * (widths.get(layer - 1) + 1L);
            operands += layer < copied ? backend.operandBytes(widths.get(layer), widths.get(layer - 1)) : 0;
        }
        return 4 * Float.BYTES * parameters + operands + ParameterTable.bytes(2 * widths.size() + 1);
    }

    /** Layers, from the first on, whose weights are kept rounded besides: those that products read, where they round. */
    private static int operandLayers(Backend backend, List<Integer> widths) {
        return backend.operandBytes() < Float.BYTES ? backend.fusedTailFrom(widths) : 0;
    }

    private void addWeight(int layer, int columns) {
        Tensor value = own(backend.allocate(widths.get(layer), columns));
        add(value, layer < operandLayers ? own(backend.allocateOperand(widths.get(layer), columns)) : value);
    }

    private void addBias(int layer) {
        Tensor value = own(backend.allocate(1, widths.get(layer)));
        add(value, value);
    }

    private void add(Tensor value, Tensor operand) {
        Tensor gradient = own(backend.allocate(value.rows(), value.columns()));
        Tensor mean = own(backend.allocate(value.rows(), value.columns()));
        Tensor meanSquare = own(backend.allocate(value.rows(), value.columns()));
        parameters.add(new Parameter(value, gradient, mean, meanSquare, operand));
    }

    private Tensor own(Tensor tensor) {
        owned.add(tensor);
        return tensor;
    }

    /**
     * Xavier-normal weights (Glorot and Bengio 2010: deviation sqrt(2 / (fan in + fan out)), the split first layer counted as one),
     * zero biases.
     */
    public void initialise(Philox stream) {
        long next = 0;
        int inputs = weightX().value().columns() + weightY().value().columns();
        next = draw(weightX(), inputs + widths.get(0), stream, next);
        next = draw(weightY(), inputs + widths.get(0), stream, next);
        for (int layer = 1; layer < widths.size(); layer++) {
            next = draw(weight(layer), widths.get(layer - 1) + widths.get(layer), stream, next);
        }
    }

    /**
     * As {@link #initialise}, then Wy = -Wx when both are of one shape. A block adds to its input, so the first layer of a pair that
     * belongs together starts close to zero, and that of others does not: about a third of the steps of independent weights.
     */
    void initialiseTied(Philox stream) {
        initialise(stream);
        if (weightX().value().columns() != weightY().value().columns()) {
            return;
        }
        float[] values = values(weightX());
        for (int i = 0; i < values.length; i++) {
            values[i] = -values[i];
        }
        write(values, weightY());
    }

    /**
     * As {@link #initialise}, for aligned states, with the network's shape put to use: the first layer sees differences, by units in
     * opposite pairs, so that their mean is in proportion to the mean absolute difference of the projected states; every later
     * layer hands the mean of its inputs on beside half its random weights; the last one turns its sign. So the critic starts as
     * {@link #fallFrom} says, near 0 for pairs that belong together and steeply negative for others, and training goes on from there.
     */
    void initialiseAligned(Philox stream) {
        int columns = weightX().value().columns();
        int d = columns / 2;
        float[] drawn = new float[widths.get(0) * d];
        stream.normals(0, Math.sqrt(2d / (columns + widths.get(0))), drawn);
        float[] first = new float[widths.get(0) * columns];
        for (int i = 0; i < drawn.length; i++) {
            boolean second = i / d % 2 == 1;
            first[i / d * columns + i % d] = second ? -drawn[i - d] : drawn[i];
        }
        write(first, weightX());
        long next = drawn.length + (drawn.length & 1);
        for (int layer = 1; layer < widths.size(); layer++) {
            next = draw(weight(layer), widths.get(layer - 1) + widths.get(layer), stream, next);
        }
        for (int layer = 1; layer < widths.size() - 1; layer++) {
            float mean = 1f / widths.get(layer - 1);
            float[] values = values(weight(layer));
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.5f * values[i] + mean;
            }
            write(values, weight(layer));
        }
        fallFrom(0, 1);
    }

    /**
     * Makes an aligned critic, as it starts, about -slope max(mean difference - threshold, 0); the threshold needs two hidden layers
     * and is left out with fewer.
     */
    void fallFrom(double threshold, double slope) {
        int last = widths.size() - 1;
        if (last > 0) {
            float[] mean = new float[widths.get(last - 1)];
            Arrays.fill(mean, (float) (-slope / mean.length));
            write(mean, weight(last));
        }
        if (last > 1) {
            float[] biases = new float[widths.get(1)];
            Arrays.fill(biases, (float) -threshold);
            write(biases, bias(1));
        }
    }

    /** Makes every score 0 until training moves the last layer. */
    public void startAtZero() {
        Parameter last = weight(widths.size() - 1);
        write(new float[(int) last.value().rows() * last.value().columns()], last);
    }

    /** What every writer of parameters goes through: products take what was written. */
    private void write(float[] values, Parameter parameter) {
        backend.write(values, parameter.value(), 0);
        parameter.round(backend);
    }

    private float[] values(Parameter weight) {
        float[] values = new float[(int) weight.value().rows() * weight.value().columns()];
        backend.read(weight.value(), 0, (int) weight.value().rows(), values);
        return values;
    }

    private long draw(Parameter weight, int fans, Philox stream, long next) {
        float[] values = new float[(int) weight.value().rows() * weight.value().columns()];
        stream.normals(next, Math.sqrt(2d / fans), values);
        write(values, weight);
        return next + values.length + (values.length & 1);
    }

    /** Number of layers, the last giving the score. */
    public int layers() {
        return widths.size();
    }

    List<Integer> widths() {
        return widths;
    }

    int width(int layer) {
        return widths.get(layer);
    }

    /** Wx, [width 0, dx]. */
    Parameter weightX() {
        return parameters.get(0);
    }

    /** Wy, [width 0, dy]; of an aligned critic the weight of both. */
    Parameter weightY() {
        return parameters.get(aligned ? 0 : 1);
    }

    /** Whether one weight projects the states of both sides. */
    boolean aligned() {
        return aligned;
    }

    /** Weight of layer 1 or later, [width, width before]. */
    public Parameter weight(int layer) {
        return parameters.get(parameters.size() - 2 * (widths.size() - layer));
    }

    /** Bias of any layer, [1, width]. */
    Parameter bias(int layer) {
        return parameters.get(parameters.size() - 2 * (widths.size() - layer) + 1);
    }

    /** All parameters: the weights and the bias of the first layer, then weight and bias of each later one. */
    public List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    /** The current step of Adam on all of them. */
    public void update(OptimiserSteps steps) {
        backend.adam(table, steps);
    }

    @Override
    public void close() {
        if (table != null) {
            table.close();
            table = null;
        }
        for (Tensor tensor : owned) {
            tensor.close();
        }
        owned.clear();
    }
}
