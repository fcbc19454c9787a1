package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All numbers: one line for each block and position, and every row of the document. */
record RowsSection(RunDocument run) {
    Markup html() {
        Markup html = new Markup().open("section", "id", "numbers").element("h2", "All numbers");
        if (run.measured().rows().isEmpty()) {
            return html.element("p", "These results hold no rows.").close().line();
        }
        html.element("p", "In bits. A click on a heading sorts by its column.", "class", "hint");
        html.add(summary());
        html.open("details")
                .element(
                        "summary", "Every row, with its terms" + (run.controls().isEmpty() ? "" : " and the controls"));
        html.add(everyRow()).close();
        return html.close().line();
    }

    private Markup summary() {
        Measurement measured = run.measured();
        double noise = measured.leadingNoise();
        List<LayerEntry.Source> critics = measured.critics();
        List<String> headings = new ArrayList<>(List.of("block", "position", "exact IE"));
        if (Double.isFinite(noise)) {
            headings.add("IE at " + NumberText.sigma(noise));
            run.controls().forEach(c -> headings.add(c.name() + " at σ"));
        }
        for (LayerEntry.Source critic : critics) {
            headings.addAll(List.of(critic.label(), "sd", "share", "row passes"));
            run.controls().forEach(c -> headings.add(c.name() + " " + critic.label()));
        }
        RowTable table = new RowTable("IE by block and position", headings);
        Map<Integer, Measurement> own = measured.perPosition();
        List<Map<Integer, Measurement>> controls =
                run.controls().stream().map(Measurement::perPosition).toList();
        own.forEach((position, here) -> {
            // The model first, then its controls; a control that lacks the position has no rows there.
            List<Measurement> beside = new ArrayList<>();
            beside.add(here);
            for (Map<Integer, Measurement> control : controls) {
                beside.add(control.getOrDefault(position, new Measurement("", here.ceiling(), List.of(), List.of())));
            }
            for (int layer : measured.layers()) {
                List<RowTable.Cell> cells = new ArrayList<>();
                cells.add(RowTable.Cell.number(Integer.toString(layer), layer));
                cells.add(RowTable.Cell.number(Integer.toString(position), position));
                cells.add(RowTable.Cell.bits(here.exactIe(layer, position)));
                if (Double.isFinite(noise)) {
                    for (Measurement each : beside) {
                        cells.add(ie(each.resolution(noise, position), layer));
                    }
                }
                for (LayerEntry.Source critic : critics) {
                    criticCells(cells, critic, layer, beside);
                }
                table.add(cells);
            }
        });
        return table.html();
    }

    private static void criticCells(
            List<RowTable.Cell> cells, LayerEntry.Source critic, int layer, List<Measurement> beside) {
        int position = beside.get(0).lastPosition();
        LayerEntry row = beside.get(0).critic(critic, position).get(layer);
        if (row == null) {
            for (int i = 0; i < 4; i++) {
                cells.add(RowTable.Cell.bits(Double.NaN));
            }
        } else {
            cells.add(RowTable.Cell.bits(row.ie().bits()));
            cells.add(RowTable.Cell.bits(row.ie().sd()));
            cells.add(share(row));
            double passes = row.macro().rowPasses();
            cells.add(RowTable.Cell.number(NumberText.shortCount(passes), passes));
        }
        for (Measurement control : beside.subList(1, beside.size())) {
            cells.add(ie(control.critic(critic, position), layer));
        }
    }

    static RowTable.Cell share(LayerEntry row) {
        double share = row.macro().share();
        return row.macro().aboveCeiling()
                ? new RowTable.Cell(NumberText.percent(share) + " above the ceiling", share, "number alarm")
                : RowTable.Cell.number(NumberText.percent(share), share);
    }

    private static RowTable.Cell ie(Map<Integer, LayerEntry> rows, int layer) {
        LayerEntry row = rows.get(layer);
        return RowTable.Cell.bits(row == null ? Double.NaN : row.ie().bits());
    }

    private Markup everyRow() {
        RowTable table = new RowTable(
                "Every row of the results",
                List.of(
                        "block",
                        "position",
                        "run",
                        "estimator",
                        "protocol",
                        "σ",
                        "IE",
                        "IE sd",
                        "exact IE",
                        "macro",
                        "macro sd",
                        "macro se",
                        "macro ceiling",
                        "share",
                        "mean micro",
                        "mean micro ceiling",
                        "row passes"));
        for (Measurement measurement : run.all()) {
            for (LayerEntry row : measurement.rows()) {
                LayerEntry.Macro macro = row.macro();
                double noise = row.source().noise();
                table.add(List.of(
                        RowTable.Cell.number(Integer.toString(row.layer()), row.layer()),
                        RowTable.Cell.number(Integer.toString(row.position()), row.position()),
                        RowTable.Cell.text(measurement.name()),
                        RowTable.Cell.text(row.source().estimator()),
                        RowTable.Cell.text(row.source().protocol()),
                        RowTable.Cell.number(NumberText.plain(noise), noise),
                        RowTable.Cell.bits(row.ie().bits()),
                        RowTable.Cell.bits(row.ie().sd()),
                        RowTable.Cell.bits(row.exactIe()),
                        RowTable.Cell.bits(macro.value().bits()),
                        RowTable.Cell.bits(macro.value().sd()),
                        RowTable.Cell.bits(macro.se()),
                        RowTable.Cell.bits(macro.ceiling()),
                        share(row),
                        RowTable.Cell.bits(row.meanMicro()),
                        RowTable.Cell.bits(row.meanMicroCeiling()),
                        RowTable.Cell.number(NumberText.shortCount(macro.rowPasses()), macro.rowPasses())));
            }
        }
        return table.html();
    }
}
