package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.engine.ie.DirectoryLock;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.ie.Selection;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenData;

/** Writes hidden states of chosen blocks and positions to a safetensors file. */
final class Activations implements Verb {
    private static final String FORMAT = "ie-engine/activations/1";
    private static final String FILE = "activations.safetensors";

    @Override
    public String name() {
        return "activations";
    }

    @Override
    public String synopsis() {
        return "--weights DIR --data FILE [options]";
    }

    @Override
    public String summary() {
        return "Hidden states of sentences, streamed to DIR/" + FILE + ": hidden_states.0 (input of block 0) to"
                + " hidden_states.L (output of the last block, before the final norm), each [N,P,d] F32, and token_ids [N,T].";
    }

    @Override
    public OptionTable options() {
        return OptionTable.of(
                SharedOptions.INPUT,
                OptionGroup.of(
                        "What is written",
                        OptionSpec.value(
                                "layers", "all|LIST", "blocks, e.g. 0-3,11; block l writes states l and l+1", "all"),
                        OptionSpec.value("positions", "last|all|LIST", "token positions, P of them", "all"),
                        OptionSpec.flag("logits", "also logits [N,P,V] F32"),
                        SharedOptions.SEED),
                SharedOptions.MACHINE,
                OptionGroup.of(
                        "Output",
                        SharedOptions.OUT,
                        SharedOptions.JSON,
                        SharedOptions.QUIET,
                        SharedOptions.VERBOSE,
                        SharedOptions.HELP));
    }

    @Override
    public void run(Arguments arguments, Console console) {
        arguments.noWords();
        Path weights = Arguments.path("--weights", arguments.required("weights"));
        MemoryLimits limits = MeasureOptions.limits(arguments);
        Selection layers = MeasureOptions.selection(arguments, "layers", Selection.ALL);
        Selection positions = MeasureOptions.selection(arguments, "positions", Selection.ALL);
        DeviceChoice choice = DeviceChoice.of(arguments);
        try (ModelDirectory model = ModelDirectory.open(weights);
                ComputeDevice device = choice.open()) {
            ModelConfig config = model.config();
            List<Integer> blocks = MeasureOptions.checked(() -> layers.resolve(config.layers(), "--layers: block"));
            Sequences sequences = Sequences.of(arguments, config, console.in());
            model.warnings().forEach(console::warn);
            device.warnings().forEach(console::warn);
            TokenData data = sequences.read(model, console, arguments.has("quiet"));
            data.warnings().forEach(console::warn);
            int tokens = data.tokens().tokens();
            List<Integer> chosen = MeasureOptions.checked(() -> positions.resolve(tokens, "--positions: position"));
            ActivationFile.Content content =
                    new ActivationFile.Content(data.tokens(), blocks, chosen, arguments.has("logits"));
            Path directory =
                    arguments.path("out").orElseGet(() -> Sequences.standardDirectory(weights, sequences.source()));
            ActivationFile file = new ActivationFile(model, device.backend(), content, limits);
            Path target = directory.resolve(FILE);
            DirectoryLock lock = DirectoryLock.acquire(directory);
            try {
                file.write(target, new SweepProgress(console, arguments.has("quiet")));
            } finally {
                lock.close();
            }
            print(arguments.has("json"), console, target, content);
        }
    }

    private static void print(boolean json, Console console, Path target, ActivationFile.Content content) {
        if (!json) {
            console.out()
                    .println(target + ": " + Figures.count(content.tokens().sequences()) + " sequences, states "
                            + content.states() + ", positions " + content.positions());
            return;
        }
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT).put("path", target.toString());
        root.put("sequences", content.tokens().sequences())
                .put("tokens", content.tokens().tokens());
        content.states().forEach(root.putArray("states")::add);
        content.positions().forEach(root.putArray("positions")::add);
        root.put("logits", content.logits());
        JsonOutput.print(root, console.out());
    }
}
