package org.ieengine.cli.verb;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;

/** What {@code dataset} makes, and which of its options belong to it. */
enum DatasetKind {
    ICL("entities", "shots", "separator", "strict"),
    WINDOWS("data", "field", "tokens", "anchor", "without", "distinct"),
    PERTURB("data", "token-ids", "field", "tokens", "cut", "bos", "by", "rate");

    private static final Set<String> OF_ALL =
            Set.of("weights", "samples", "seed", "out", "json", "quiet", "verbose", "help");

    /** The table: one for all kinds. */
    static final OptionTable TABLE = OptionTable.of(
            OptionGroup.of(
                    "Model and texts",
                    OptionSpec.value(
                            "w",
                            "weights",
                            "DIR",
                            "Hugging Face model directory whose tokenizer makes the token ids; icl without it counts each"
                                    + " entity and each separator as one symbol",
                            "windows, perturb: required"),
                    OptionSpec.value(
                            "d",
                            "data",
                            "FILE",
                            "windows: running text, .txt (paragraphs, blank lines between them), .jsonl or .json (strings, or"
                                    + " objects with --field), - for standard input; perturb: sentences or token ids, as measure"
                                    + " reads them; any of them also as .gz",
                            "windows, perturb: required"),
                    OptionSpec.value(
                            "token-ids",
                            "FILE",
                            "perturb, in place of --data: a safetensors file with token_ids I32 or I64 [N,T]",
                            ""),
                    OptionSpec.value(
                            "field",
                            "NAME",
                            "windows, perturb: field of the JSON objects that holds the text; NAME.NAME goes through objects and"
                                    + " arrays, every string found is a text",
                            "text"),
                    OptionSpec.value(
                            "t",
                            "tokens",
                            "T",
                            "windows, perturb: sequence length in tokens",
                            "8; perturb of token ids: what they have"),
                    OptionSpec.value(
                            "n",
                            "samples",
                            "N|all",
                            "at most N sequences, drawn with the seed; icl: of every ordered choice of entities",
                            "300000"),
                    SharedOptions.SEED),
            OptionGroup.of(
                    "Lists (icl)",
                    OptionSpec.value(
                            "entities",
                            "country|animal|color|FILE",
                            "a built-in list, or a file with one entity a line",
                            "icl: required"),
                    OptionSpec.value("shots", "K", "entities of each list, none twice", "icl: required"),
                    OptionSpec.value(
                            "separator",
                            "TEXT",
                            "what follows each entity, the last one too; \\n, \\t, \\r and \\\\ are understood",
                            ","),
                    OptionSpec.flag(
                            "strict",
                            "refuse entities that take another number of tokens than most, instead of dropping them")),
            OptionGroup.of(
                    "Windows (windows)",
                    OptionSpec.value(
                            "anchor",
                            "start|end",
                            "windows that start where a sentence starts, or that end where one ends",
                            "start"),
                    OptionSpec.value(
                            "without",
                            "CHARS",
                            "characters that no window may hold, none for no filter; \\n, \\t, \\r and \\\\ are understood",
                            ":\\n?-;"),
                    OptionSpec.flag("distinct", "keep each token sequence once")),
            OptionGroup.of(
                    "Perturbation (perturb)",
                    OptionSpec.value(
                            "by",
                            "shuffle|replace|repeat",
                            "tokens change places, become random ones, or all become one of the sequence's",
                            "perturb: required"),
                    OptionSpec.value(
                            "rate",
                            "R",
                            "share of the tokens of each sequence that this happens to, 0 to 1",
                            "perturb: required"),
                    OptionSpec.value(
                            "cut", "start|end|windows", "which T tokens of a longer sentence, as in measure", "start"),
                    OptionSpec.flag("bos", "put the model's beginning-of-sequence token first; it always stays there")),
            OptionGroup.of(
                    "Output",
                    OptionSpec.value(
                            "out",
                            "DIR",
                            "where the files go; created when it is missing, files are replaced atomically",
                            "ie-dataset-<kind>"),
                    SharedOptions.JSON,
                    SharedOptions.QUIET,
                    SharedOptions.VERBOSE,
                    SharedOptions.HELP));

    private final Set<String> own;

    DatasetKind(String... own) {
        this.own = Set.of(own);
    }

    /** Its word on the command line. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The kind that the command line names, with options of this kind alone.
     *
     * @throws UsageException when no kind or more is named, or for an option of another kind
     */
    static DatasetKind of(Arguments arguments) {
        String kinds = Arrays.stream(values()).map(DatasetKind::word).collect(Collectors.joining(", "));
        List<String> words = arguments.words();
        if (words.isEmpty()) {
            throw new UsageException("dataset", "a kind is missing: one of " + kinds);
        }
        DatasetKind kind = Arrays.stream(values())
                .filter(each -> each.word().equals(words.get(0)))
                .findFirst()
                .orElseThrow(() -> new UsageException(words.get(0), "no kind of data set; there are " + kinds));
        if (words.size() > 1) {
            throw new UsageException(words.get(1), "unexpected word: an option starts with --");
        }
        for (OptionSpec option : TABLE.options()) {
            if (arguments.has(option.name()) && !OF_ALL.contains(option.name()) && !kind.own.contains(option.name())) {
                throw new UsageException(
                        "--" + option.name(),
                        "is no option of dataset " + kind.word() + " but of "
                                + Arrays.stream(values())
                                        .filter(each -> each.own.contains(option.name()))
                                        .map(DatasetKind::word)
                                        .collect(Collectors.joining(" and ")));
            }
        }
        return kind;
    }
}
