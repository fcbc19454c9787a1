package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.output.Figures;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.dataset.Perturbation;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenData;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;

/** {@code dataset perturb}: token sequences damaged at a rate. */
final class PerturbDataset {
    private final Arguments arguments;
    private final DatasetOutput output;
    private final Console console;
    private final Path weights;
    private final Perturbation.Kind by;
    private final double rate;

    PerturbDataset(Arguments arguments, DatasetOutput output, Console console) {
        this.arguments = arguments;
        this.output = output;
        this.console = console;
        this.weights = Arguments.path("--weights", arguments.required("weights"));
        arguments.required("by");
        this.by = Perturbation.Kind.valueOf(arguments
                .choice("by", "shuffle", "replace", "repeat")
                .orElseThrow()
                .toUpperCase(Locale.ROOT));
        this.rate = rate(arguments.required("rate"));
    }

    private static double rate(String value) {
        try {
            double rate = Double.parseDouble(value.strip());
            if (rate >= 0 && rate <= 1) {
                return rate;
            }
        } catch (NumberFormatException fault) {
            throw new UsageException("--rate", "'" + value + "' is not a number", fault);
        }
        throw new UsageException("--rate", value + " is out of range: from 0 to 1");
    }

    void make() {
        try (ModelDirectory model = ModelDirectory.open(weights);
                Tokenizer tokenizer = Tokenizers.open(weights)) {
            Sequences sequences = Sequences.of(arguments, model.config(), console.in());
            TokenData data = sequences.read(model, console, arguments.has("quiet"));
            data.warnings().forEach(console::warn);
            requireText(data.tokens(), tokenizer, sequences.source().file());
            boolean bos = arguments.has("bos") || startsWithBos(data.tokens(), model.config());
            int[] ordinary = Arrays.stream(tokenizer.ordinaryIds())
                    .filter(id -> id < model.config().vocabulary())
                    .toArray();
            TokenMatrix damaged =
                    new Perturbation(by, rate, bos, DatasetDetails.seed(arguments)).apply(data.tokens(), ordinary);
            ObjectNode details = details(sequences, data, bos);
            DatasetDetails.tokenizer(details, weights, tokenizer);
            output.write(new DatasetContent(
                    damaged,
                    true,
                    WindowsDataset.decoded(damaged, tokenizer),
                    new DatasetContent.About(List.of(), details, summary(data, bos))));
        }
    }

    private static boolean startsWithBos(TokenMatrix tokens, ModelConfig model) {
        if (model.bosTokenId().isEmpty() || tokens.tokens() == 1) {
            return false;
        }
        for (int sequence = 0; sequence < tokens.sequences(); sequence++) {
            if (tokens.id(sequence, 0) != model.bosTokenId().getAsInt()) {
                return false;
            }
        }
        return true;
    }

    /** Ids of a file can be the model's without being the tokenizer's. */
    private void requireText(TokenMatrix tokens, Tokenizer tokenizer, String file) {
        for (int id : tokens.ids()) {
            if (id >= tokenizer.vocabulary()) {
                throw new InputException(
                        file,
                        "",
                        "holds the id " + id + ", for which the tokenizer in " + weights + " has no text: it has 0 to "
                                + (tokenizer.vocabulary() - 1));
            }
        }
    }

    private ObjectNode details(Sequences sequences, TokenData data, boolean bos) {
        ObjectNode details = DatasetDetails.none();
        DatasetDetails.options(details, arguments)
                .put("by", by.name().toLowerCase(Locale.ROOT))
                .put("rate", rate)
                .put("tokens", data.tokens().tokens())
                .put("field", arguments.text("field").orElse(null))
                .put("cut", arguments.text("cut").orElse("start"))
                .put("bos", bos);
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("read", data.counts().read());
        counts.put("available", data.counts().available());
        DatasetDetails.source(details, sequences.source().file(), data.sha256(), counts);
        DatasetDetails.skipped(details, data.counts().skipped());
        return details;
    }

    private List<String> summary(TokenData data, boolean bos) {
        int places = data.tokens().tokens() - (bos ? 1 : 0);
        String done =
                switch (by) {
                    case SHUFFLE -> " tokens of each sequence in another order";
                    case REPLACE -> " tokens of each sequence replaced by random ones";
                    case REPEAT -> " tokens of each sequence replaced by one of its own";
                };
        return List.of(
                Sequences.counts(data),
                Figures.count(Math.round(rate * places)) + " of " + Figures.count(places) + done
                        + (bos ? "; the beginning-of-sequence token stays" : ""),
                "the texts need not tokenise back: measure with --token-ids " + output.tokenIdsFile());
    }
}
