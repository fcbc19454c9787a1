package org.ieengine.engine.model;

import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.Rope;

/**
 * Cosines and sines of rotary position embedding, [T, head_dim / 2] each (Su et al. 2021, arXiv 2104.09864). Frequencies and
 * angles are rounded to float32 where {@code transformers} 4.51 rounds them ({@code modeling_rope_utils}), which shows from a few
 * hundred positions on.
 */
record RotaryTables(Tensor cosines, Tensor sines) {
    /** Computes and uploads the tables for positions 0 to T - 1. */
    static RotaryTables upload(Backend backend, DeviceTensors tensors, Rope rope, RotaryShape shape) {
        float[] inverseFrequencies = inverseFrequencies(rope, shape.headDim());
        int half = inverseFrequencies.length;
        float[] cosines = new float[Math.multiplyExact(shape.tokens(), half)];
        float[] sines = new float[cosines.length];
        for (int position = 0; position < shape.tokens(); position++) {
            for (int i = 0; i < half; i++) {
                float angle = position * inverseFrequencies[i];
                cosines[position * half + i] = (float) Math.cos(angle);
                sines[position * half + i] = (float) Math.sin(angle);
            }
        }
        RotaryTables tables =
                new RotaryTables(tensors.workspace(shape.tokens(), half), tensors.workspace(shape.tokens(), half));
        backend.write(cosines, tables.cosines, 0);
        backend.write(sines, tables.sines, 0);
        return tables;
    }

    /** How many positions and how wide a head. */
    record RotaryShape(int tokens, int headDim) {
        long bytes() {
            return Float.BYTES * 2L * tokens * (headDim / 2);
        }
    }

    /** theta^(-2i / head_dim), rescaled as the model asks for, [head_dim / 2]. */
    static float[] inverseFrequencies(Rope rope, int headDim) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / headDim;
            float frequency = 1 / (float) Math.pow((float) rope.theta(), exponent);
            frequencies[i] = rescale(frequency, rope.scaling());
        }
        return frequencies;
    }

    private static float rescale(float frequency, Rope.Scaling scaling) {
        if (scaling instanceof Rope.Linear linear) {
            return frequency / (float) linear.factor();
        }
        if (scaling instanceof Rope.Llama3 llama3) {
            float wavelength = (float) (2 * Math.PI) / frequency;
            float factor = (float) llama3.factor();
            if (wavelength > llama3.originalPositions() / llama3.lowFrequencyFactor()) {
                return frequency / factor;
            }
            if (wavelength < llama3.originalPositions() / llama3.highFrequencyFactor()) {
                return frequency;
            }
            float smooth = (llama3.originalPositions() / wavelength - (float) llama3.lowFrequencyFactor())
                    / (float) (llama3.highFrequencyFactor() - llama3.lowFrequencyFactor());
            return (1 - smooth) * frequency / factor + smooth * frequency;
        }
        return frequency;
    }
}
