package org.ieengine.loaders.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.JsonFile;

/**
 * Typed and checked access to the keys of {@code config.json}. A key that is absent has the default of the model's class in
 * {@code transformers}; a value of the wrong type or out of range is refused with a sentence.
 */
final class ConfigFile {
    private final String path;
    private final JsonNode root;
    private final List<String> warnings = new ArrayList<>();

    ConfigFile(Path path, byte[] bytes) {
        this.path = path.toString();
        this.root = JsonFile.parseObject(path, bytes);
    }

    /** The value of a key; null when absent or JSON null. */
    JsonNode value(String key) {
        JsonNode node = root.get(key);
        return node == null || node.isNull() ? null : node;
    }

    boolean isNull(String key) {
        return root.has(key) && root.get(key).isNull();
    }

    InputException fault(String key, String finding) {
        return new InputException(path, key, finding);
    }

    void warn(String warning) {
        warnings.add(path + ": " + warning);
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** A whole number from 1 on; absent: the default; null: refused. */
    int size(String key, int absent) {
        if (isNull(key)) {
            throw fault(key, "found null, expected a whole number from 1 on");
        }
        return sizeOrElse(key, absent);
    }

    /** A whole number from 1 on; absent or null: the default. */
    int sizeOrElse(String key, int otherwise) {
        JsonNode node = value(key);
        if (node == null) {
            return otherwise;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
            throw fault(key, "found " + JsonFile.described(node) + ", expected a whole number from 1 to 2^31 - 1");
        }
        return node.intValue();
    }

    /** A token id from 0 on; empty when null; absent: the default. */
    OptionalInt tokenId(String key, int absent) {
        JsonNode node = value(key);
        if (node == null) {
            return isNull(key) ? OptionalInt.empty() : OptionalInt.of(absent);
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
            throw fault(key, "found " + JsonFile.described(node) + ", expected a token id: a whole number from 0 on");
        }
        return OptionalInt.of(node.intValue());
    }

    /** true or false; absent or null: the default. */
    boolean flag(String key, boolean otherwise) {
        JsonNode node = value(key);
        if (node == null) {
            return otherwise;
        }
        if (!node.isBoolean()) {
            throw fault(key, "found " + JsonFile.described(node) + ", expected true or false");
        }
        return node.booleanValue();
    }

    /** A finite number above 0; absent: the default; null: refused. */
    double positive(String key, double absent) {
        if (isNull(key)) {
            throw fault(key, "found null, expected a number above 0");
        }
        JsonNode node = value(key);
        return node == null ? absent : positive(key, node);
    }

    /** A finite number above 0, or 0 for null; absent: the default. */
    double positiveOrNone(String key, double absent) {
        return isNull(key) ? 0 : positive(key, absent);
    }

    /** That value as a finite number above 0; {@code place} is where it stands. */
    double positive(String place, JsonNode node) {
        if (node == null || !node.isNumber() || !Double.isFinite(node.doubleValue()) || !(node.doubleValue() > 0)) {
            throw fault(
                    place,
                    (node == null ? "not found" : "found " + JsonFile.described(node))
                            + ", expected a finite number above 0");
        }
        return node.doubleValue();
    }

    /** A string; absent or null: the default. */
    String text(String key, String otherwise) {
        JsonNode node = value(key);
        if (node == null) {
            return otherwise;
        }
        if (!node.isTextual()) {
            throw fault(key, "found " + JsonFile.described(node) + ", expected a string");
        }
        return node.textValue();
    }

    /** An epsilon as float32: a finite number above 0 that does not vanish in float32. */
    float epsilon(String key, double absent) {
        float epsilon = (float) positive(key, absent);
        if (epsilon == 0 || Float.isInfinite(epsilon)) {
            throw fault(key, "found " + value(key).asText() + ", expected a number that float32 can hold");
        }
        return epsilon;
    }

    /** A soft cap; 0 for none. */
    double softCap(String key, double absent) {
        return positiveOrNone(key, absent);
    }

    /** Refuses a key that is set to something else than its neutral value. */
    void refuseUnless(boolean neutral, String key, String meaning) {
        if (!neutral) {
            throw fault(key, "found " + JsonFile.described(root.get(key)) + ": " + meaning + " is not computed here");
        }
    }

    /** The activation that a key names; absent or null: the default. */
    ActivationFunction activation(String key, ActivationFunction otherwise) {
        String name = text(key, null);
        if (name == null) {
            return otherwise;
        }
        return switch (name) {
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate" -> ActivationFunction.GELU_TANH;
            case "gelu", "gelu_python" -> ActivationFunction.GELU_ERF;
            case "quick_gelu" -> ActivationFunction.GELU_QUICK;
            case "relu" -> ActivationFunction.RELU;
            case "relu2" -> ActivationFunction.RELU_SQUARED;
            case "silu", "swish" -> ActivationFunction.SILU;
            case "tanh" -> ActivationFunction.TANH;
            case "sigmoid" -> ActivationFunction.SIGMOID;
            case "linear" -> ActivationFunction.IDENTITY;
            default ->
                throw fault(
                        key,
                        "found the activation '" + name + "', expected one of gelu_new, gelu_pytorch_tanh, gelu_fast,"
                                + " gelu_accurate, gelu, gelu_python, quick_gelu, relu, relu2, silu, swish, tanh, sigmoid,"
                                + " linear");
        };
    }
}
