package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Warnings, and everything that is known of how the numbers came about. */
record ProvenanceSection(RunDocument run) {
    Markup html() {
        Markup html = new Markup().open("section", "id", "warnings").element("h2", "Warnings");
        if (run.warnings().isEmpty()) {
            html.element("p", "None.");
        } else {
            html.open("ul", "class", "warnings");
            run.warnings().forEach(text -> html.element("li", text));
            html.close();
        }
        html.close().line();
        html.open("section", "id", "provenance").element("h2", "Settings and provenance");
        html.open("div", "class", "provenance");
        for (String part : List.of("settings", "model", "data", "engine", "timings")) {
            group(html, part, run.json().path(part));
        }
        return html.close().close().line();
    }

    /** Name and value of everything in an object, under a heading; nothing when it is empty. */
    static void group(Markup html, String part, JsonNode object) {
        List<String[]> entries = new ArrayList<>();
        flatten("", object, entries);
        if (entries.isEmpty()) {
            return;
        }
        html.open("div").element("h3", part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1));
        html.open("dl");
        for (String[] entry : entries) {
            html.element("dt", entry[0]).element("dd", entry[1]);
        }
        html.close().close().line();
    }

    private static void flatten(String name, JsonNode node, List<String[]> entries) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field -> flatten(
                            name.isEmpty() ? words(field.getKey()) : name + ", " + words(field.getKey()),
                            field.getValue(),
                            entries));
        } else if (node.isArray()) {
            List<String> elements = new ArrayList<>();
            node.forEach(element -> elements.add(written(element)));
            entries.add(new String[] {name, elements.isEmpty() ? "none" : String.join(", ", elements)});
        } else if (!node.isMissingNode()) {
            boolean seconds = name.endsWith(" seconds") && node.isNumber();
            entries.add(
                    seconds
                            ? new String[] {name.substring(0, name.length() - " seconds".length()), written(node) + " s"
                            }
                            : new String[] {name, written(node)});
        }
    }

    private static String words(String key) {
        return key.replace('_', ' ');
    }

    /** As it was given, so that it can be copied; fractions to four decimals unless they are small. */
    private static String written(JsonNode node) {
        if (node.isNull()) {
            return "–";
        }
        if (node.isBoolean()) {
            return node.asBoolean() ? "yes" : "no";
        }
        if (node.isFloatingPointNumber() && Math.abs(node.asDouble()) >= 0.01) {
            return NumberText.plain(node.asDouble());
        }
        return node.isValueNode() ? node.asText() : node.toString();
    }
}
