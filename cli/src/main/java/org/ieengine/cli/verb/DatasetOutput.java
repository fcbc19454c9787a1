package org.ieengine.cli.verb;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.BuildStamp;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.engine.ie.DirectoryLock;
import org.ieengine.engine.ie.ExactBits;
import org.ieengine.engine.ie.OutputFiles;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.dataset.Dropped;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.ieengine.loaders.text.TokenMatrix;

/** Writes the files of a data set and says what is in them. */
final class DatasetOutput {
    private static final String FORMAT = "ie-engine/dataset/1";
    private static final String SENTENCES = "sentences.jsonl";
    private static final String DOCUMENT = "dataset.json";
    private static final String TOKEN_IDS_FILE = "token_ids.safetensors";
    private static final String TOKEN_IDS = "token_ids";
    private static final int BATCH = 4096;

    private final DatasetKind kind;
    private final Arguments arguments;
    private final Console console;
    private final Path directory;

    DatasetOutput(DatasetKind kind, Arguments arguments, Console console) {
        this.kind = kind;
        this.arguments = arguments;
        this.console = console;
        this.directory = arguments.path("out").orElse(Path.of("ie-dataset-" + kind.word()));
    }

    /** Shows how far some work has come. */
    DatasetProgress progress(String work) {
        return new DatasetProgress(console, work, arguments.has("quiet"));
    }

    /** Where token ids will lie. */
    Path tokenIdsFile() {
        return directory.resolve(TOKEN_IDS_FILE);
    }

    /**
     * Writes everything, {@code dataset.json} last, and prints what it is.
     *
     * @throws org.ieengine.loaders.InputException when the directory cannot be written
     */
    void write(DatasetContent content) {
        ExactBits bits = ExactBits.of(content.symbols());
        ObjectNode document = document(content, bits);
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            OutputFiles.write(directory.resolve(SENTENCES), out -> writeSentences(content, out));
            if (content.tokenIds()) {
                writeTokenIds(content.symbols());
            } else {
                removeTokenIds();
            }
            OutputFiles.write(
                    directory.resolve(DOCUMENT),
                    out -> out.write(
                            new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(document)));
        } finally {
            lock.close();
        }
        print(content, bits, document);
    }

    private void writeSentences(DatasetContent content, OutputStream out) throws IOException {
        TokenMatrix symbols = content.symbols();
        DatasetProgress progress = progress("writing " + directory.resolve(SENTENCES));
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
            for (int from = 0; from < symbols.sequences(); from += BATCH) {
                int to = Math.min(symbols.sequences(), from + BATCH);
                List<String> texts = content.texts().of(from, to);
                for (int sequence = from; sequence < to; sequence++) {
                    json.writeStartObject();
                    json.writeStringField("text", texts.get(sequence - from));
                    if (content.tokenIds()) {
                        json.writeFieldName(TOKEN_IDS);
                        json.writeArray(symbols.ids(), sequence * symbols.tokens(), symbols.tokens());
                    }
                    json.writeEndObject();
                }
                progress.reached(to, to / (double) symbols.sequences());
            }
            json.writeRaw('\n');
        }
    }

    private void writeTokenIds(TokenMatrix tokens) {
        TensorDeclaration shape = TensorDeclaration.of(TOKEN_IDS, ElementType.I32, tokens.sequences(), tokens.tokens());
        SafetensorsWriter writer = SafetensorsWriter.create(tokenIdsFile(), List.of(shape), Map.of());
        boolean whole = false;
        try {
            long[] some = new long[BATCH];
            for (int from = 0; from < tokens.ids().length; from += BATCH) {
                int count = Math.min(BATCH, tokens.ids().length - from);
                for (int i = 0; i < count; i++) {
                    some[i] = tokens.ids()[from + i];
                }
                writer.write(TOKEN_IDS, from, some, 0, count);
            }
            whole = true;
        } finally {
            if (whole) {
                writer.close();
            } else {
                writer.discard();
            }
        }
    }

    /** Those of an earlier run would belong to other sentences. */
    private void removeTokenIds() {
        try {
            Files.deleteIfExists(tokenIdsFile());
        } catch (IOException fault) {
            throw FileFault.writing(tokenIdsFile().toString(), fault);
        }
    }

    private ObjectNode document(DatasetContent content, ExactBits bits) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("format", FORMAT).put("kind", kind.word());
        document.put("sequences", content.symbols().sequences())
                .put("tokens", content.symbols().tokens())
                .put("unit", content.tokenIds() ? "token" : "piece")
                .put("distinct", bits.distinct());
        ArrayNode dropped = document.putArray("dropped");
        content.about().dropped().stream().map(Dropped::entity).forEach(dropped::add);
        ObjectNode exact = document.putObject("exact");
        ArrayNode macro = exact.putArray("macro_bits");
        bits.macroBits().forEach(macro::add);
        ArrayNode micro = exact.putArray("micro_bits");
        bits.microBits().forEach(micro::add);
        exact.put("ie_bits", bits.ieBits());
        document.put("engine", BuildStamp.read().toString());
        document.setAll(content.about().details());
        return document;
    }

    private void print(DatasetContent content, ExactBits bits, ObjectNode document) {
        if (arguments.has("json")) {
            JsonOutput.print(document, console.out());
            return;
        }
        console.out()
                .println(directory + ": " + Figures.count(content.symbols().sequences()) + " sequences of "
                        + Figures.count(content.symbols().tokens()) + (content.tokenIds() ? " tokens, " : " pieces, ")
                        + Figures.count(bits.distinct()) + " distinct");
        content.about().summary().forEach(console.out()::println);
        console.out()
                .println("exact: macro " + Figures.decimals(bits.macroAtEnd(), 3) + " bits, mean micro "
                        + Figures.decimals(bits.meanMicroBits(), 3) + " bits, IE "
                        + Figures.decimals(bits.ieBits(), 3) + " bits");
    }
}
