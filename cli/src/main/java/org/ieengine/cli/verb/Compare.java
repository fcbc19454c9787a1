package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.Console;
import org.ieengine.cli.compare.Comparability;
import org.ieengine.cli.compare.ComparisonCsv;
import org.ieengine.cli.compare.ComparisonJson;
import org.ieengine.cli.compare.ComparisonText;
import org.ieengine.cli.compare.ResultDirectories;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.report.ComparePage;
import org.ieengine.cli.report.Comparison;
import org.ieengine.engine.ie.DirectoryLock;
import org.ieengine.engine.ie.OutputFiles;
import org.ieengine.loaders.FileFault;

/** Several results side by side: a table, CSV, JSON, a page and figures. Reads results only, computes nothing anew. */
final class Compare implements Verb {
    static final String TABLE = "compare.csv";
    static final String DOCUMENT = "compare.json";
    static final String PAGE = "compare.html";
    static final String FIGURES = "figures";

    private static final String STANDARD_DIRECTORY = "ie-compare";
    private static final OptionTable OPTIONS = OptionTable.of(
            OptionGroup.of(
                    "Results",
                    OptionSpec.value(
                            "out",
                            "DIR",
                            "where the comparison goes; created when it is missing, files are replaced atomically",
                            STANDARD_DIRECTORY)),
            SharedOptions.TALK);

    @Override
    public String name() {
        return "compare";
    }

    @Override
    public String synopsis() {
        return "DIR DIR... [options]";
    }

    @Override
    public String summary() {
        return "Several results of measure (or the points of an experiment) side by side: table, CSV, JSON, one page, figures;"
                + " says what keeps their numbers from being comparable.";
    }

    @Override
    public OptionTable options() {
        return OPTIONS;
    }

    @Override
    public void run(Arguments arguments, Console console) {
        List<Path> directories = arguments.words().stream()
                .map(word -> Arguments.path("DIR", word))
                .toList();
        Comparison comparison = Comparability.of(ResultDirectories.read(directories));
        Path out = arguments.path("out").orElse(Path.of(STANDARD_DIRECTORY));
        ObjectNode document = ComparisonJson.document(comparison);
        String page = ComparePage.html(comparison);
        Map<String, String> figures = ComparePage.figures(comparison);
        DirectoryLock lock = DirectoryLock.acquire(out);
        try {
            write(out.resolve(TABLE), ComparisonCsv.of(comparison));
            write(out.resolve(DOCUMENT), document.toPrettyString() + "\n");
            Path drawings = out.resolve(FIGURES);
            create(drawings);
            figures.forEach((name, drawing) -> write(drawings.resolve(name), drawing));
            write(out.resolve(PAGE), page);
        } finally {
            lock.close();
        }
        comparison.notes().forEach(console::warn);
        if (arguments.has("json")) {
            JsonOutput.print(document, console.out());
        } else {
            console.out().print(ComparisonText.of(comparison));
        }
        if (!arguments.has("quiet")) {
            console.message("comparison: " + out.resolve(PAGE) + ", " + TABLE + ", " + DOCUMENT + "; figures: "
                    + out.resolve(FIGURES) + " (" + figures.size() + ")");
        }
    }

    private static void write(Path file, String text) {
        OutputFiles.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException fault) {
            throw FileFault.writing(directory.toString(), fault);
        }
    }
}
