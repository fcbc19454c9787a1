package org.ieengine.loaders.model;

import com.fasterxml.jackson.databind.JsonNode;
import org.ieengine.loaders.JsonFile;

/**
 * Reads base frequency and scaling of the rotary embedding: {@code rope_theta} and {@code rope_scaling}, or both in
 * {@code rope_parameters}, as newer configurations have them.
 */
final class RopeReader {
    private static final String PARAMETERS = "rope_parameters";

    private RopeReader() {}

    /** Rope of a model that has one for all blocks. */
    static Rope read(ConfigFile file, double absentTheta) {
        JsonNode parameters = parameters(file);
        if (parameters != null) {
            return ofParameters(file, PARAMETERS, parameters, file.positive("rope_theta", absentTheta));
        }
        return new Rope(
                file.positive("rope_theta", absentTheta), scaling(file, "rope_scaling", file.value("rope_scaling")));
    }

    /** Rope of the blocks with full attention, where others have their own. */
    static Rope readGlobal(ConfigFile file, double absentTheta) {
        JsonNode parameters = parameters(file);
        if (parameters == null || !parameters.path("full_attention").isObject()) {
            return read(file, absentTheta);
        }
        return ofParameters(
                file,
                PARAMETERS + ".full_attention",
                parameters.get("full_attention"),
                file.positive("rope_theta", absentTheta));
    }

    /** Rope of the blocks with a window, where others have their own; never scaled by {@code rope_scaling}. */
    static Rope readLocal(ConfigFile file, double absentTheta) {
        double theta = file.positive("rope_local_base_freq", absentTheta);
        JsonNode parameters = parameters(file);
        if (parameters == null || !parameters.path("sliding_attention").isObject()) {
            return new Rope(theta, new Rope.Unscaled());
        }
        return ofParameters(file, PARAMETERS + ".sliding_attention", parameters.get("sliding_attention"), theta);
    }

    private static JsonNode parameters(ConfigFile file) {
        JsonNode parameters = file.value(PARAMETERS);
        if (parameters != null && !parameters.isObject()) {
            throw file.fault(PARAMETERS, "found " + JsonFile.described(parameters) + ", expected an object");
        }
        return parameters;
    }

    private static Rope ofParameters(ConfigFile file, String place, JsonNode parameters, double otherwiseTheta) {
        JsonNode partial = parameters.get("partial_rotary_factor");
        if (partial != null && !(partial.isNumber() && partial.doubleValue() == 1)) {
            throw file.fault(
                    place + ".partial_rotary_factor",
                    "found " + JsonFile.described(partial) + ": rotation of a part of each head is not computed here");
        }
        double theta = parameters.has("rope_theta")
                ? file.positive(place + ".rope_theta", parameters.get("rope_theta"))
                : otherwiseTheta;
        boolean typed = parameters.has("rope_type") || parameters.has("type");
        return new Rope(theta, typed ? scaling(file, place, parameters) : new Rope.Unscaled());
    }

    private static Rope.Scaling scaling(ConfigFile file, String place, JsonNode scaling) {
        if (scaling == null) {
            return new Rope.Unscaled();
        }
        if (!scaling.isObject()) {
            throw file.fault(place, "found " + JsonFile.described(scaling) + ", expected an object or null");
        }
        JsonNode type = scaling.has("rope_type") ? scaling.get("rope_type") : scaling.path("type");
        return switch (type.asText("")) {
            case "default" -> new Rope.Unscaled();
            case "linear" -> new Rope.Linear(file.positive(place + ".factor", scaling.get("factor")));
            case "llama3" -> llama3(file, place, scaling);
            default ->
                throw file.fault(
                        place + ".rope_type",
                        "found " + JsonFile.described(type) + ", expected one of default, linear, llama3: other ways of"
                                + " stretching the rotary embedding are not computed here");
        };
    }

    private static Rope.Llama3 llama3(ConfigFile file, String place, JsonNode scaling) {
        double low = file.positive(place + ".low_freq_factor", scaling.get("low_freq_factor"));
        double high = file.positive(place + ".high_freq_factor", scaling.get("high_freq_factor"));
        if (high <= low) {
            throw file.fault(
                    place + ".high_freq_factor", "found " + high + ", expected more than low_freq_factor, " + low);
        }
        JsonNode original = scaling.path("original_max_position_embeddings");
        if (!original.isIntegralNumber() || !original.canConvertToInt() || original.intValue() < 1) {
            throw file.fault(
                    place + ".original_max_position_embeddings",
                    "found " + JsonFile.described(original) + ", expected a whole number from 1 on");
        }
        return new Rope.Llama3(file.positive(place + ".factor", scaling.get("factor")), low, high, original.intValue());
    }
}
