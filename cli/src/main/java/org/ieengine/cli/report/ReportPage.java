package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * The report of a run: one HTML file that opens without a network. Style, drawings and a small script for sorting tables are
 * inside it; without scripts everything can still be read. The page is well-formed XML, so that it can be taken apart by
 * programs.
 */
public final class ReportPage {
    private ReportPage() {}

    /**
     * Makes the page.
     *
     * @param results the document {@code results.json} ({@code ie-engine/results/1}): what it leaves out or gives as null is left
     *     out of the page
     * @param curvesCsvLines lines of {@code curves.csv} with its heading; empty when no critic was trained
     * @return the file {@code report.html}, to be written as UTF-8
     * @throws IllegalArgumentException if a line of the curves is not {@code layer,position,term,seed,step,bits}
     */
    public static String html(JsonNode results, List<String> curvesCsvLines) {
        RunDocument run = RunDocument.read(results);
        TrainingCurves curves = TrainingCurves.read(curvesCsvLines);
        Markup html = new Markup();
        html.add(new LeadSection(run).html());
        html.add(new ExactSection(run).html());
        html.add(new ResolutionSection(run).html());
        html.add(new CriticSection(run).html());
        html.add(new ComparisonSection(run).html());
        html.add(new TermsSection(run).html());
        html.add(new PredictionSection(run).html());
        html.add(new CurvesSection(run, curves).html());
        html.add(new RowsSection(run).html());
        html.add(new ProvenanceSection(run).html());
        html.add(ReadingGuide.html());
        return PageFrame.html("Information Emergence: " + run.modelName() + ", " + run.sequencesName(), html);
    }
}
