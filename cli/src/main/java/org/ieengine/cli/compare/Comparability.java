package org.ieengine.cli.compare;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.report.Comparison;
import org.ieengine.cli.report.Measurement;
import org.ieengine.cli.report.NamedRun;

/** Finds in what runs differ, and says which differences keep their numbers from being comparable. */
public final class Comparability {
    private static final int NAMED = 6;
    private static final double SAME_BITS = 1e-9;
    private static final String ABSENT = "–";

    /** Parts of the results whose values stand side by side. */
    private static final List<String> PARTS = List.of("model", "data", "settings", "engine");

    private final List<NamedRun> runs;
    private final List<String> notes = new ArrayList<>();

    private Comparability(List<NamedRun> runs) {
        this.runs = runs;
    }

    /** The runs with what has to be said of them. */
    public static Comparison of(List<NamedRun> runs) {
        Comparability found = new Comparability(runs);
        found.say();
        return new Comparison(runs, found.notes, found.settings());
    }

    private void say() {
        differ(
                run -> number(run, "data", "used"),
                "numbers of sequences",
                "ceilings and everything near them grow with N, so bits cannot be compared across them; repeat with"
                        + " equal --samples");
        differ(
                run -> number(run, "data", "tokens"),
                "sequence lengths in tokens",
                "macro terms hold more for longer sequences, and IE averages over other tokens");
        data();
        tokenizers();
        differ(
                run -> text(run, "settings", "protocol"),
                "protocols",
                "the published one can read above the ceiling, the standard one cannot: their critics do not compare");
        estimators();
        differ(
                Comparability::relativeNoise,
                "noise levels (leading level over sqrt(2 d))",
                "IE at a resolution is comparable at one level only");
        differ(
                run -> text(run, "engine", "precision"),
                "precisions of matrix products",
                "rounding can make states coincide that float32 keeps apart");
        differ(run -> device(text(run, "engine", "device")), "devices", "last digits differ between devices");
        differ(run -> version(run), "versions of the program", "what an estimate does may have changed in between");
    }

    /** Adds a sentence when the values are not all the same. */
    private void differ(Function<NamedRun, String> value, String what, String consequence) {
        Map<String, List<String>> groups = groups(value);
        groups.remove(ABSENT);
        if (groups.size() > 1) {
            notes.add("The runs have different " + what + " (" + written(groups) + "): " + consequence + ".");
        }
    }

    private Map<String, List<String>> groups(Function<NamedRun, String> value) {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        for (NamedRun run : runs) {
            groups.computeIfAbsent(value.apply(run), v -> new ArrayList<>()).add(run.name());
        }
        return groups;
    }

