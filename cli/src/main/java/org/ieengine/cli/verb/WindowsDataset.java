package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.output.Figures;
import org.ieengine.loaders.dataset.TextWindows;
import org.ieengine.loaders.dataset.WindowCounts;
import org.ieengine.loaders.dataset.WindowSettings;
import org.ieengine.loaders.dataset.WindowSettings.Anchor;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.DataSource;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;

/** {@code dataset windows}: fixed-length windows at the edges of sentences. */
final class WindowsDataset {
    private static final int STANDARD_TOKENS = 8;
    private static final int MOST_TOKENS = 1 << 20;

    private final Arguments arguments;
    private final DatasetOutput output;
    private final Path weights;
    private final DataSource.Sentences source;
    private final WindowSettings settings;

    WindowsDataset(Arguments arguments, DatasetOutput output, Console console) {
        this.arguments = arguments;
        this.output = output;
        this.weights = Arguments.path("--weights", arguments.required("weights"));
        String data = arguments.required("data");
        Arguments.path("--data", data);
        if (DataSource.of(data, "") instanceof DataSource.TokenIds) {
            throw new UsageException("--data", "windows are cut from text, which " + data + " does not hold");
        }
        this.source = new DataSource.Sentences(data, arguments.text("field").orElse(""), console.in());
        this.settings = new WindowSettings(
                arguments.integer("tokens", 1, MOST_TOKENS).orElse(STANDARD_TOKENS),
                Anchor.valueOf(arguments
                        .choice("anchor", "start", "end")
                        .orElse("start")
                        .toUpperCase(Locale.ROOT)),
                without(arguments),
                arguments.has("distinct"),
                DatasetDetails.samples(arguments),
                DatasetDetails.seed(arguments));
    }

    private static String without(Arguments arguments) {
        String characters = arguments.characters("without").orElse(WindowSettings.PAPER_FILTER);
        return characters.equals("none") ? "" : characters;
    }

    void make() {
        ModelConfig model = ModelDirectory.readConfig(weights);
        DatasetDetails.requirePositions("--tokens", settings.tokens(), model);
        try (Tokenizer tokenizer = Tokenizers.open(weights)) {
            TextWindows.Result windows =
                    TextWindows.read(source, tokenizer, settings, output.progress("reading " + source.file()));
            TokenMatrix tokens = windows.tokens();
            DatasetDetails.requireIds(tokens, tokenizer, weights, model);
            output.write(new DatasetContent(
                    tokens,
                    true,
                    decoded(tokens, tokenizer),
                    new DatasetContent.About(
                            List.of(), details(windows, tokenizer), List.of(summary(windows.counts())))));
        }
    }

    /** Texts of token ids, made when they are written. */
    static DatasetContent.Texts decoded(TokenMatrix tokens, Tokenizer tokenizer) {
        return (from, to) -> tokenizer.decode(
                IntStream.range(from, to).mapToObj(tokens::sequence).toList());
    }

    private ObjectNode details(TextWindows.Result windows, Tokenizer tokenizer) {
        ObjectNode details = DatasetDetails.none();
        WindowCounts counts = windows.counts();
        DatasetDetails.options(details, arguments)
                .put("tokens", settings.tokens())
                .put("field", arguments.text("field").orElse(null))
                .put("anchor", settings.anchor().name().toLowerCase(Locale.ROOT))
                .put("without", settings.without())
                .put("distinct", settings.distinct());
        DatasetDetails.source(
                details,
                source.file(),
                windows.sha256(),
                Map.of("read", counts.texts(), "sentences", counts.anchors(), "available", counts.available()));
        DatasetDetails.skipped(details, counts.skipped());
        DatasetDetails.tokenizer(details, weights, tokenizer);
        return details;
    }

    private String summary(WindowCounts counts) {
        String edges = settings.anchor() == Anchor.START ? " sentence starts" : " sentence ends";
        String barred =
                settings.without().isEmpty() ? "" : Figures.count(counts.filtered()) + " with a barred character, ";
        return "of " + Figures.count(counts.anchors()) + edges + " in " + Figures.count(counts.texts())
                + (counts.texts() == 1 ? " text: " : " texts: ") + Figures.count(counts.available())
                + " windows; left out " + barred
                + Figures.count(counts.tooShort()) + " too short, " + Figures.count(counts.notReversible())
                + " not reversible"
                + (settings.distinct() ? ", " + Figures.count(counts.repeated()) + " repeated" : "");
    }
}
