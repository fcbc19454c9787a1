package org.ieengine.bench;

import java.util.List;
import java.util.Locale;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.CurvePoint;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.MiEstimate;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Tensor;

/**
 * How much of the information of planted distinct states (see {@link DistinctPairs}) critics of the standard protocol read, after how
 * many row passes and seconds. Prints rows of a Markdown table: kind, N, groups, critic and estimator, bits, share of the ceiling,
 * steps, row passes, seconds; then, for each estimator, the mean with its 95 % interval.
 *
 * <pre>
 * CriticTrial KIND N given|none THREADS CRITICS SEED [curve] [estimators=dv,nwj,smile]
 *             [stop=SHARE] [steps=N] [batch=N] [rate=R] [holdout=SHARE]
 * </pre>
 */
public final class CriticTrial {
    private static final EstimateContext CONTEXT = new EstimateContext(1, 0, 0);

    private CriticTrial() {}

    public static void main(String[] args) {
        int n = Integer.parseInt(args[1]);
        CriticSettings settings = CriticSettings.standard().withCritics(Integer.parseInt(args[4]));
        List<String> estimators = List.of("dv");
        boolean curve = false;
        for (int i = 6; i < args.length; i++) {
            String[] option = args[i].split("=");
            switch (option[0]) {
                case "curve" -> curve = true;
                case "estimators" -> estimators = List.of(option[1].split(","));
                case "stop" -> settings = settings.withStopShare(Double.parseDouble(option[1]));
                case "steps" -> settings = settings.withSteps(Integer.parseInt(option[1]));
                case "batch" -> settings = settings.withBatch(Integer.parseInt(option[1]));
                case "rate" -> settings = settings.withLearningRate(Double.parseDouble(option[1]));
                case "holdout" -> settings = settings.withHoldout(Double.parseDouble(option[1]));
                default -> throw new IllegalArgumentException("no option is called " + option[0]);
            }
        }
        DistinctPairs planted = DistinctPairs.of(args[0], n, Long.parseLong(args[5]));
        int pairs = planted.weight().length;
        try (CpuBackend backend = new CpuBackend(Integer.parseInt(args[3]));
                Tensor x = backend.allocate(pairs, DistinctPairs.DIMENSIONS);
                Tensor y = backend.allocate(pairs, DistinctPairs.DIMENSIONS)) {
            backend.write(planted.x(), x, 0);
            backend.write(planted.y(), y, 0);
            PairedStates states = new PairedStates(x, y, planted.symbols(args[2].equals("given")));
            String kind = "| " + args[0] + " | " + n + " | " + args[2];
            for (MiEstimate estimate : new StandardProtocol(backend, settings)
                    .estimates(estimators, states, CONTEXT, TrainingListener.SILENT)) {
                for (SeedEstimate seed : estimate.seeds()) {
                    row(kind, estimate, seed);
                    if (curve) {
                        curve(estimate, seed);
                    }
                }
                System.out.printf(
                        Locale.ROOT,
                        "%s | %s | %.3f [%.3f, %.3f] of %.3f |%n",
                        kind,
                        estimate.estimator(),
                        estimate.bits(),
                        estimate.low(),
                        estimate.high(),
                        estimate.ceiling().bits());
            }
        }
    }

    private static void row(String kind, MiEstimate estimate, SeedEstimate seed) {
        double ceiling = estimate.ceiling().bits();
        System.out.printf(
                Locale.ROOT,
                "%s | %d %s | %.3f of %.3f | %.2f %% | %d | %.2f million | %.1f | held out %.3f |%n",
                kind,
                seed.critic(),
                estimate.estimator(),
                seed.bits(),
                ceiling,
                100 * seed.bits() / ceiling,
                seed.steps(),
                seed.rowPasses() / 1e6,
                seed.seconds(),
                seed.heldOutBits());
    }

    private static void curve(MiEstimate estimate, SeedEstimate seed) {
        for (CurvePoint point : seed.curve()) {
            System.out.printf(
                    Locale.ROOT,
                    " %d:%.3f",
                    point.step(),
                    point.bits() / estimate.ceiling().bits());
        }
        System.out.println();
    }
}
