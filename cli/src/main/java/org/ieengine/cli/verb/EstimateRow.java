package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ieengine.engine.mi.MiEstimate;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousEstimate.Interval;

/**
 * One estimate as {@code mi} gives it, in bits. What has no meaning is NaN (null for texts and for the null values), and null in the
 * document.
 *
 * @param interval 95 % interval
 * @param nulls the same estimator where the truth is zero; null unless that was asked for
 */
record EstimateRow(
        String estimator,
        String protocol,
        double noise,
        double bits,
        double sd,
        double ceilingBits,
        double heldOutBits,
        Interval interval,
        double rowPasses,
        double seconds,
        NullValues nulls) {
    /** Protocol of critics that are judged by pairs that they have not seen. */
    private static final String HELD_OUT = "held-out";

    /** Quantiles 0.975 of Student's t for 1 to 10 degrees of freedom (any table of it). */
    private static final double[] STUDENT = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};

    private static final double NORMAL = 1.96;
    private static final List<String> WITHOUT_CRITICS = List.of("gaussian", "copula", "ksg");

    /** Of critics of symbols. */
    static EstimateRow of(MiEstimate estimate) {
        double heldOut = estimate.seeds().stream()
                .mapToDouble(SeedEstimate::heldOutBits)
                .average()
                .orElse(Double.NaN);
        double seconds =
                estimate.seeds().stream().mapToDouble(SeedEstimate::seconds).sum();
        return new EstimateRow(
                estimate.estimator(),
                estimate.protocol(),
                Double.NaN,
                estimate.bits(),
                estimate.sd(),
                estimate.ceiling().bits(),
                heldOut,
                interval(estimate),
                estimate.rowPasses(),
                seconds,
                null);
    }

    /** By resampled pairs; the published protocol resamples none, and gives that of the mean over seeds by Student's t. */
    private static Interval interval(MiEstimate estimate) {
        if (!estimate.protocol().equals("paper")) {
            return new Interval(estimate.low(), estimate.high());
        }
        int critics = estimate.seeds().size();
        double factor = critics < 2 ? Double.NaN : critics - 2 < STUDENT.length ? STUDENT[critics - 2] : NORMAL;
        double half = factor * estimate.sd() / Math.sqrt(critics);
        return new Interval(estimate.bits() - half, estimate.bits() + half);
    }

    /** Of one noise level; the interval is that of its standard error. */
    static EstimateRow of(ResolutionEstimate estimate, ResolutionEstimate.Level level) {
        double bits = level.block().bits();
        double half = NORMAL * level.block().se();
        return new EstimateRow(
                PairSettings.RESOLUTION,
                null,
                level.sigma(),
                bits,
                Double.NaN,
                estimate.ceiling().bits(),
                Double.NaN,
                new Interval(bits - half, bits + half),
                Double.NaN,
                estimate.seconds(),
                null);
    }

    /** Of an estimator of continuous values. */
    static EstimateRow of(ContinuousEstimate estimate) {
        String protocol = protocolOf(estimate.estimator());
        return new EstimateRow(
                estimate.estimator(),
                protocol,
                Double.NaN,
                estimate.bits(),
                estimate.sd(),
                estimate.ceilingBits(),
                estimate.heldOutBits(),
                estimate.interval(),
                protocol == null ? Double.NaN : estimate.rowPasses(),
                estimate.seconds(),
                null);
    }

    /** Protocol of an estimator of continuous values; null where there is no critic. */
    static String protocolOf(String estimator) {
        return WITHOUT_CRITICS.contains(estimator) ? null : HELD_OUT;
    }

    /** Exactly nothing, of a side that is constant. */
    static EstimateRow zero(String estimator, String protocol, double noise) {
        return new EstimateRow(
                estimator,
                protocol,
                noise,
                0,
                Double.NaN,
                Double.NaN,
                Double.NaN,
                new Interval(0, 0),
                Double.NaN,
                0,
                null);
    }

    /** Whether it is the same estimator at the same noise. */
    boolean alike(EstimateRow other) {
        return estimator.equals(other.estimator) && Double.compare(noise, other.noise) == 0;
    }

    /** This, beside what is read where the truth is zero. */
    EstimateRow with(NullValues values) {
        return new EstimateRow(
                estimator, protocol, noise, bits, sd, ceilingBits, heldOutBits, interval, rowPasses, seconds, values);
    }

    /** As an element of {@code estimates}. */
    ObjectNode document() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("estimator", estimator).put("protocol", protocol);
        put(node, "noise", noise);
        put(node, "bits", bits);
        put(node, "sd", sd);
        put(node, "ceiling_bits", ceilingBits);
        put(node, "held_out_bits", heldOutBits);
        if (Double.isFinite(interval.low()) && Double.isFinite(interval.high())) {
            node.putArray("interval").add(interval.low()).add(interval.high());
        } else {
            node.putNull("interval");
        }
        if (Double.isFinite(rowPasses)) {
            node.put("row_passes", (long) rowPasses);
        } else {
            node.putNull("row_passes");
        }
        put(node, "seconds", seconds);
        if (nulls == null) {
            node.putNull("null");
        } else {
            ObjectNode distribution = node.putObject("null").put("runs", nulls.runs());
            put(distribution, "mean_bits", nulls.meanBits());
            put(distribution, "sd_bits", nulls.sdBits());
            put(distribution, "max_bits", nulls.maxBits());
        }
        return node;
    }

    /** Puts a number, or null for what is not finite. */
    static void put(ObjectNode node, String name, double value) {
        node.put(name, Double.isFinite(value) ? Double.valueOf(value) : null);
    }
}
