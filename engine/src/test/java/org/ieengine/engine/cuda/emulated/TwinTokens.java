package org.ieengine.engine.cuda.emulated;

import java.util.Set;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Weights in which tokens 2k and 2k + 1 have one embedding. */
record TwinTokens(ModelWeights original) implements ModelWeights {
    @Override
    public ModelConfig config() {
        return original.config();
    }

    @Override
    public Set<String> names() {
        return original.names();
    }

    @Override
    public StoredTensor tensor(String name) {
        StoredTensor tensor = original.tensor(name);
        return name.equals("embed_tokens.weight") ? new Twins(tensor, (int) tensor.shape()[1]) : tensor;
    }

    @Override
    public void close() {
        original.close();
    }

    private record Twins(StoredTensor original, int width) implements StoredTensor {
        @Override
        public String name() {
            return original.name();
        }

        @Override
        public ElementType type() {
            return ElementType.F32;
        }

        @Override
        public long[] shape() {
            return original.shape();
        }

        @Override
        public long elements() {
            return original.elements();
        }

        @Override
        public void read(long first, float[] target, int offset, int count) {
            for (int i = 0; i < count; i++) {
                long row = (first + i) / width & ~1L;
                original.read(row * width + (first + i) % width, target, offset + i, 1);
            }
        }

        @Override
        public void read(long first, double[] target, int offset, int count) {
            throw new UnsupportedOperationException("weights are read as float32");
        }

        @Override
        public void read(long first, long[] target, int offset, int count) {
            throw new UnsupportedOperationException("weights are read as float32");
        }
    }
}
