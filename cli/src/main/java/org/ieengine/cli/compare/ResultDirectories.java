package org.ieengine.cli.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.ieengine.loaders.JsonFile;

/**
 * Reads the results of the directories to be compared. A directory of an experiment stands for its points, each a run
 * with its critics.
 */
public final class ResultDirectories {
    /** The document of an experiment, beside the directory of its points. */
    private static final String EXPERIMENT = "experiment.json";

    private static final String POINTS = "points";

    /** End of the name of a point that holds the critics of the point named before it. */
    private static final String CRITIC = "-critic";

    /** What critics and the run that they belong to have in common. */
    private static final String[][] SAME = {
        {"data", "sha256"}, {"data", "used"}, {"data", "tokens"}, {"model", "weights_sha256"}
    };

    private ResultDirectories() {}

    /**
     * Reads them and gives each a name.
     *
     * @throws UsageException when they are fewer than two runs, or one is named twice
     * @throws InputException when a directory holds no results, or results of another version
     */
    public static List<NamedRun> read(List<Path> directories) {
        Map<Path, Place> places = new LinkedHashMap<>();
        for (Path directory : directories) {
            for (Place place : places(directory)) {
                if (places.put(real(place.run), place) != null) {
                    throw new UsageException(place.run.toString(), "named twice: every run is compared once");
                }
            }
        }
        if (places.size() < 2) {
            throw new UsageException(
                    "DIR", "a comparison needs the directories of at least two runs, found " + places.size());
        }
        List<RunDocument> documents =
                places.values().stream().map(ResultDirectories::document).toList();
        List<String> names = RunNames.of(List.copyOf(places.keySet()), documents);
        List<NamedRun> named = new ArrayList<>();
        for (Place place : places.values()) {
            int i = named.size();
            named.add(NamedRun.of(names.get(i), place.run.toString(), documents.get(i)));
        }
        return named;
    }

    /**
     * Where a run is.
     *
     * @param run its directory
     * @param critics directories that hold the critics of the same run; experiments measure them apart
     */
    private record Place(Path run, List<Path> critics) {}

    /** The directory itself, or the points of an experiment in the order of their names. */
    private static List<Place> places(Path directory) {
        if (Files.exists(directory.resolve(ResultFiles.RESULTS)) || !Files.exists(directory.resolve(EXPERIMENT))) {
            return List.of(new Place(directory, List.of()));
        }
        Path points = directory.resolve(POINTS);
        List<Path> all;
        try (Stream<Path> entries = Files.list(points)) {
            all = entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException fault) {
            throw FileFault.reading(points.toString(), fault);
        }
        if (all.isEmpty()) {
            throw new InputException(points.toString(), "", "holds no points: the experiment has not measured any");
        }
        List<Place> places = new ArrayList<>();
        for (Path point : all) {
            String name = point.getFileName().toString();
            boolean ofAnother = name.endsWith(CRITIC)
                    && all.contains(point.resolveSibling(name.substring(0, name.length() - CRITIC.length())));
            if (!ofAnother) {
                Path critic = point.resolveSibling(name + CRITIC);
                places.add(new Place(point, all.contains(critic) ? List.of(critic) : List.of()));
            }
        }
        return places;
    }

    private static RunDocument document(Place place) {
        ObjectNode results = results(place.run);
        for (Path critic : place.critics) {
            ObjectNode more = results(critic);
            for (String[] key : SAME) {
                JsonNode here = results.path(key[0]).path(key[1]);
                JsonNode there = more.path(key[0]).path(key[1]);
                if (!here.equals(there)) {
                    throw new InputException(
                            critic.resolve(ResultFiles.RESULTS).toString(),
                            key[0] + "." + key[1],
                            "found " + there + ", expected " + here + " as in the run that these critics belong to");
                }
            }
            append(results, more, "layers");
            append(results, more, "warnings");
            append(results.path("settings"), more.path("settings"), "estimator");
            results.path("controls")
                    .properties()
                    .forEach(control ->
                            append(control.getValue(), more.path("controls").path(control.getKey()), "layers"));
        }
        return RunDocument.read(results);
    }

    /** Adds the elements of a list of one document to that of another. */
    private static void append(JsonNode results, JsonNode more, String list) {
        if (results.path(list) instanceof ArrayNode here && more.path(list) instanceof ArrayNode there) {
            here.addAll(there);
        }
    }

    private static Path real(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException fault) {
            throw FileFault.reading(directory.toString(), fault);
        }
    }

    private static ObjectNode results(Path directory) {
        Path file = directory.resolve(ResultFiles.RESULTS);
        if (!Files.exists(file)) {
            throw new InputException(
                    file.toString(),
                    "",
                    "there is none: expected a directory that measure has finished (--resume finishes it)");
        }
        JsonNode json = JsonFile.readObject(file);
        JsonNode format = json.path("format");
        if (!format.isTextual() || !format.asText().equals(ResultJson.FORMAT)) {
            String found = format.isMissingNode() ? "none" : format.toString();
            throw new InputException(
                    file.toString(), "format", "found " + found + ", expected \"" + ResultJson.FORMAT + "\"");
        }
        if (json.path("layers").isEmpty()) {
            throw new InputException(file.toString(), "layers", "found no row, expected those of at least one block");
        }
        return (ObjectNode) json;
    }
}
