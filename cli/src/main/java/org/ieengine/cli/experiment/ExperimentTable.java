package org.ieengine.cli.experiment;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.ieengine.engine.ie.NextTokenPrediction;

/** {@code experiment.csv}: a line for each point, block, position, estimator, noise level and control. What has no value is empty. */
public final class ExperimentTable {
    /** The heading. */
    static final String COLUMNS =
            "experiment,point,curve,x,model,control,layer,position,estimator,noise,leading,ie_bits,"
                    + "ie_sd,ie_ceiling_bits,macro_bits,macro_spread,macro_ceiling_bits,share,mean_micro_bits,context_bits,"
                    + "sequences,tokens,predictive_bits,predictive_se,cross_entropy_bits,top1";

    private ExperimentTable() {}

    /** Writes it; leaves the stream open. */
    public static void write(ExperimentResult result, OutputStream stream) throws IOException {
        Writer out = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
        out.write(COLUMNS + "\n");
        for (PointResult point : result.points()) {
            PointLabel label = point.label();
            String head =
                    result.kind().label() + "," + label.name() + "," + quoted(label.curve()) + "," + number(label.x())
                            + "," + quoted(result.model(point).origin().path()) + ",";
            String size = point.run().data().used() + "," + point.run().data().tokens() + ",";
            for (PointRow row : point.rows()) {
                PointRow.Place place = row.place();
                PointRow.Terms macro = row.macro();
                out.write(head + place.control() + "," + place.layer() + "," + place.position() + ","
                        + row.estimator() + "," + number(row.noise()) + "," + row.leading() + "," + number(row.ie())
                        + "," + number(row.ieSd()) + "," + number(row.exactIe()) + "," + number(macro.bits()) + ","
                        + number(macro.spread()) + "," + number(macro.ceiling()) + "," + number(macro.share()) + ","
                        + number(macro.meanMicro()) + "," + number(macro.context()) + "," + size + ",,,\n");
            }
            writePredictions(out, head, size, point);
        }
        out.flush();
    }

    private static void writePredictions(Writer out, String head, String size, PointResult point) throws IOException {
        for (var entry : point.predictions().entrySet()) {
            NextTokenPrediction prediction = entry.getValue();
            String model = number(prediction.crossEntropyBits()) + "," + number(prediction.top1()) + "\n";
            for (NextTokenPrediction.OfBlock block : prediction.blocks()) {
                out.write(head + entry.getKey() + "," + block.layer() + "," + block.position()
                        + ",prediction,,true,,,,,,,,,," + size + number(block.predictiveBits()) + ","
                        + number(block.se()) + ","
                        + model);
            }
        }
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "";
    }

    /** As RFC 4180 has it. */
    private static String quoted(String text) {
        return text.matches("(?s).*[\",\r\n].*") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }
}