    private static String written(Map<String, List<String>> groups) {
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, List<String>> group : groups.entrySet()) {
            List<String> names = group.getValue();
            String more = names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "";
            parts.add(group.getKey() + " in " + String.join(", ", names.subList(0, Math.min(NAMED, names.size())))
                    + more);
        }
        return String.join("; ", parts);
    }

    private void data() {
        Map<String, List<String>> files = groups(run -> text(run, "data", "sha256"));
        if (files.size() > 1) {
            notes.add("The runs were measured on different data ("
                    + written(groups(run ->
                            run.document().sequencesName() + ", SHA-256 " + shortened(text(run, "data", "sha256"))))
                    + "): exact values differ because of the data alone, whatever the models do.");
        } else if (sameCounts() && !sameCeilings()) {
            notes.add(
                    "The runs read the same file with equal N and T, but not the same token sequences (their exact values"
                            + " differ): another tokenizer, --seed, --cut or --bos.");
        }
    }

    private boolean sameCounts() {
        return groups(run -> number(run, "data", "used")).size() == 1
                && groups(run -> number(run, "data", "tokens")).size() == 1;
    }

    private boolean sameCeilings() {
        Measurement.Ceiling first = runs.get(0).document().measured().ceiling();
        return runs.stream()
                .map(run -> run.document().measured().ceiling())
                .allMatch(ceiling -> Math.abs(ceiling.macro() - first.macro()) < SAME_BITS
                        && Math.abs(ceiling.ie() - first.ie()) < SAME_BITS);
    }

    private void tokenizers() {
        Map<String, List<String>> known = groups(run -> shortened(text(run, "model", "tokenizer_sha256")));
        if (!known.containsKey(ABSENT)) {
            if (known.size() > 1) {
                notes.add("The runs have different tokenizers (SHA-256 " + written(known)
                        + "): T tokens are different stretches of text, and exact values differ on the same text.");
            }
            return;
        }
        Map<String, List<String>> kinds =
                groups(run -> text(run, "model", "family") + " with " + number(run, "model", "vocab") + " tokens");
        if (kinds.size() > 1) {
            notes.add(
                    "The tokenizers of some runs are not known, and other families or vocabularies may have other ones ("
                            + written(kinds) + "): then T tokens are different stretches of text.");
        }
    }

    private void estimators() {
        Map<String, List<String>> sets = groups(run -> {
            Set<String> names = new TreeSet<>();
            run.document()
                    .measured()
                    .rows()
                    .forEach(row -> names.add(row.source().estimator()));
            return String.join(" + ", names);
        });
        if (sets.size() > 1) {
            notes.add("Not every run has every estimator (" + written(sets) + "): what a run lacks is left out.");
        }
    }

    /** Every value that a run gives, side by side. */
    private List<Comparison.Setting> settings() {
        List<Map<String, String>> flat = runs.stream().map(Comparability::flat).toList();
        Set<String> keys = new java.util.LinkedHashSet<>();
        flat.forEach(values -> keys.addAll(values.keySet()));
        return keys.stream()
                .map(key -> new Comparison.Setting(
                        key,
                        flat.stream()
                                .map(values -> values.getOrDefault(key, ABSENT))
                                .toList()))
                .toList();
    }

    private static Map<String, String> flat(NamedRun run) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : PARTS) {
            flatten(part + ": ", run.document().json().path(part), values);
        }
        return values;
    }

    private static void flatten(String name, JsonNode node, Map<String, String> values) {
        if (node.isObject()) {
            node.properties().forEach(field -> {
                String key = field.getKey().replace('_', ' ');
                flatten(name.endsWith(": ") ? name + key : name + ", " + key, field.getValue(), values);
            });
        } else if (node.isArray()) {
            List<String> elements = new ArrayList<>();
            node.forEach(element -> elements.add(element.isValueNode() ? element.asText() : element.toString()));
            values.put(name, String.join(", ", elements));
        } else if (!node.isMissingNode()) {
            values.put(name, node.isNull() ? ABSENT : node.asText());
        }
    }

    private static String relativeNoise(NamedRun run) {
        double noise = run.document().measured().leadingNoise();
        double width = run.document().json().path("model").path("d").asDouble(Double.NaN);
        return Double.isFinite(noise) && width > 0 ? Figures.decimals(noise / Math.sqrt(2 * width), 4) : ABSENT;
    }

    /** A device without what follows in brackets (library versions, threads). */
    private static String device(String device) {
        int bracket = device.indexOf(" (");
        return bracket < 0 ? device : device.substring(0, bracket);
    }

    private static String version(NamedRun run) {
        return text(run, "engine", "version") + " " + text(run, "engine", "commit");
    }

    private static String shortened(String sha256) {
        return sha256.length() > 8 ? sha256.substring(0, 8) : sha256;
    }

    private static String number(NamedRun run, String part, String key) {
        JsonNode node = run.document().json().path(part).path(key);
        return node.isNumber() ? Figures.count(node.asLong()) : ABSENT;
    }

    private static String text(NamedRun run, String part, String key) {
        String text = run.document().json().path(part).path(key).asText("");
        return text.isEmpty() || text.equals("null") ? ABSENT : text;
    }
}
