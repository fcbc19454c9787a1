package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.output.TextTable;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;

/** Says what a model directory holds, from its headers alone. */
final class Inspect implements Verb {
    /** Value of the key {@code format} of the JSON document. */
    static final String FORMAT = "ie-engine/inspect/1";

    @Override
    public String name() {
        return "inspect";
    }

    @Override
    public String synopsis() {
        return "DIR [options]";
    }

    @Override
    public String summary() {
        return "A model directory: family, shapes, parameters, dtypes, tokenizer, memory needed; warnings. Reads headers only.";
    }

    @Override
    public OptionTable options() {
        return OptionTable.of(OptionGroup.of("Output", SharedOptions.JSON, SharedOptions.VERBOSE, SharedOptions.HELP));
    }

    @Override
    public void run(Arguments arguments, Console console) {
        if (arguments.words().size() != 1) {
            throw arguments.words().isEmpty()
                    ? new UsageException("DIR", "required: the model directory")
                    : new UsageException(arguments.words().get(1), "unexpected word: one directory is expected");
        }
        Path directory = Arguments.path("DIR", arguments.words().get(0));
        try (ModelDirectory model = ModelDirectory.open(directory)) {
            List<String> warnings = new ArrayList<>(model.warnings());
            String tokenizer = tokenizer(directory, model.config(), warnings);
            DefaultRun run = DefaultRun.of(model);
            if (arguments.has("json")) {
                JsonOutput.print(document(model, tokenizer, run, warnings), console.out());
            } else {
                console.out().print(table(model, tokenizer, run, warnings));
            }
        }
    }

    private static String tokenizer(Path directory, ModelConfig config, List<String> warnings) {
        try (Tokenizer tokenizer = Tokenizers.open(directory)) {
            if (tokenizer.vocabulary() > config.vocabulary()) {
                warnings.add("the tokenizer can give " + Figures.count(tokenizer.vocabulary()) + " ids, the model has "
                        + Figures.count(config.vocabulary()));
            }
            return tokenizer.description() + ", " + Figures.count(tokenizer.vocabulary()) + " ids";
        } catch (InputException fault) {
            warnings.add("no tokenizer can be used: " + fault.getMessage());
            return "";
        }
    }

    private static String dtypes(ModelDirectory model) {
        return model.elementsByType().entrySet().stream()
                .map(entry -> entry.getKey() + " " + Figures.count(entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String table(ModelDirectory model, String tokenizer, DefaultRun run, List<String> warnings) {
        ModelConfig config = model.config();
        TextTable table = new TextTable()
                .row("directory", model.directory().toString())
                .row("family", config.family())
                .row("blocks", Figures.count(config.layers()))
                .row("width d", Figures.count(config.width()));
        ModelShape.of(config).forEach((name, value) -> table.row(name, value));
        table.row("vocabulary", Figures.count(config.vocabulary()))
                .row("positions", Figures.count(config.maxPositions()))
                .row("output head", config.tiedHead() ? "tied to the token embedding" : "its own")
                .row(
                        "first token (--bos)",
                        config.bosTokenId().isPresent()
                                ? "id " + config.bosTokenId().getAsInt()
                                : "none named")
                .row("parameters", Figures.count(model.parameters()))
                .row("dtypes", dtypes(model))
                .row(
                        "weight files",
                        model.weightFiles().size() + ", " + Figures.bytes(model.parameterBytes()) + " of parameters")
                .row("tokenizer", tokenizer.isEmpty() ? "none that can be used" : tokenizer)
                .row("memory needed", run.sentence());
        warnings.forEach(warning -> table.row("warning", warning));
        return table.toString();
    }

    private static ObjectNode document(ModelDirectory model, String tokenizer, DefaultRun run, List<String> warnings) {
        ModelConfig config = model.config();
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT);
        root.put("path", model.directory().toString());
        root.put("family", config.family());
        root.put("layers", config.layers());
        root.put("d", config.width());
        root.put("vocab", config.vocabulary());
        root.put("positions", config.maxPositions());
        root.put("tied_head", config.tiedHead());
        root.put(
                "bos_token_id",
                config.bosTokenId().isPresent() ? config.bosTokenId().getAsInt() : null);
        root.put("parameters", model.parameters());
        root.put("parameter_bytes", model.parameterBytes());
        ObjectNode dtypes = root.putObject("dtypes");
        for (Map.Entry<ElementType, Long> entry : model.elementsByType().entrySet()) {
            dtypes.put(entry.getKey().name(), entry.getValue());
        }
        root.put("tokenizer", tokenizer.isEmpty() ? null : tokenizer);
        ObjectNode rows = root.putObject("shapes");
        ModelShape.of(config).forEach(rows::put);
        root.putObject("memory_needed")
                .put("sequences", DefaultRun.SEQUENCES)
                .put("tokens", run.tokens())
                .put("host_bytes", run.hostBytes())
                .put("heap_bytes", run.heapBytes());
        ArrayNode list = root.putArray("warnings");
        warnings.forEach(list::add);
        return root;
    }
}
