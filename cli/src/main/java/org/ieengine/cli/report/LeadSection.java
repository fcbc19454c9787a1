package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Title and lead: the exact ceiling and exact IE first, then what resolution and critic add to them, in sentences. */
record LeadSection(RunDocument run) {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** The least difference in bits that two decimals show. */
    private static final double SHOWN = 0.005;

    Markup html() {
        Markup html = new Markup();
        html.open("header");
        html.element("p", "Information Emergence", "class", "kicker");
        html.element("h1", run.modelName());
        html.open("p", "class", "facts");
        String between = "";
        for (String fact : facts()) {
            html.text(between).element("span", fact, "class", "whole");
            between = " · ";
        }
        html.close();
        html.close().line();
        html.open("section", "class", "lead", "id", "lead");
        exact(html);
        resolution(html);
        critics(html);
        return html.close().line();
    }

    private List<String> facts() {
        JsonNode model = run.json().path("model");
        JsonNode engine = run.json().path("engine");
        List<String> facts = new ArrayList<>();
        facts.add(run.sequencesName());
        facts.add("N = " + NumberText.count(run.sequences()) + " sequences");
        double distinct = JsonFields.number(run.json().path("data"), "distinct");
        if (Double.isFinite(distinct)) {
            facts.add(NumberText.count(distinct) + " distinct");
        }
        facts.add("T = " + NumberText.count(run.tokens()) + " tokens");
        if (model.path("layers").isNumber()) {
            facts.add(JsonFields.text(model, "family", "transformer") + ", "
                    + NumberText.count(JsonFields.number(model, "layers")) + " blocks of width "
                    + NumberText.count(JsonFields.number(model, "d")));
        }
        String finished = JsonFields.text(run.json().path("timings"), "finished", "");
        if (!finished.isEmpty()) {
            facts.add(MINUTE.format(Instant.parse(finished)));
        }
        facts.add("ie-engine " + JsonFields.text(engine, "version", "of unknown version"));
        return facts;
    }

    private void exact(Markup html) {
        Measurement measured = run.measured();
        Measurement.Ceiling ceiling = measured.ceiling();
        double micro = ceiling.macro() - ceiling.ie();
        if (!Double.isFinite(ceiling.ie())) {
            html.element(
                    "p",
                    "These results hold no exact ceiling: no number below can be judged against what is possible.");
            return;
        }
        if (Double.isFinite(micro)) {
            html.open("dl", "class", "sum");
            term(html, "", ceiling.macro(), "ceiling: bits in the whole sequence");
            term(html, "−", micro, "mean over its tokens, each alone");
            term(html, "=", ceiling.ie(), "bits of exact IE, blocks 1 and later");
            html.close();
        }
        html.open("p").text("The exact Information Emergence is ");
        html.element("strong", NumberText.bits(ceiling.ie()) + " bits");
        html.text(
                " at every block from 1 on. It follows from the token ids alone: the state at the end of a sequence can carry "
                        + "at most " + NumberText.bits(ceiling.macro())
                        + " bits (the ceiling), its tokens fed one by one carry "
                        + NumberText.bits(micro)
                        + " bits on average, and any model that keeps different sequences apart has exactly "
                        + "these values.");
        double first = measured.exactIe(0, measured.lastPosition());
        if (Double.isFinite(first)) {
            html.text(" At block 0, whose input knows only its own token, it is " + NumberText.bits(first) + " bits.");
        }
        html.close();
    }

    private static void term(Markup html, String sign, double bits, String meaning) {
        html.open("div");
        html.element("dt", meaning);
        html.element("dd", (sign.isEmpty() ? "" : sign + " ") + NumberText.bits(bits));
        html.close();
    }

    private void resolution(Markup html) {
        Measurement measured = run.measured();
        double noise = measured.leadingNoise();
        Map<Integer, LayerEntry> rows = measured.resolution(noise, measured.lastPosition());
        if (rows.isEmpty()) {
            return;
        }
        html.open("p").text("At a resolution of " + NumberText.sigma(noise) + ", IE is ");
        html.element("strong", range(rows) + " bits").text(" " + blocks(rows) + ".");
        for (Measurement control : run.controls()) {
            html.text(" " + controlName(control) + ": " + range(control.resolution(noise, control.lastPosition()))
                    + " bits.");
        }
        if (run.controls().stream().anyMatch(c -> c.name().equals("untrained"))) {
            html.text(" Only what the untrained twin does not show can be due to learning.");
        } else {
            html.text(" No untrained twin was measured ");
            html.element("span", "(--controls untrained)", "class", "whole");
            html.text(": how much of this is due to learning cannot be told from this page.");
        }
        html.close();
    }

    private void critics(Markup html) {
        Measurement measured = run.measured();
        for (LayerEntry.Source critic : measured.critics()) {
            Map<Integer, LayerEntry> rows = measured.critic(critic, measured.lastPosition());
            double[] shares = rows.values().stream()
                    .mapToDouble(r -> r.macro().share())
                    .filter(Double::isFinite)
                    .toArray();
            long above =
                    rows.values().stream().filter(r -> r.macro().aboveCeiling()).count();
            html.open("p");
            if (critic.published()) {
                html.text("The published protocol (" + critic.estimator() + ", for comparison only) reports IE of "
                        + range(rows) + " bits " + blocks(rows) + ".");
            } else if (!critic.bound()) {
                html.text("Read by " + critic.label() + ", which is no bound, the critic gives IE of " + range(rows)
                        + " bits " + blocks(rows) + ".");
            } else {
                html.text("The critic (" + critic.label() + ") reads IE of " + range(rows) + " bits " + blocks(rows));
                html.text(
                        shares.length == 0
                                ? "."
                                : " and, of the whole sequence, " + NumberText.percentRange(shares)
                                        + " of the ceiling: what a network of this size and budget can use.");
                if (rows.values().stream().anyMatch(r -> r.ie().bits() > r.exactIe() + SHOWN)) {
                    html.text(" IE above its exact value means that its micro terms fall short of theirs.");
                }
            }
            if (above > 0) {
                html.text(" ")
                        .element(
                                "strong",
                                above + " of " + rows.size()
                                        + (rows.size() == 1 ? " value lies" : " values lie")
                                        + " above the ceiling: an error of the estimate, not information.",
                                "class",
                                "alarm");
            }
            html.close();
        }
    }

    /** Where the values of the rows, keyed by block, were measured. */
    private static String blocks(Map<Integer, LayerEntry> rows) {
        return rows.size() == 1 ? "at block " + rows.keySet().iterator().next() : "across the blocks measured";
    }

    static String controlName(Measurement control) {
        return switch (control.name()) {
            case "untrained" -> "The untrained twin";
            case "shuffled" -> "Shuffled sequences";
            default -> control.name();
        };
    }

    private static String range(Map<Integer, LayerEntry> rows) {
        return NumberText.range(
                rows.values().stream().mapToDouble(r -> r.ie().bits()).toArray());
    }
}
