package org.ieengine.engine.tensor;

/**
 * What follows a matrix product before its result is written: out = activation(product + bias), or out += that.
 *
 * @param bias [1, columns], or null for none
 * @param activation applied after the bias
 * @param accumulate add to what {@code out} holds (a residual connection) rather than replace it
 */
public record Epilogue(Tensor bias, Activation activation, boolean accumulate) {
    /** The bare product. */
    public static final Epilogue NONE = new Epilogue(null, Activation.IDENTITY, false);

    /** This, with a bias [1, columns]; null for none. */
    public Epilogue withBias(Tensor newBias) {
        return new Epilogue(newBias, activation, accumulate);
    }

    /** This, with an activation. */
    public Epilogue withActivation(Activation newActivation) {
        return new Epilogue(bias, newActivation, accumulate);
    }

    /** This, adding to the output. */
    public Epilogue accumulating() {
        return new Epilogue(bias, activation, true);
    }
}
