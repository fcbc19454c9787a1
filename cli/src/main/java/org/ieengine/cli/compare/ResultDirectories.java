package org.ieengine.cli.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.report.NamedRun;
import org.ieengine.cli.report.RunDocument;
import org.ieengine.engine.ie.ResultFiles;
import org.ieengine.engine.ie.ResultJson;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/** Reads the results of the directories to be compared. A directory of an experiment stands for its points, each a run. */
public final class ResultDirectories {
    /** The document of an experiment, beside the directory of its points. */
    private static final String EXPERIMENT = "experiment.json";

    private static final String POINTS = "points";
    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultDirectories() {}

    /**
     * Reads them and gives each a name.
     *
     * @throws UsageException when they are fewer than two runs, or one is named twice
     * @throws InputException when a directory holds no results, or results of another version
     */
    public static List<NamedRun> read(List<Path> directories) {
        Map<Path, Path> places = new LinkedHashMap<>();
        for (Path directory : directories) {
            for (Path run : runs(directory)) {
                if (places.put(real(run), run) != null) {
                    throw new UsageException(run.toString(), "named twice: every run is compared once");
                }
            }
        }
        if (places.size() < 2) {
            throw new UsageException(
                    "DIR", "a comparison needs the directories of at least two runs, found " + places.size());
        }
        List<Path> runs = List.copyOf(places.values());
        List<RunDocument> documents =
                runs.stream().map(ResultDirectories::document).toList();
        List<String> names = RunNames.of(List.copyOf(places.keySet()), documents);
        List<NamedRun> named = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            named.add(NamedRun.of(names.get(i), runs.get(i).toString(), documents.get(i)));
        }
        return named;
    }

    /** The directory itself, or the points of an experiment in the order of their names. */
    private static List<Path> runs(Path directory) {
        if (Files.exists(directory.resolve(ResultFiles.RESULTS)) || !Files.exists(directory.resolve(EXPERIMENT))) {
            return List.of(directory);
        }
        Path points = directory.resolve(POINTS);
        try (Stream<Path> entries = Files.list(points)) {
            List<Path> runs = entries.filter(Files::isDirectory).sorted().toList();
            if (runs.isEmpty()) {
                throw new InputException(points.toString(), "", "holds no points: the experiment has not measured any");
            }
            return runs;
        } catch (IOException fault) {
            throw FileFault.reading(points.toString(), fault);
        }
    }

    private static Path real(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException fault) {
            throw FileFault.reading(directory.toString(), fault);
        }
    }

    private static RunDocument document(Path directory) {
        Path file = directory.resolve(ResultFiles.RESULTS);
        if (!Files.exists(file)) {
            throw new InputException(
                    file.toString(),
                    "",
                    "there is none: expected a directory that measure has finished (--resume finishes it)");
        }
        JsonNode json;
        try {
            json = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException fault) {
            throw new InputException(
                    file.toString(),
                    fault.getLocation() == null
                            ? ""
                            : "line " + fault.getLocation().getLineNr(),
                    "is not JSON: "
                            + fault.getOriginalMessage().lines().findFirst().orElse(""),
                    fault);
        } catch (IOException fault) {
            throw FileFault.reading(file.toString(), fault);
        }
        JsonNode format = json.path("format");
        if (!format.isTextual() || !format.asText().equals(ResultJson.FORMAT)) {
            String found = format.isMissingNode() ? "none" : format.toString();
            throw new InputException(
                    file.toString(), "format", "found " + found + ", expected \"" + ResultJson.FORMAT + "\"");
        }
        RunDocument document = RunDocument.read(json);
        if (document.measured().rows().isEmpty()) {
            throw new InputException(file.toString(), "layers", "found no row, expected those of at least one block");
        }
        return document;
    }
}
