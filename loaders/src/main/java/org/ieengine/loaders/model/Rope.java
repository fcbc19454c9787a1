package org.ieengine.loaders.model;

/**
 * Rotary position embedding: base frequency and scaling.
 *
 * @param theta base of the geometric series of frequencies: inv_freq[i] = theta^(-2i/head_dim)
 * @param scaling how long contexts rescale it
 */
public record Rope(double theta, Scaling scaling) {
    /** Rescaling of the inverse frequencies ({@code rope_scaling}). */
    public sealed interface Scaling {}

    /** Frequencies as they are. */
    public record Unscaled() implements Scaling {}

    /** inv_freq / factor ({@code rope_type} linear). */
    public record Linear(double factor) implements Scaling {}

    /**
     * Wavelengths beyond {@code originalPositions / lowFrequencyFactor} divided by factor, those under
     * {@code originalPositions / highFrequencyFactor} unchanged, interpolated between ({@code rope_type} llama3).
     */
    public record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalPositions)
            implements Scaling {}
}
