package org.ieengine.engine.ie;

import java.util.Set;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Weights with one tensor's elements changed as they are read. */
final class PlantedWeights implements ModelWeights {
    /** What an element becomes. */
    interface Change {
        float of(StoredTensor tensor, long element);
    }

    private final ModelWeights original;
    private final String name;
    private final Change change;

    PlantedWeights(ModelWeights original, String name, Change change) {
        this.original = original;
        this.name = name;
        this.change = change;
    }

    static float element(StoredTensor tensor, long element) {
        float[] value = new float[1];
        tensor.read(element, value, 0, 1);
        return value[0];
    }

    @Override
    public ModelConfig config() {
        return original.config();
    }

    @Override
    public Set<String> names() {
        return original.names();
    }

    @Override
    public StoredTensor tensor(String wanted) {
        StoredTensor tensor = original.tensor(wanted);
        return wanted.equals(name) ? new Planted(tensor) : tensor;
    }

    @Override
    public void close() {}

    private final class Planted implements StoredTensor {
        private final StoredTensor tensor;

        Planted(StoredTensor tensor) {
            this.tensor = tensor;
        }

        @Override
        public String name() {
            return tensor.name();
        }

        @Override
        public ElementType type() {
            // Its elements are given in float32, whatever the original is stored in.
            return ElementType.F32;
        }

        @Override
        public long[] shape() {
            return tensor.shape();
        }

        @Override
        public long elements() {
            return tensor.elements();
        }

        @Override
        public void read(long first, float[] target, int offset, int count) {
            for (int i = 0; i < count; i++) {
                target[offset + i] = change.of(tensor, first + i);
            }
        }

        @Override
        public void read(long first, double[] target, int offset, int count) {
            for (int i = 0; i < count; i++) {
                target[offset + i] = change.of(tensor, first + i);
            }
        }

        @Override
        public void read(long first, long[] target, int offset, int count) {
            throw new UnsupportedOperationException("weights are no integers");
        }
    }
}
