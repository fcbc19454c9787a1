package org.ieengine.engine.ie;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a result: {@code results.json} (see {@link ResultJson}), {@code results.csv} with the same rows flattened,
 * {@code curves.csv}, and {@code prediction.csv} with what the states after each block say of next tokens. Each is replaced atomically. In the tables a value that is not finite is an empty field; rows and curves of
 * a control follow those of the model with the control's name in the last column, which is empty for the model itself.
 */
public final class ResultFiles {
    /** Name of the JSON document. */
    public static final String RESULTS = "results.json";

    /** Name of the table of rows. */
    public static final String TABLE = "results.csv";

    /** Name of the table of training curves. */
    public static final String CURVES = "curves.csv";

    /** Name of the table of predicted next tokens. */
    public static final String PREDICTION = "prediction.csv";

    private static final String PREDICTION_COLUMNS =
            "control,layer,position,predictive_bits,se,macro_ce_bits,micro_ce_bits\n";
    private static final String TABLE_COLUMNS =
            "layer,position,estimator,protocol,noise,ie_bits,ie_sd,macro_bits,macro_sd,"
                    + "macro_ceiling_bits,share,mean_micro_bits,mean_micro_ceiling_bits,row_passes";
    private static final String CURVE_COLUMNS = "layer,position,term,seed,step,bits";

    private ResultFiles() {}

    /**
     * Writes the four files.
     *
     * @throws org.ieengine.loaders.InputException when one cannot be written, with path and reason
     */
    public static void write(Path directory, IeResult result) {
        OutputFiles.write(directory.resolve(TABLE), text(out -> writeTable(out, result)));
        OutputFiles.write(directory.resolve(CURVES), text(out -> writeCurves(out, result)));
        OutputFiles.write(directory.resolve(PREDICTION), text(out -> writePrediction(out, result)));
        OutputFiles.write(directory.resolve(RESULTS), out -> ResultJson.write(result, out));
    }

    private interface Text {
        void writeTo(Writer out) throws IOException;
    }

    private static OutputFiles.Content text(Text text) {
        return stream -> {
            Writer out = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
            text.writeTo(out);
            out.flush();
        };
    }

    private static void writeTable(Writer out, IeResult result) throws IOException {
        boolean controls = !result.controls().isEmpty();
        out.write(TABLE_COLUMNS + (controls ? ",control\n" : "\n"));
        writeRows(out, result.measured().layers(), controls ? "," : "");
        for (var control : result.controls().entrySet()) {
            writeRows(out, control.getValue().layers(), "," + control.getKey());
        }
    }

    private static void writeRows(Writer out, List<IeResult.LayerRow> rows, String control) throws IOException {
        for (IeResult.LayerRow row : rows) {
            double microCeiling = row.macro().ceilingBits() - row.exactIeBits();
            out.write(row.layer() + "," + row.position() + "," + row.estimator() + ","
                    + (row.protocol() == null ? "" : row.protocol()) + "," + number(row.noise()) + ","
                    + number(row.ieBits()) + "," + number(row.ieSd()) + ","
                    + number(row.macro().bits()) + "," + number(row.macro().sd()) + ","
                    + number(row.macro().ceilingBits()) + ","
                    + number(row.macro().share()) + "," + number(row.meanMicroBits()) + "," + number(microCeiling) + ","
                    + whole(row.macro().rowPasses()) + control + "\n");
        }
    }

    private static void writeCurves(Writer out, IeResult result) throws IOException {
        boolean controls = !result.controls().isEmpty();
        boolean segments = result.curves().stream().anyMatch(curve -> curve.segment() >= 0);
        out.write(CURVE_COLUMNS + (segments ? ",segment" : "") + (controls ? ",control" : "") + "\n");
        for (IeResult.Curve curve : result.curves()) {
            String head = curve.layer() + "," + (curve.position() < 0 ? "" : curve.position()) + "," + curve.term()
                    + "," + curve.seed() + ",";
            String tail = (segments ? "," + (curve.segment() < 0 ? "" : curve.segment()) : "")
                    + (controls ? "," + curve.control() : "") + "\n";
            for (int i = 0; i < curve.steps().length; i++) {
                out.write(head + curve.steps()[i] + "," + number(curve.bits()[i]) + tail);
            }
        }
    }

    private static void writePrediction(Writer out, IeResult result) throws IOException {
        out.write(PREDICTION_COLUMNS);
        writePrediction(out, "", result.measured().prediction());
        for (var control : result.controls().entrySet()) {
            writePrediction(out, control.getKey(), control.getValue().prediction());
        }
    }

    private static void writePrediction(Writer out, String control, NextTokenPrediction prediction) throws IOException {
        if (prediction == null) {
            return;
        }
        for (NextTokenPrediction.OfBlock block : prediction.blocks()) {
            out.write(control + "," + block.layer() + "," + block.position() + "," + number(block.predictiveBits())
                    + "," + number(block.se()) + "," + number(block.macroCeBits()) + "," + number(block.microCeBits())
                    + "\n");
        }
    }

    /** A count, without a fraction. */
    private static String whole(double count) {
        return Double.isFinite(count) ? Long.toString(Math.round(count)) : "";
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "";
    }
}
