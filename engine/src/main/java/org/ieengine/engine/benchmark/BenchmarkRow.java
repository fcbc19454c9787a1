package org.ieengine.engine.benchmark;

import java.util.List;
import org.ieengine.engine.cuda.Precision;

/**
 * One line of the table.
 *
 * @param operation what was measured
 * @param place where a run has it: model, sequence length, layer
 * @param shape on what; says where rows were cut
 * @param precision mode of the products
 * @param launched kernels of a GPU that one call launches, each once, in order; empty on the processor
 * @param cost what it costs at the least
 * @param correctness what it gave, compared with float64
 * @param timing null where the result was wrong: what is wrong is not timed
 * @param share of the ceiling that bounds it: the larger of bytes and flop over their ceilings, over the time; NaN without a timing
 * @param rival null where there is none
 */
public record BenchmarkRow(
        String operation,
        String place,
        String shape,
        Precision precision,
        List<String> launched,
        Cost cost,
        Correctness correctness,
        Timing timing,
        double share,
        Rival rival) {
    /** Keeps the order. */
    public BenchmarkRow {
        launched = List.copyOf(launched);
    }

    /**
     * The check before the timing.
     *
     * @param error greatest error found on a sample of the result, in the unit of the tolerance; NaN when a fault kept it from being
     *     found
     * @param tolerance greatest error that passes
     * @param fault what went wrong besides, one line; empty for nothing
     */
    public record Correctness(double error, double tolerance, String fault) {
        /** Whether the error is within the tolerance. */
        public boolean passed() {
            return fault.isEmpty() && error <= tolerance;
        }
    }

    /**
     * The same operation by a library.
     *
     * @param name of the library
     * @param timing null where it could not be measured
     * @param fault why not, one line; empty otherwise
     */
    public record Rival(String name, Timing timing, String fault) {}

    /** Place and shape: {@code GPT-2 XL, T = 8: mlp.c_fc [160,000, 1,600] x [1,600, 6,400]}. */
    public String placeAndShape() {
        return placeAndShape(place, shape);
    }

    static String placeAndShape(String place, String shape) {
        return place + (place.contains(":") ? " " : ": ") + shape;
    }

    /** Bytes moved a second, as far as they must be; NaN without a timing. */
    public double bytesPerSecond() {
        return timing == null ? Double.NaN : cost.bytes() / timing.seconds();
    }

    /** Float operations a second; NaN without a timing. */
    public double flopPerSecond() {
        return timing == null ? Double.NaN : cost.flop() / timing.seconds();
    }

    /** Time of the rival over the own time: above 1 where the rival is slower; NaN without either. */
    public double ratio() {
        return timing == null || rival == null || rival.timing == null
                ? Double.NaN
                : rival.timing.seconds() / timing.seconds();
    }
}
