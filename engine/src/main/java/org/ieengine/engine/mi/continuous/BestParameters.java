package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.mi.Owned;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;

/** A copy of parameters as they were when a value was greatest: early stopping goes back to it. */
final class BestParameters implements AutoCloseable {
    private final Backend backend;
    private final List<Parameter> parameters;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final List<Tensor> copies = new ArrayList<>();
    private double best = Double.NEGATIVE_INFINITY;
    private int step;

    BestParameters(Backend backend, List<Parameter> parameters) {
        this.backend = backend;
        this.parameters = parameters;
        try {
            for (Parameter parameter : parameters) {
                Tensor copy = backend.allocate(
                        parameter.value().rows(), parameter.value().columns());
                owned.add(copy);
                copies.add(copy);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Copies the parameters when the value is greater than all before; one that is not a number never is. */
    void offer(int now, double value) {
        if (value > best) {
            best = value;
            step = now;
            for (int i = 0; i < copies.size(); i++) {
                backend.copy(parameters.get(i).value(), copies.get(i));
            }
        }
    }

    /** Step of the greatest value; 0 before any. */
    int step() {
        return step;
    }

    /**
     * Puts the copied values back.
     *
     * @throws ArithmeticException when no value that was offered is a number
     */
    void restore() {
        if (best == Double.NEGATIVE_INFINITY) {
            throw new ArithmeticException("no value of the critic on validation pairs is a number");
        }
        for (int i = 0; i < copies.size(); i++) {
            backend.copy(copies.get(i), parameters.get(i).value());
            parameters.get(i).round(backend);
        }
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
