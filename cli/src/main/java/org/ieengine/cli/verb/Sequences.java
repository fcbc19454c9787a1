package org.ieengine.cli.verb;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.Cut;
import org.ieengine.loaders.text.DataSource;
import org.ieengine.loaders.text.Progress;
import org.ieengine.loaders.text.SequenceCounts;
import org.ieengine.loaders.text.SequenceSettings;
import org.ieengine.loaders.text.TokenData;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;

/**
 * The sequences that {@code --data} or {@code --token-ids} and their companions name.
 *
 * @param source where they come from
 * @param settings how they are cut and drawn
 * @param options the same by option name, for provenance
 */
record Sequences(DataSource source, SequenceSettings settings, Map<String, Object> options) {
    private static final long STANDARD_SAMPLES = 300_000;
    private static final int MOST_TOKENS = 1 << 20;

    /**
     * Reads the options; opens no data yet.
     *
     * @throws UsageException naming the option that is missing, out of range, or too long for the model
     */
    static Sequences of(Arguments arguments, ModelConfig model, InputStream standardInput) {
        return of(arguments, model, source(arguments, standardInput), STANDARD_SAMPLES);
    }

    /** The same for a source that is known, with at most {@code standard} sequences unless asked for. */
    static Sequences of(Arguments arguments, ModelConfig model, DataSource source, long standard) {
        OptionalInt tokens = arguments.integer("tokens", 1, MOST_TOKENS);
        if (tokens.isPresent()) {
            requirePositions(tokens.getAsInt(), model);
        }
        Cut cut = Cut.valueOf(arguments
                .choice("cut", "start", "end", "windows")
                .orElse("start")
                .toUpperCase(Locale.ROOT));
        boolean all = arguments.text("samples").filter("all"::equals).isPresent();
        long samples = all
                ? SequenceSettings.ALL
                : arguments.integer64("samples", 1, Integer.MAX_VALUE).orElse(standard);
        long seed = arguments.integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0);
        int bos = arguments.has("bos") ? bos(model, tokens) : SequenceSettings.NO_BOS;
        SequenceSettings settings = new SequenceSettings(
                tokens.orElse(SequenceSettings.DEFAULT_TOKENS), cut, samples, seed, bos, model.vocabulary());
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("cut", cut.name().toLowerCase(Locale.ROOT));
        options.put("samples", all ? "all" : samples);
        options.put("field", arguments.text("field").orElse(null));
        options.put("bos", arguments.has("bos"));
        return new Sequences(source, settings, options);
    }

    /** What {@code --data} or {@code --token-ids} names; opens nothing yet. */
    static DataSource source(Arguments arguments, InputStream standardInput) {
        arguments.exclusive("data", "token-ids");
        arguments.exclusive("field", "token-ids");
        if (arguments.has("token-ids")) {
            return DataSource.tokenIds(Arguments.path("--token-ids", arguments.required("token-ids")));
        }
        String data = arguments
                .text("data")
                .orElseThrow(() ->
                        new UsageException("--data", "required: -d, --data FILE with sentences, or --token-ids FILE"));
        boolean ids = data.toLowerCase(Locale.ROOT).endsWith(".safetensors");
        if (ids) {
            return DataSource.tokenIds(Arguments.path("--data", data));
        }
        Arguments.path("--data", data);
        return new DataSource.Sentences(data, arguments.text("field").orElse(""), standardInput);
    }

    private static int bos(ModelConfig model, OptionalInt tokens) {
        if (tokens.isPresent() && tokens.getAsInt() == 1) {
            throw new UsageException("--bos", "takes the only token of --tokens 1; give at least 2");
        }
        return model.bosTokenId()
                .orElseThrow(() -> new UsageException(
                        "--bos", "config.json of the model names no bos_token_id; leave the option out"));
    }

    private static void requirePositions(int tokens, ModelConfig model) {
        if (tokens > model.maxPositions()) {
            throw new UsageException(
                    "--tokens", tokens + " is beyond the " + model.maxPositions() + " positions of the model");
        }
    }

    /**
     * Reads, tokenises and cuts them.
     *
     * @throws org.ieengine.loaders.InputException when they cannot be read or none is left
     * @throws UsageException when they are longer than the model's positions
     */
    TokenData read(ModelDirectory model, Console console, boolean quiet) {
        Progress progress = quiet ? Progress.SILENT : new ReadingProgress(console, source.file());
        TokenData data;
        if (source instanceof DataSource.Sentences) {
            try (Tokenizer tokenizer = Tokenizers.open(model.directory())) {
                data = TokenData.read(source, tokenizer, settings, progress);
            }
        } else {
            data = TokenData.read(source, null, settings, progress);
        }
        requirePositions(data.tokens().tokens(), model.config());
        return data;
    }

    /** Where they came from, for the result. */
    DataProvenance provenance(TokenData data) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("tokens", data.tokens().tokens());
        all.putAll(options);
        return new DataProvenance(
                source.file(),
                data.sha256(),
                data.counts().read(),
                data.counts().skipped(),
                all);
    }

    /** One line on what was read, skipped and used. */
    static String counts(TokenData data) {
        SequenceCounts counts = data.counts();
        return "read " + Figures.count(counts.read()) + ", skipped " + Figures.count(counts.tooShort())
                + " too short and "
                + Figures.count(counts.blank()) + " blank, used " + Figures.count(counts.used()) + " ("
                + Figures.count(counts.distinct()) + " distinct)";
    }

    /** The directory that results go to when none is named: {@code ie-<model>-<data>}. */
    static Path standardDirectory(Path model, DataSource source) {
        Path name = model.toAbsolutePath().normalize().getFileName();
        return Path.of("ie-" + (name == null ? "model" : name) + "-" + stem(source.file()));
    }

    private static String stem(String file) {
        if (file.equals(DataSource.STANDARD_INPUT)) {
            return "stdin";
        }
        Path name = Path.of(file).getFileName();
        String stem = name == null
                ? ""
                : name.toString().replaceFirst("(\\.(txt|jsonl|ndjson|json|safetensors))?(\\.gz)?$", "");
        return stem.isEmpty() ? "data" : stem;
    }
}
