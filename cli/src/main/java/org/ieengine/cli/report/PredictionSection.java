package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Next tokens: cross-entropy beside IE, and by block what the state of the whole sequence adds to that of its last token. */
record PredictionSection(RunDocument run) {
    /** Positions that a map still shows as cells. */
    private static final int MOST_POSITIONS = 64;

    Markup html() {
        Markup html = new Markup();
        List<Prediction> all = all();
        if (all.isEmpty()) {
            return html;
        }
        html.open("section", "id", "prediction").element("h2", "Next tokens");
        html.element(
                "p",
                "IE counts the states that a block keeps apart, whatever the model does with them, and an untrained twin can keep"
                        + " more of them apart than a trained model. The predictive information P counts the bits about the token that"
                        + " really comes next which the state of the whole sequence holds beyond that of its last token alone,"
                        + " both read through the model's own final norm and head: only a model that has learned can show it.");
        html.add(losses(all).html());
        Figures figures = new Figures("figures");
        predictive(figures, all);
        crossEntropies(figures, all.get(0));
        byPosition(figures, all.get(0));
        return html.add(figures.html()).close().line();
    }

    /** Of the run itself, then of its controls, as far as there are any. */
    private List<Prediction> all() {
        List<Prediction> all = new ArrayList<>();
        for (Measurement measurement : run.all()) {
            JsonNode part = measurement == run.measured()
                    ? run.json()
                    : run.json().path("controls").path(measurement.name());
            Prediction prediction = Prediction.read(measurement.name(), part);
            if (prediction != null && !prediction.blocks().isEmpty()) {
                all.add(prediction);
            }
        }
        return all;
    }

    private static RowTable losses(List<Prediction> all) {
        RowTable table = new RowTable(
                "Prediction of the next token, mean over positions",
                List.of(
                        "run",
                        "sequences",
                        "cross-entropy, bits a token",
                        "se",
                        "perplexity",
                        "top-1",
                        "P, last block"));
        for (Prediction prediction : all) {
            List<Prediction.Block> means = prediction.meanBlocks();
            double predictive = means.isEmpty()
                    ? Double.NaN
                    : means.get(means.size() - 1).predictive().bits();
            table.add(List.of(
                    RowTable.Cell.text(prediction.name()),
                    RowTable.Cell.number(NumberText.count(prediction.sequences()), prediction.sequences()),
                    RowTable.Cell.bits(prediction.crossEntropy().bits()),
                    RowTable.Cell.bits(prediction.crossEntropy().se()),
                    RowTable.Cell.number(NumberText.decimals(prediction.perplexity(), 2), prediction.perplexity()),
                    RowTable.Cell.number(NumberText.percent(prediction.top1()), prediction.top1()),
                    RowTable.Cell.bits(predictive)));
        }
        return table;
    }

    private void predictive(Figures figures, List<Prediction> all) {
        List<LinePlot.Line> lines = new ArrayList<>();
        int last = last(all.get(0));
        for (int i = all.size() - 1; i >= 0; i--) {
            Prediction prediction = all.get(i);
            List<LinePlot.Point> points = new ArrayList<>();
            for (Prediction.Block block : prediction.at(last(prediction))) {
                double bits = block.predictive().bits();
                double se = block.predictive().se();
                points.add(new LinePlot.Point(
                        block.layer(),
                        bits,
                        se,
                        false,
                        "block " + block.layer() + ", " + prediction.name() + ": " + NumberText.exactBits(bits)
                                + (Double.isFinite(se) ? " ± " + NumberText.exactBits(se) : "") + " bits"));
            }
            lines.add(new LinePlot.Line(prediction.name(), stroke(prediction), points));
        }
        figures.add(
                new LinePlot(
                        new PlotArea.Frame("Predictive information by block", "block", "bits", false), true, lines),
                "P by block, position " + last,
                "Band: one standard error over sequences. Below 0 the context misleads: the head reads the next token better from the"
                        + " state of the last token alone.");
    }

    private static void crossEntropies(Figures figures, Prediction own) {
        int last = last(own);
        figures.add(
                new LinePlot(
                        new PlotArea.Frame("Cross-entropy by block", "block", "bits a token", false),
                        true,
                        List.of(
                                line("last token alone", Stroke.SECOND, own.at(last), Prediction.Block::micro),
                                line("whole sequence", Stroke.MODEL, own.at(last), Prediction.Block::macro))),
                "Cross-entropy by block, position " + last,
                "States after each block, read through the model's final norm and head. P is the distance of the two lines.");
    }

    private static LinePlot.Line line(
            String label, Stroke stroke, List<Prediction.Block> blocks, ToDoubleFunction<Prediction.Block> quantity) {
        List<LinePlot.Point> points = new ArrayList<>();
        for (Prediction.Block block : blocks) {
            double bits = quantity.applyAsDouble(block);
            points.add(LinePlot.Point.of(
                    block.layer(),
                    bits,
                    "block " + block.layer() + ", " + label + ": " + NumberText.exactBits(bits) + " bits"));
        }
        return new LinePlot.Line(label, stroke, points);
    }

    private static void byPosition(Figures figures, Prediction own) {
        List<Integer> positions = own.positions();
        if (positions.size() < 2 || positions.size() > MOST_POSITIONS) {
            return;
        }
        List<Integer> layers = own.layers();
        double[][] values = new double[layers.size()][positions.size()];
        for (Prediction.Block block : own.blocks()) {
            values[layers.indexOf(block.layer())][positions.indexOf(block.position())] =
                    block.predictive().bits();
        }
        figures.add(
                new HeatMap("Predictive information by block and position", layers, positions, values),
                "P by block and position",
                "At position 0 the token alone is the sequence so far, and P is 0.");
    }

    private Stroke stroke(Prediction prediction) {
        return run.all().stream()
                .filter(measurement -> measurement.name().equals(prediction.name()))
                .map(RunDocument::stroke)
                .findFirst()
                .orElse(Stroke.SECOND);
    }

    private static int last(Prediction prediction) {
        List<Integer> positions = prediction.positions();
        return positions.get(positions.size() - 1);
    }
}
