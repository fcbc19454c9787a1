package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** The page of a comparison: one HTML file, offline, with the runs overlaid, and its figures as files. */
public final class ComparePage {
    private static final int NAMED = 8;

    private final Comparison comparison;
    private final Markup html = new Markup();

    private ComparePage(Comparison comparison) {
        this.comparison = comparison;
    }

    /**
     * Makes the page.
     *
     * @return the file {@code compare.html}, to be written as UTF-8
     */
    public static String html(Comparison comparison) {
        ComparePage page = new ComparePage(comparison);
        page.write();
        return PageFrame.html("Information Emergence: comparison of " + page.count() + " runs", page.html);
    }

    /**
     * Makes its figures.
     *
     * @return documents by file name, e.g. {@code resolution-by-block.svg}, to be written as UTF-8
     */
    public static Map<String, String> figures(Comparison comparison) {
        Map<String, String> files = new LinkedHashMap<>();
        for (CompareFigures.Drawn drawn : new CompareFigures(comparison).all()) {
            files.put(drawn.file() + ".svg", FigureFile.svg(drawn.drawing(), drawn.heading()));
        }
        return files;
    }

    private int count() {
        return comparison.runs().size();
    }

    private void write() {
        CompareFigures figures = new CompareFigures(comparison);
        CompareTables tables = new CompareTables(comparison);
        header();
        lead();
        html.open("section", "id", "runs").element("h2", "The runs");
        html.add(tables.runs()).close().line();
        section("blocks", "By block", "At the last position of each run.", figures.byBlock());
        section("positions", "By position", "Maps are on one scale.", figures.byPosition());
        section(
                "differences",
                "Against " + comparison.runs().get(0).name(),
                "The other runs less the first one named, at equal block numbers.",
                figures.differences());
        html.open("section", "id", "numbers").element("h2", "All numbers");
        html.element("p", "In bits. A click on a heading sorts by its column.", "class", "hint");
        html.add(tables.numbers()).close().line();
        settings(tables);
        warnings();
        reading();
    }

    private void header() {
        html.open("header").element("p", "Information Emergence", "class", "kicker");
        html.element("h1", count() + " runs side by side");
        html.open("p", "class", "facts");
        List<NamedRun> runs = comparison.runs();
        for (int i = 0; i < Math.min(NAMED, runs.size()); i++) {
            html.text(i == 0 ? "" : " · ").element("span", runs.get(i).name(), "class", "whole");
        }
        if (runs.size() > NAMED) {
            html.text(" and " + (runs.size() - NAMED) + " more");
        }
        html.close().close().line();
    }

    private void lead() {
        html.open("section", "class", "lead", "id", "lead");
        exact();
        atLastBlock("Seen at the leading noise level", b -> b.resolution().ie(), "IE at the last block measured");
        atLastBlock("Read by a critic", b -> b.critic().ie(), "IE at the last block measured");
        atLastBlock("For the next token", b -> b.predictive().bits(), "P at the last block measured");
        if (!comparison.notes().isEmpty()) {
            html.element("p", "Before comparing:").open("ul", "class", "warnings notes");
            comparison.notes().forEach(note -> html.element("li", note));
            html.close();
        }
        html.close().line();
    }

    private void exact() {
        Map<String, List<String>> values = new TreeMap<>();
        for (NamedRun run : comparison.runs()) {
            double ie = run.document().measured().ceiling().ie();
            values.computeIfAbsent(NumberText.exactBits(ie), v -> new ArrayList<>())
                    .add(run.name());
        }
        html.open("p").text("Exact IE, which follows from the token ids alone, is ");
        if (values.size() == 1) {
            html.element("strong", values.keySet().iterator().next() + " bits")
                    .text(" at every block from 1 on in every run: no difference between these runs is in it.");
        } else {
            html.element(
                            "strong",
                            NumberText.range(comparison.runs().stream()
                                            .mapToDouble(r -> r.document()
                                                    .measured()
                                                    .ceiling()
                                                    .ie())
                                            .toArray())
                                    + " bits")
                    .text(
                            " at every block from 1 on: it differs between the runs because their sequences differ, not because of"
                                    + " what the models do.");
        }
        html.close();
    }

    private void atLastBlock(String how, ToDoubleFunction<BlockNumbers> bits, String what) {
        NamedRun least = null;
        NamedRun most = null;
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (NamedRun run : comparison.runs()) {
            List<BlockNumbers> blocks = CompareLines.blocks(run);
            double value = blocks.isEmpty() ? Double.NaN : bits.applyAsDouble(blocks.get(blocks.size() - 1));
            if (Double.isFinite(value) && value < low) {
                low = value;
                least = run;
            }
            if (Double.isFinite(value) && value > high) {
                high = value;
                most = run;
            }
        }
        if (least == null || least == most) {
            return;
        }
        html.open("p").text(how + ", " + what + " goes from ");
        html.element("strong", NumberText.bits(low) + " bits").text(" (" + least.name() + ") to ");
        html.element("strong", NumberText.bits(high) + " bits").text(" (" + most.name() + ").");
        html.close();
    }

    private void section(String id, String heading, String hint, List<CompareFigures.Drawn> drawn) {
        if (drawn.isEmpty()) {
            return;
        }
        html.open("section", "id", id).element("h2", heading).element("p", hint, "class", "hint");
        Figures figures = new Figures("figures");
        drawn.forEach(figure -> figures.add(figure.drawing(), figure.heading(), figure.caption()));
        html.add(figures.html()).close().line();
    }

    private void settings(CompareTables tables) {
        html.open("section", "id", "provenance").element("h2", "Settings and provenance");
        if (comparison.settings().stream().anyMatch(Comparison.Setting::differs)) {
            html.element("p", "What differs:").add(tables.settings(true));
        } else {
            html.element("p", "Nothing differs.");
        }
        html.open("details").element("summary", "What is the same in all runs");
        html.add(tables.settings(false)).close();
        html.close().line();
    }

    private void warnings() {
        html.open("section", "id", "warnings").element("h2", "Warnings of the runs");
        boolean any = false;
        for (NamedRun run : comparison.runs()) {
            if (!run.document().warnings().isEmpty()) {
                any = true;
                html.element("h3", run.name()).open("ul", "class", "warnings");
                run.document().warnings().forEach(warning -> html.element("li", warning));
                html.close();
            }
        }
        if (!any) {
            html.element("p", "None.");
        }
        html.close().line();
    }

    private void reading() {
        html.open("section", "id", "reading", "class", "prose").element("h2", "How to read this page");
        html.element(
                "p",
                "Exact IE is a property of the sequences: two models on the same tokens have the same one. What can differ"
                        + " between models is how widely they spread their states (IE at a resolution), how much of the ceiling a"
                        + " small network separates within its training (critics), and what they know of the next token"
                        + " (predictive bits).");
        html.element(
                "p",
                "Compare at equal N, T and data, and against each model's own untrained twin: random weights spread states"
                        + " widely too, and only the difference to the twin is due to training. A difference smaller than the bands"
                        + " of both runs ranks nothing.");
        html.element(
                "p",
                "The leading noise level is the same share of a standardised state's size in every model, so that widths can"
                        + " differ; blocks of models with different depths are set side by side by their number, and by relative"
                        + " depth where that figure is shown.");
        html.close().line();
    }
}
