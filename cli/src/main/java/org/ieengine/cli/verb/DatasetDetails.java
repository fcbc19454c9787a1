package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.text.SequenceSettings;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;

/** What the kinds of data sets have in common: how options are read, and the keys of {@code dataset.json} that say where one comes from. */
final class DatasetDetails {
    private static final long STANDARD_SAMPLES = 300_000;

    private DatasetDetails() {}

    /** Most sequences; {@link SequenceSettings#ALL} for no limit. */
    static long samples(Arguments arguments) {
        return arguments.text("samples").filter("all"::equals).isPresent()
                ? SequenceSettings.ALL
                : arguments.integer64("samples", 1, Integer.MAX_VALUE).orElse(STANDARD_SAMPLES);
    }

    static long seed(Arguments arguments) {
        return arguments.integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0);
    }

    /** The options that change what is drawn, to be filled in. */
    static ObjectNode options(ObjectNode details, Arguments arguments) {
        ObjectNode options = details.put("seed", seed(arguments)).putObject("options");
        long samples = samples(arguments);
        return samples == SequenceSettings.ALL ? options.put("samples", "all") : options.put("samples", samples);
    }

    /** The file or list that it was made of. */
    static void source(ObjectNode details, String path, String sha256, Map<String, Long> counts) {
        ObjectNode source = details.putObject("source").put("path", path).put("sha256", sha256);
        counts.forEach(source::put);
    }

    /** What was left out, by reason. */
    static void skipped(ObjectNode details, Map<String, Long> reasons) {
        ObjectNode skipped = details.putObject("skipped");
        reasons.forEach(skipped::put);
    }

    /** The tokenizer that made the ids. */
    static void tokenizer(ObjectNode details, Path weights, Tokenizer tokenizer) {
        details.putObject("tokenizer")
                .put("path", weights.toString())
                .put("sha256", Tokenizers.sha256(weights))
                .put("description", tokenizer.description())
                .put("vocabulary", tokenizer.vocabulary());
    }

    /** No details yet. */
    static ObjectNode none() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Refuses sequences that are longer than the model takes, naming the option that makes them so. */
    static void requirePositions(String option, int tokens, ModelConfig model) {
        if (tokens > model.maxPositions()) {
            throw new UsageException(
                    option,
                    "sequences of " + tokens + " tokens are beyond the " + model.maxPositions()
                            + " positions of the model");
        }
    }

    /** Refuses ids that the model has not, naming one and its text. */
    static void requireIds(TokenMatrix tokens, Tokenizer tokenizer, Path weights, ModelConfig model) {
        for (int id : tokens.ids()) {
            if (id >= model.vocabulary()) {
                throw new InputException(
                        weights.toString(),
                        "",
                        "the tokenizer gives '" + tokenizer.token(id).replaceAll("\\p{Cntrl}", "?") + "' the id " + id
                                + ", but the model has only the ids 0 to " + (model.vocabulary() - 1)
                                + "; the tokenizer is not the one that the model was trained with");
            }
        }
    }
}
