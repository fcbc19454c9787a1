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
final class Critic implements AutoCloseable {
    /** Where an aligned critic starts to fall, in differences of pairs that belong together, and at most in those of others. */
    private static final double THRESHOLD_TIMES_LEFT_OVER = 2.6;

    private static final double HIGHEST_THRESHOLD = 0.6;

    /** What an aligned critic starts to score unrelated pairs with, in nats below those that belong together. */
    private static final double FIRST_SCORE = 16;

    private final Backend backend;
    private final List<Integer> widths;
    private final List<Tensor> owned = new ArrayList<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private final boolean shared;
    private ParameterTable table;

    /** Parameters of value 0 for states of dx and dy dimensions. */
    Critic(Backend backend, List<Integer> widths, int dx, int dy) {
        this(backend, widths, dx, dy, false);
    }

    /** One weight for x and y of d columns. */
    static Critic shared(Backend backend, List<Integer> widths, int d) {
        return new Critic(backend, widths, d, d, true);
    }

    private Critic(Backend backend, List<Integer> widths, int dx, int dy, boolean shared) {
        this.backend = backend;
        this.widths = widths;
        this.shared = shared;
        try {
            add(widths.get(0), dx);
            if (!shared) {
                add(widths.get(0), dy);
            }
            add(1, widths.get(0));
            for (int layer = 1; layer < widths.size(); layer++) {
                add(widths.get(layer), widths.get(layer - 1));
                add(1, widths.get(layer));
            }
            table = backend.parameters(parameters);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Bytes of the parameters, their gradients, the two moments of Adam and their table, for states of so many dimensions. */
    static long bytes(List<Integer> widths, int dimensions) {
        long parameters = widths.get(0) * (2L * dimensions + 1);
        for (int layer = 1; layer < widths.size(); layer++) {
            parameters += widths.get(layer) * (widths.get(layer - 1) + 1L);
        }
        return 4 * Float.BYTES * parameters + ParameterTable.bytes(2 * widths.size() + 1);
    }

    private void add(int rows, int columns) {
        for (int i = 0; i < 4; i++) {
            owned.add(backend.allocate(rows, columns));
        }
        int at = owned.size() - 4;
        parameters.add(new Parameter(owned.get(at), owned.get(at + 1), owned.get(at + 2), owned.get(at + 3)));
    }

    /**
     * Xavier-normal weights (Glorot and Bengio 2010: deviation sqrt(2 / (fan in + fan out)), the split first layer counted as one),
     * zero biases.
     */
    void initialise(Philox stream) {
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
        backend.write(values, weightY().value(), 0);
    }

    /**
     * As {@link #initialiseTied}, for aligned states (see {@link LinearAlignment}), with the network's shape put to use: units of
     * the first layer come in opposite pairs, so that their mean is in proportion to the mean absolute difference of the projected
     * states; every later layer hands the mean of its inputs on beside half its random weights; the last one turns its sign. So
     * the critic starts as -slope max(mean difference - threshold, 0), near 0 for pairs that belong together and steeply
     * negative for others, and training starts from there.
     *
     * @param leftOver share of the difference that is left between states that belong together
     */
    void initialiseAligned(Philox stream, double leftOver) {
        int d = weightX().value().columns() / 2;
        long next = 0;
        float[] first = new float[widths.get(0) * 2 * d];
        float[] drawn = new float[widths.get(0) * d];
        stream.normals(0, Math.sqrt(2d / (2 * d + widths.get(0))), drawn);
        next = drawn.length + (drawn.length & 1);
        for (int i = 0; i < drawn.length; i++) {
            first[i / d * 2 * d + i % d] = drawn[i];
        }
        backend.write(first, weightX().value(), 0);
        for (int layer = 1; layer < widths.size(); layer++) {
            next = draw(weight(layer), widths.get(layer - 1) + widths.get(layer), stream, next);
        }
        if (widths.size() < 3 || widths.get(0) < 2) {
            return;
        }
        opposite(weightX());
        double weight = Math.sqrt(2d / (2 * d + widths.get(0)));
        // mean of LeakyReLU over +z and -z is 0.495 |z|; E|z| = sqrt(2 / pi) sd, sd = weight sqrt(2 d) for unrelated
        // states
        double unrelated = 0.495 * Math.sqrt(2 / Math.PI) * weight * Math.sqrt(2d * d);
        double threshold = Math.min(THRESHOLD_TIMES_LEFT_OVER * leftOver, HIGHEST_THRESHOLD) * unrelated;
        double slope = FIRST_SCORE / (unrelated - threshold);
        for (int layer = 1; layer < widths.size(); layer++) {
            boolean last = layer == widths.size() - 1;
            float mean = (float) ((last ? -slope : 1) / widths.get(layer - 1));
            float random = last ? 0 : 0.5f;
            float[] values = values(weight(layer));
            for (int i = 0; i < values.length; i++) {
                values[i] = random * values[i] + mean;
            }
            backend.write(values, weight(layer).value(), 0);
        }
        float[] biases = new float[widths.get(1)];
        Arrays.fill(biases, (float) -threshold);
        backend.write(biases, bias(1).value(), 0);
    }

    /** Start anew: threshold on the first mean, slope of the last. */
    void start(double threshold, double slope) {
        float[] last = new float[widths.get(widths.size() - 2)];
        Arrays.fill(last, (float) (-slope / last.length));
        backend.write(last, weight(widths.size() - 1).value(), 0);
        float[] biases = new float[widths.get(1)];
        Arrays.fill(biases, (float) -threshold);
        backend.write(biases, bias(1).value(), 0);
    }

    private void opposite(Parameter weight) {
        int columns = weight.value().columns();
        float[] values = values(weight);
        for (int at = columns; at + columns <= values.length; at += 2 * columns) {
            for (int c = 0; c < columns; c++) {
                values[at + c] = -values[at - columns + c];
            }
        }
        backend.write(values, weight.value(), 0);
    }

    private float[] values(Parameter weight) {
        float[] values = new float[(int) weight.value().rows() * weight.value().columns()];
        backend.read(weight.value(), 0, (int) weight.value().rows(), values);
        return values;
    }

    private long draw(Parameter weight, int fans, Philox stream, long next) {
        float[] values = new float[(int) weight.value().rows() * weight.value().columns()];
        stream.normals(next, Math.sqrt(2d / fans), values);
        backend.write(values, weight.value(), 0);
        return next + values.length + (values.length & 1);
    }

    /** Number of layers, the last giving the score. */
    int layers() {
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

    /** Wy, [width 0, dy]. */
    Parameter weightY() {
        return parameters.get(shared ? 0 : 1);
    }

    /** Whether one weight projects both. */
    boolean shared() {
        return shared;
    }

    /** Weight of layer 1 or later, [width, width before]. */
    Parameter weight(int layer) {
        return parameters.get(2 * layer + (shared ? 0 : 1));
    }

    /** Bias of any layer, [1, width]. */
    Parameter bias(int layer) {
        return parameters.get(2 * layer + (shared ? 1 : 2));
    }

    /** The current step of Adam on all of them. */
    void update(OptimiserSteps steps) {
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
