package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.cli.output.TextTable;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.engine.mi.Ceiling;
import org.ieengine.engine.mi.CriticProtocol;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.MiEstimate;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.mi.Resolution;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.ResolutionSettings;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.engine.tensor.Tensor;

/** Makes the estimates that {@code mi} was asked for and prints them, the recommended one first. */
final class PairEstimates {
    private static final String FORMAT = "ie-engine/mi/1";
    private static final int DRAWS = 2048;

    private final Arguments arguments;
    private final Console console;
    private final List<String> estimators;
    private final CriticSettings critics;
    private final ResolutionSettings resolution;
    private final long seed;
    private final StatusLine status;

    /** Reads the options; refuses what does not fit. */
    PairEstimates(Arguments arguments, Console console) {
        this.arguments = arguments;
        this.console = console;
        this.estimators = MutualInformationOptions.estimators(arguments);
        this.critics = MutualInformationOptions.critics(arguments);
        this.seed = arguments.integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0);
        this.resolution = new ResolutionSettings(arguments.numbers("noise"), DRAWS, seed);
        this.status = new StatusLine(console);
        MeasureOptions.limits(arguments);
    }

    /** Computes and prints. */
    void report(RowPairs rows, Backend backend, List<String> warnings) {
        requireRoom(rows);
        Ceiling ceiling = rows.pairs().ceiling();
        boolean json = arguments.has("json");
        if (!json) {
            console.out().print(heading(rows, ceiling));
            console.out().flush();
        }
        List<EstimateRow> estimates = new ArrayList<>();
        try (Tensor x = rows.xStates(backend);
                Tensor y = rows.yStates(backend)) {
            PairedStates states = new PairedStates(x, y, rows.pairs());
            for (String estimator : estimators) {
                estimates.addAll(
                        estimator.equals("dv") ? critic(states, backend, warnings) : resolution(states, backend));
            }
        }
        status.clear();
        warnings.forEach(console::warn);
        if (json) {
            JsonOutput.print(document(rows, ceiling, estimates, warnings), console.out());
        } else {
            console.out().print(table(estimates));
        }
    }

    private void requireRoom(RowPairs rows) {
        long cap = MeasureOptions.limits(arguments).hostBytes();
        long bytes = 4L
                * rows.firstRow().length
                * (rows.x().rows().columns() + rows.y().rows().columns());
        if (cap > 0 && bytes > cap) {
            throw new MemoryExhaustedException(
                    bytes,
                    "the distinct rows take " + Figures.bytes(bytes) + ", --memory allows " + Figures.bytes(cap)
                            + ": raise it",
                    null);
        }
    }

    private TrainingListener listener(String estimator) {
        boolean quiet = arguments.has("quiet");
        return progress -> {
            if (console.interruption().requested()) {
                status.clear();
                throw new RunStoppedException("interrupted; nothing is kept, run it again");
            }
            if (!quiet) {
                status.show(() -> estimator + ": step " + Figures.count(progress.step()) + " of at most "
                        + Figures.count(progress.steps())
                        + (Double.isFinite(progress.bits()) ? ", " + Figures.bits(progress.bits()) + " bits" : ""));
            }
        };
    }

    private List<EstimateRow> critic(PairedStates states, Backend backend, List<String> warnings) {
        boolean paper = MeasureOptions.protocol(arguments) == Protocol.PAPER;
        CriticProtocol protocol = paper ? new PaperProtocol(backend, critics) : new StandardProtocol(backend, critics);
        MiEstimate estimate = protocol.estimate(states, new EstimateContext(seed, 0, 0), listener("dv"));
        warnings.addAll(estimate.warnings());
        if (estimate.aboveCeiling()) {
            warnings.add("dv (" + estimate.protocol() + ") reads above the exact value of the symbols, "
                    + Figures.bits(estimate.ceiling().bits()) + " bits: it cannot be right");
        }
        return List.of(EstimateRow.of(estimate));
    }

    private List<EstimateRow> resolution(PairedStates states, Backend backend) {
        try (Resolution estimator = new Resolution(backend, resolution)) {
            ResolutionEstimate estimate = estimator.estimate(states, listener("resolution"));
            List<EstimateRow> rows = new ArrayList<>();
            rows.add(EstimateRow.of(estimate, estimate.leading()));
            estimate.levels().stream()
                    .filter(level -> level != estimate.leading())
                    .forEach(level -> rows.add(EstimateRow.of(estimate, level)));
            return rows;
        }
    }

    private static String heading(RowPairs rows, Ceiling ceiling) {
        return Figures.count(rows.x().symbol().length) + " rows: x of "
                + rows.x().rows().columns() + " columns, "
                + Figures.count(rows.x().count()) + " distinct; y of "
                + rows.y().rows().columns() + " columns, "
                + Figures.count(rows.y().count()) + " distinct; " + Figures.count(rows.firstRow().length)
                + " distinct pairs\nexact, of the symbols: H(x) " + Figures.bits(ceiling.xBits()) + ", H(y) "
                + Figures.bits(ceiling.yBits()) + ", H(x,y) " + Figures.bits(ceiling.jointBits())
                + "; mutual information " + Figures.bits(ceiling.bits()) + " bits (the ceiling)\n";
    }

    private static String table(List<EstimateRow> estimates) {
        TextTable table = new TextTable().row("estimator", "protocol", "sigma", "bits", "share of ceiling", "seconds");
        for (EstimateRow row : estimates) {
            table.row(
                    row.estimator(),
                    row.protocol() == null ? "-" : row.protocol(),
                    Figures.bits(row.noise()),
                    Figures.bits(row.bits()) + (Double.isFinite(row.sd()) ? " ± " + Figures.bits(row.sd()) : ""),
                    Figures.percent(row.bits() / row.ceilingBits()),
                    Figures.decimals(row.seconds(), 1));
        }
        return table.toString();
    }

    private ObjectNode document(RowPairs rows, Ceiling ceiling, List<EstimateRow> estimates, List<String> warnings) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT);
        root.put("n", rows.x().symbol().length);
        root.put("dx", rows.x().rows().columns());
        root.put("dy", rows.y().rows().columns());
        root.put("kind", "discrete");
        root.putObject("ceiling")
                .put("hx_bits", ceiling.xBits())
                .put("hy_bits", ceiling.yBits())
                .put("hxy_bits", ceiling.jointBits())
                .put("plug_in_bits", ceiling.bits());
        ArrayNode list = root.putArray("estimates");
        estimates.forEach(row -> list.add(row.document()));
        ArrayNode texts = root.putArray("warnings");
        warnings.forEach(texts::add);
        return root;
    }

    /**
     * One estimate. What has no meaning is NaN, and null in the document.
     *
     * @param interval low and high end of a 95 % interval; NaN where none is known
     */
    private record EstimateRow(
            String estimator,
            String protocol,
            double noise,
            double bits,
            double sd,
            double ceilingBits,
            double heldOutBits,
            double[] interval,
            double rowPasses,
            double seconds) {
        /** Quantiles 0.975 of Student's t for 1 to 10 degrees of freedom (any table of it). */
        private static final double[] STUDENT = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};

        private static final double NORMAL = 1.96;

        static EstimateRow of(MiEstimate estimate) {
            int critics = estimate.seeds().size();
            double factor = critics < 2 ? Double.NaN : critics - 2 < STUDENT.length ? STUDENT[critics - 2] : NORMAL;
            double half = factor * estimate.sd() / Math.sqrt(critics);
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
                    new double[] {estimate.bits() - half, estimate.bits() + half},
                    estimate.rowPasses(),
                    seconds);
        }

        static EstimateRow of(ResolutionEstimate estimate, ResolutionEstimate.Level level) {
            double bits = level.block().bits();
            double half = NORMAL * level.block().se();
            return new EstimateRow(
                    "resolution",
                    null,
                    level.sigma(),
                    bits,
                    Double.NaN,
                    estimate.ceiling().bits(),
                    Double.NaN,
                    new double[] {bits - half, bits + half},
                    Double.NaN,
                    estimate.seconds());
        }

        ObjectNode document() {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            node.put("estimator", estimator).put("protocol", protocol);
            put(node, "noise", noise);
            put(node, "bits", bits);
            put(node, "sd", sd);
            put(node, "ceiling_bits", ceilingBits);
            put(node, "held_out_bits", heldOutBits);
            if (Double.isFinite(interval[0])) {
                node.putArray("interval").add(interval[0]).add(interval[1]);
            } else {
                node.putNull("interval");
            }
            if (Double.isFinite(rowPasses)) {
                node.put("row_passes", (long) rowPasses);
            } else {
                node.putNull("row_passes");
            }
            put(node, "seconds", seconds);
            return node;
        }

        private static void put(ObjectNode node, String name, double value) {
            node.put(name, Double.isFinite(value) ? Double.valueOf(value) : null);
        }
    }
}
