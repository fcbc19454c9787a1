package org.ieengine.cli.compare;

import org.ieengine.cli.report.Comparison;
import org.ieengine.cli.report.LayerEntry;
import org.ieengine.cli.report.Measurement;
import org.ieengine.cli.report.NamedRun;
import org.ieengine.cli.report.RunDocument;

/** Every row of every run in one table: the columns of {@code results.csv} after the name of the run, and the control last. */
public final class ComparisonCsv {
    /** Its first line. */
    static final String COLUMNS = "run,layer,position,estimator,protocol,noise,ie_bits,ie_sd,macro_bits,macro_sd,"
            + "macro_ceiling_bits,share,mean_micro_bits,mean_micro_ceiling_bits,row_passes,control";

    private ComparisonCsv() {}

    /** The whole file. */
    public static String of(Comparison comparison) {
        StringBuilder text = new StringBuilder(COLUMNS).append('\n');
        for (NamedRun run : comparison.runs()) {
            for (Measurement measurement : run.document().all()) {
                String control = measurement.name().equals(RunDocument.SELF) ? "" : measurement.name();
                for (LayerEntry row : measurement.rows()) {
                    append(text, run.name(), row, control);
                }
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String run, LayerEntry row, String control) {
        LayerEntry.Macro macro = row.macro();
        text.append(String.join(
                        ",",
                        quoted(run),
                        Integer.toString(row.layer()),
                        Integer.toString(row.position()),
                        quoted(row.source().estimator()),
                        quoted(row.source().protocol()),
                        number(row.source().noise()),
                        number(row.ie().bits()),
                        number(row.ie().sd()),
                        number(macro.value().bits()),
                        number(macro.value().sd()),
                        number(macro.ceiling()),
                        number(macro.share()),
                        number(row.meanMicro()),
                        number(row.meanMicroCeiling()),
                        Double.isFinite(macro.rowPasses()) ? Long.toString(Math.round(macro.rowPasses())) : "",
                        quoted(control)))
                .append('\n');
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "";
    }

    /** RFC 4180: in quotes when it holds a comma, a quote or a line break; quotes doubled. */
    private static String quoted(String text) {
        return text.matches("(?s).*[,\"\\r\\n].*") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }
}
