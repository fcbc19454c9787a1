package org.ieengine.cli.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.ieengine.cli.report.RunDocument;

/**
 * The shortest names that tell runs apart: the model where every run has its own, or else the data, or both, or else as many last
 * parts of the directories as are needed.
 */
final class RunNames {
    private RunNames() {}

    /**
     * Names in the order of the runs.
     *
     * @param directories of the runs, absolute, each different
     */
    static List<String> of(List<Path> directories, List<RunDocument> runs) {
        List<String> models = runs.stream().map(RunDocument::modelName).toList();
        if (distinct(models)) {
            return models;
        }
        List<String> data = runs.stream().map(RunDocument::sequencesName).toList();
        if (distinct(data)) {
            return data;
        }
        List<String> both =
                runs.stream().map(r -> r.modelName() + ", " + r.sequencesName()).toList();
        if (distinct(both)) {
            return both;
        }
        int longest = directories.stream().mapToInt(Path::getNameCount).max().orElseThrow();
        for (int parts = 1; parts <= longest; parts++) {
            List<String> ends = ends(directories, parts);
            if (distinct(ends)) {
                return ends;
            }
        }
        return directories.stream().map(Path::toString).toList();
    }

    private static List<String> ends(List<Path> directories, int parts) {
        List<String> ends = new ArrayList<>();
        for (Path directory : directories) {
            int count = directory.getNameCount();
            ends.add(
                    count == 0
                            ? directory.toString()
                            : directory
                                    .subpath(Math.max(0, count - parts), count)
                                    .toString());
        }
        return ends;
    }

    private static boolean distinct(List<String> names) {
        return new HashSet<>(names).size() == names.size();
    }
}
