package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.output.Figures;
import org.ieengine.loaders.dataset.Dropped;
import org.ieengine.loaders.dataset.EntityList;
import org.ieengine.loaders.dataset.IclLists;
import org.ieengine.loaders.dataset.IclSettings;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;

/** {@code dataset icl}: lists of distinct entities. */
final class IclDataset {
    private final Arguments arguments;
    private final DatasetOutput output;
    private final IclSettings settings;
    private final String entities;

    IclDataset(Arguments arguments, DatasetOutput output) {
        this.arguments = arguments;
        this.output = output;
        this.entities = arguments.required("entities");
        Arguments.path("--entities", entities);
        arguments.required("shots");
        this.settings = new IclSettings(
                arguments.integer("shots", 1, 1 << 20).orElseThrow(),
                arguments.characters("separator").orElse(","),
                DatasetDetails.samples(arguments),
                DatasetDetails.seed(arguments));
    }

    void make() {
        Optional<Path> weights = arguments.path("weights");
        if (weights.isPresent()) {
            makeTokens(weights.get());
            return;
        }
        if (arguments.has("strict")) {
            throw new UsageException("--strict", "is of meaning to tokens, which need --weights");
        }
        EntityList list = EntityList.of(entities);
        IclLists lists = MeasureOptions.checked(() -> IclLists.inPieces(list, settings));
        ObjectNode details = details(list, lists);
        details.putNull("tokenizer");
        write(lists, list, lists.pieces(), details);
    }

    private void makeTokens(Path weights) {
        ModelConfig model = ModelDirectory.readConfig(weights);
        EntityList list = EntityList.of(entities);
        try (Tokenizer tokenizer = Tokenizers.open(weights)) {
            IclLists lists = MeasureOptions.checked(() -> IclLists.inTokens(list, settings, tokenizer));
            if (arguments.has("strict") && !lists.dropped().isEmpty()) {
                throw new UsageException(
                        "--strict",
                        "in " + entities + " most entities and their separator take " + tokens(lists.kept()) + ", not "
                                + lists.dropped().stream()
                                        .map(each -> each.entity() + " (" + tokens(each) + ")")
                                        .collect(Collectors.joining(", ")));
            }
            DatasetDetails.requirePositions("--shots", lists.tokens(), model);
            TokenMatrix tokens = lists.tokens(tokenizer, output.progress("tokenizing lists"));
            DatasetDetails.requireIds(tokens, tokenizer, weights, model);
            ObjectNode details = details(list, lists);
            DatasetDetails.tokenizer(details, weights, tokenizer);
            ArrayNode counts = details.putArray("dropped_tokens");
            lists.dropped().forEach(each -> counts.addObject()
                    .put("entity", each.entity())
                    .put("first", each.firstTokens())
                    .put("later", each.laterTokens()));
            write(lists, list, tokens, details);
        }
    }

    private ObjectNode details(EntityList list, IclLists lists) {
        ObjectNode details = DatasetDetails.none();
        DatasetDetails.options(details, arguments)
                .put("entities", entities)
                .put("shots", settings.shots())
                .put("separator", settings.separator())
                .put("strict", arguments.has("strict"));
        DatasetDetails.source(details, list.source(), list.sha256(), Map.of("read", (long)
                list.entities().size()));
        details.put("choices", lists.choices());
        ArrayNode kept = details.putArray("entities");
        lists.entities().forEach(kept::add);
        return details;
    }

    private void write(IclLists lists, EntityList list, TokenMatrix symbols, ObjectNode details) {
        boolean tokens = !details.path("tokenizer").isNull();
        List<String> summary = new ArrayList<>();
        summary.add(settings.shots() + " of " + lists.entities().size() + " entities of " + list.source() + ", "
                + (lists.choices().equals(BigInteger.valueOf(lists.sequences()))
                        ? "every ordered choice"
                        : "drawn from " + String.format(Locale.ROOT, "%,d", lists.choices()) + " ordered choices"));
        if (!tokens) {
            summary.add("each entity and each separator counts as one piece; give --weights to count tokens");
        }
        if (!lists.dropped().isEmpty()) {
            summary.add("dropped " + Figures.count(lists.dropped().size()) + ", not of " + tokens(lists.kept()) + ": "
                    + lists.dropped().stream()
                            .map(each -> each.entity() + " (" + tokens(each) + ")")
                            .collect(Collectors.joining(", ")));
        }
        output.write(new DatasetContent(
                symbols,
                tokens,
                (from, to) -> IntStream.range(from, to).mapToObj(lists::text).toList(),
                new DatasetContent.About(lists.dropped(), details, summary)));
    }

    private static String tokens(Dropped entity) {
        return entity.firstTokens()
                + (entity.firstTokens() == entity.laterTokens() ? "" : " first, " + entity.laterTokens() + " later")
                + " tokens";
    }
}
