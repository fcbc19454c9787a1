package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ieengine.cli.experiment.ExperimentJson;
import org.ieengine.cli.experiment.ExperimentResult;
import org.ieengine.cli.experiment.Finding;
import org.ieengine.cli.experiment.PointResult;

/** The page of an experiment: one HTML file that opens without a network, and its figures as SVG files. */
public final class ExperimentPage {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String LEGEND =
            "Dashed: the exact value, from token ids alone. Discs: the model seen through noise (σ as in the table). Squares:"
                    + " its untrained twin. Diamonds: shuffled sequences. Triangles: the critic where one was trained."
                    + " Pointing at a sign shows its number.";

    private ExperimentPage() {}

    /** The figures by name, each a complete SVG document. */
    public static Map<String, String> figures(ExperimentResult result) {
        Map<String, String> files = new LinkedHashMap<>();
        ExperimentFigures.of(result).all().forEach(figure -> files.put(figure.name(), figure.file()));
        return files;
    }

    /** The file {@code report.html}, to be written as UTF-8. */
    public static String html(ExperimentResult result) {
        Markup html = new Markup();
        lead(html, result);
        figures(html, result);
        html.open("section", "id", "numbers").element("h2", "All numbers");
        html.element(
                "p",
                "In bits. A click on a heading sorts by its column; experiment.csv holds every noise level too.",
                "class",
                "hint");
        html.add(new ExperimentRows(result).summary());
        html.open("details").element("summary", "Every leading row, with its terms");
        html.add(new ExperimentRows(result).every()).close().close().line();
        provenance(html, result);
        reading(html);
        return PageFrame.html("Information Emergence: " + result.kind().title(), html);
    }

    private static void lead(Markup html, ExperimentResult result) {
        html.open("header");
        html.element("p", "Information Emergence: experiment " + result.kind().label(), "class", "kicker");
        html.element("h1", result.kind().title());
        html.open("p", "class", "facts");
        String between = "";
        for (String fact : facts(result)) {
            html.text(between).element("span", fact, "class", "whole");
            between = " · ";
        }
        html.close().close().line();
        html.open("section", "class", "lead", "id", "findings");
        html.element("p", result.kind().summary());
        html.open("div", "class", "provenance");
        for (Finding.Part part : Finding.Part.values()) {
            List<Finding> findings = result.findings().stream()
                    .filter(finding -> finding.part() == part)
                    .toList();
            if (!findings.isEmpty()) {
                html.open("div").element("h3", part.heading());
                findings.forEach(finding -> html.element("p", finding.text()));
                html.close().line();
            }
        }
        html.close().close().line();
    }

    private static List<String> facts(ExperimentResult result) {
        List<String> facts = new ArrayList<>();
        result.origin()
                .models()
                .forEach(model -> facts.add(RunDocument.lastPart(model.origin().path()) + ", "
                        + NumberText.shortCount(model.origin().parameters()) + " parameters, " + model.layers()
                        + " blocks of width " + model.width()));
        PointResult first = result.points().get(0);
        facts.add("N = " + NumberText.count(first.run().data().used()) + " sequences");
        facts.add("T = " + NumberText.count(first.run().data().tokens()) + " tokens");
        facts.add(MINUTE.format(result.timing().finished()));
        facts.add("ie-engine " + result.origin().engine().version());
        return facts;
    }

    private static void figures(Markup html, ExperimentResult result) {
        ExperimentFigures figures = ExperimentFigures.of(result);
        html.open("section", "id", "figures").element("h2", "Figures").element("p", LEGEND);
        Figures leading = new Figures("figures");
        figures.leading().forEach(figure -> leading.add(figure.large(), figure.title(), null));
        html.add(leading.html());
        if (!figures.many().isEmpty()) {
            Figures many = new Figures("figures many");
            figures.many().forEach(figure -> many.add(figure.small(), figure.title(), null));
            html.add(many.html());
        }
        html.close().line();
    }

    private static void provenance(Markup html, ExperimentResult result) {
        html.open("section", "id", "warnings").element("h2", "Warnings");
        if (result.origin().warnings().isEmpty()) {
            html.element("p", "None.");
        } else {
            html.open("ul", "class", "warnings");
            result.origin().warnings().forEach(text -> html.element("li", text));
            html.close();
        }
        html.close().line();
        ObjectNode document = ExperimentJson.document(result, List.of());
        html.open("section", "id", "provenance").element("h2", "Settings and provenance");
        html.open("div", "class", "provenance");
        ProvenanceSection.group(html, "settings", document.path("settings"));
        document.path("models").forEach(model -> ProvenanceSection.group(html, "model", model));
        ProvenanceSection.group(html, "engine", document.path("engine"));
        ProvenanceSection.group(html, "timings", document.path("timings"));
        html.close().close().line();
    }

    private static void reading(Markup html) {
        html.open("section", "id", "reading", "class", "prose").element("h2", "How to read this page");
        paragraph(
                html,
                "Three layers.",
                "Exact IE is counted from token ids: it belongs to the sequences and is the same for every model that keeps"
                        + " its states apart. IE seen through noise has the geometry of the states in it, without training. A"
                        + " critic adds what a small network of limited budget can separate.");
        paragraph(
                html,
                "Controls.",
                "The untrained twin has the model's shapes and random weights; shuffled sequences hold the same tokens in"
                        + " random order. What they show too is not due to learning, or not to order.");
        paragraph(
                html,
                "Next token.",
                "P is what the state of the whole sequence tells of the token that really comes next beyond the state of its"
                        + " last token alone, read through the model's own head. IE counts what states keep apart; P what a"
                        + " model has learned.");
        paragraph(
                html,
                "N.",
                "Values near the ceiling depend on the number of sequences. All points of this page have the same number"
                        + " unless their table says otherwise.");
        html.close().line();
    }

    private static void paragraph(Markup html, String topic, String text) {
        html.open("p").element("strong", topic).text(" " + text).close().line();
    }
}
