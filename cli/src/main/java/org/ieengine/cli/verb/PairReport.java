package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.output.TextTable;
import org.ieengine.cli.verb.PairSettings.Kind;
import org.ieengine.engine.mi.Ceiling;
import org.ieengine.engine.mi.continuous.ContinuousEstimate.Interval;
import org.ieengine.engine.mi.continuous.SelfConsistency.Law;

/** Prints what {@code mi} found, as tables or as a document. */
final class PairReport {
    private static final String FORMAT = "ie-engine/mi/1";
    private static final String NONE = "-";

    private PairReport() {}

    /** What is known before anything is estimated. */
    static String heading(Kind kind, String decision, RowPairs rows) {
        Ceiling ceiling = rows.pairs().ceiling();
        String exact = kind == Kind.DISCRETE
                ? "; mutual information " + Figures.bits(ceiling.bits()) + " bits (the ceiling)\n"
                : "; mutual information " + Figures.bits(ceiling.bits())
                        + " bits; of continuous values this tells only how many rows differ\n";
        return Figures.count(rows.x().symbol().length) + " rows: x of "
                + columns(rows.x()) + ", "
                + Figures.count(rows.x().count()) + " distinct; y of "
                + columns(rows.y()) + ", "
                + Figures.count(rows.y().count()) + " distinct; " + Figures.count(rows.size())
                + " distinct pairs\nkind: " + kind.label() + " (" + decision + ")\nexact, of the symbols: H(x) "
                + Figures.bits(ceiling.xBits()) + ", H(y) " + Figures.bits(ceiling.yBits()) + ", H(x,y) "
                + Figures.bits(ceiling.jointBits()) + exact;
    }

    private static String columns(RowSymbols symbols) {
        int columns = symbols.rows().columns();
        return columns == 1 ? "1 column" : columns + " columns";
    }

    /** The estimates, which of them is recommended, and the laws. */
    static void print(PairAnswer answer, PrintStream out) {
        out.print(table(answer.estimates()));
        if (answer.recommendation() != null) {
            out.println("recommended: " + answer.recommendation().estimator() + "\nwhy: "
                    + answer.recommendation().reason());
        }
        if (answer.laws() != null && !answer.laws().isEmpty()) {
            out.print(laws(answer.laws()));
        }
    }

    private static String table(List<EstimateRow> estimates) {
        boolean sigma = estimates.stream().anyMatch(row -> Double.isFinite(row.noise()));
        boolean nulls = estimates.stream().anyMatch(row -> row.nulls() != null);
        TextTable table = new TextTable();
        List<String> head = new ArrayList<>(List.of("estimator", "protocol"));
        addIf(sigma, head, "sigma");
        head.addAll(List.of("bits", "95 % interval", "ceiling", "held out", "share of ceiling"));
        addIf(nulls, head, "at random", "at most");
        head.addAll(List.of("row passes", "seconds"));
        table.row(head.toArray(String[]::new));
        for (EstimateRow row : estimates) {
            NullValues random = row.nulls();
            List<String> cells =
                    new ArrayList<>(List.of(row.estimator(), row.protocol() == null ? NONE : row.protocol()));
            addIf(sigma, cells, Figures.bits(row.noise()));
            cells.addAll(List.of(
                    spread(row.bits(), row.sd()),
                    interval(row.interval()),
                    Figures.bits(row.ceilingBits()),
                    Figures.bits(row.heldOutBits()),
                    share(row)));
            addIf(
                    nulls,
                    cells,
                    random == null ? NONE : spread(random.meanBits(), random.sdBits()),
                    random == null ? NONE : Figures.bits(random.maxBits()));
            cells.addAll(List.of(
                    Double.isFinite(row.rowPasses()) ? Figures.count((long) row.rowPasses()) : NONE,
                    Figures.decimals(row.seconds(), 1)));
            table.row(cells.toArray(String[]::new));
        }
        return table.toString();
    }

    private static String share(EstimateRow row) {
        return Double.isFinite(row.ceilingBits()) ? Figures.percent(row.bits() / row.ceilingBits()) : NONE;
    }

    private static void addIf(boolean wanted, List<String> cells, String... more) {
        if (wanted) {
            cells.addAll(List.of(more));
        }
    }

    private static String spread(double value, double sd) {
        return Figures.bits(value) + (Double.isFinite(sd) ? " ± " + Figures.bits(sd) : "");
    }

    private static String interval(Interval interval) {
        return Double.isFinite(interval.low()) && Double.isFinite(interval.high())
                ? Figures.bits(interval.low()) + " to " + Figures.bits(interval.high())
                : NONE;
    }

    private static String laws(List<CheckedLaw> laws) {
        TextTable table = new TextTable().row("estimator", "law", "expected", "read", "allowed", "verdict");
        for (CheckedLaw checked : laws) {
            Law law = checked.law();
            table.row(
                    checked.estimator(),
                    law.name(),
                    Figures.bits(law.expectedBits()),
                    Figures.bits(law.readBits()),
                    "± " + Figures.bits(law.allowedBits()),
                    law.holds() ? "holds" : "does not hold");
        }
        return table.toString();
    }

    /** Prints everything as one document. */
    static void printDocument(PairAnswer answer, PrintStream out) {
        RowPairs rows = answer.rows();
        Ceiling ceiling = rows.pairs().ceiling();
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT);
        root.put("n", rows.x().symbol().length);
        root.put("dx", rows.x().rows().columns());
        root.put("dy", rows.y().rows().columns());
        root.put("kind", answer.kind().label());
        root.put("kind_reason", answer.decision());
        root.putObject("ceiling")
                .put("hx_bits", ceiling.xBits())
                .put("hy_bits", ceiling.yBits())
                .put("hxy_bits", ceiling.jointBits())
                .put("plug_in_bits", ceiling.bits());
        if (answer.recommendation() == null) {
            root.putNull("recommendation");
        } else {
            root.putObject("recommendation")
                    .put("estimator", answer.recommendation().estimator())
                    .put("reason", answer.recommendation().reason());
        }
        ArrayNode list = root.putArray("estimates");
        answer.estimates().forEach(row -> list.add(row.document()));
        if (answer.laws() == null) {
            root.putNull("checks");
        } else {
            ArrayNode laws = root.putArray("checks");
            answer.laws().forEach(checked -> addLaw(laws.addObject(), checked));
        }
        ArrayNode texts = root.putArray("warnings");
        answer.warnings().forEach(texts::add);
        JsonOutput.print(root, out);
    }

    private static void addLaw(ObjectNode node, CheckedLaw checked) {
        Law law = checked.law();
        node.put("estimator", checked.estimator()).put("name", law.name()).put("statement", law.statement());
        EstimateRow.put(node, "expected_bits", law.expectedBits());
        EstimateRow.put(node, "read_bits", law.readBits());
        EstimateRow.put(node, "allowed_bits", law.allowedBits());
        node.put("holds", law.holds());
    }
}
