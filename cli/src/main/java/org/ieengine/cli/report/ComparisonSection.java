package org.ieengine.cli.report;

import java.util.List;

/** Estimators that know no symbols, in a table of their own: what they read is off the scale of the drawings. */
record ComparisonSection(RunDocument run) {
    Markup html() {
        Markup html = new Markup();
        if (run.measured().forComparison().isEmpty()) {
            return html;
        }
        html.open("section", "id", "comparison").element("h2", "Estimators that know no symbols");
        html.element(
                "p",
                "For comparison only. These estimators are made for continuous samples, which do not repeat and of which y is no"
                        + " function of x. States of a model do repeat and a block is a function: given their rows alone, a covariance"
                        + " reads how exactly one state follows from the other, without any bound, and neighbours and candidates read"
                        + " at most the logarithm of their number. What lies above the ceiling is an error, not information; what"
                        + " lies below it is not what a model lost.");
        RowTable table = new RowTable(
                "IE and its terms by estimators that know no symbols",
                List.of(
                        "block",
                        "position",
                        "run",
                        "estimator",
                        "IE",
                        "IE sd",
                        "exact IE",
                        "macro",
                        "macro ceiling",
                        "share",
                        "mean micro",
                        "mean micro ceiling"));
        for (Measurement measurement : run.all()) {
            for (LayerEntry row : measurement.forComparison()) {
                table.add(List.of(
                        RowTable.Cell.number(Integer.toString(row.layer()), row.layer()),
                        RowTable.Cell.number(Integer.toString(row.position()), row.position()),
                        RowTable.Cell.text(measurement.name()),
                        RowTable.Cell.text(row.source().estimator()),
                        RowTable.Cell.bits(row.ie().bits()),
                        RowTable.Cell.bits(row.ie().sd()),
                        RowTable.Cell.bits(row.exactIe()),
                        RowTable.Cell.bits(row.macro().value().bits()),
                        RowTable.Cell.bits(row.macro().ceiling()),
                        RowsSection.share(row),
                        RowTable.Cell.bits(row.meanMicro()),
                        RowTable.Cell.bits(row.meanMicroCeiling())));
            }
        }
        return html.add(table.html()).close().line();
    }
}
