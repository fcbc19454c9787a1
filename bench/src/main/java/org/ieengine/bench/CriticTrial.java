package org.ieengine.bench;

import java.util.Locale;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.CurvePoint;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Tensor;

/**
 * How much of the information of planted distinct states (see {@link DistinctPairs}) a critic of the standard protocol reads, after
 * how many row passes and seconds: one line of a Markdown table per critic. {@code curve} adds the values on the way.
 *
 * <pre>CriticTrial KIND N given|none THREADS CRITICS SEED [curve] [stop=SHARE] [steps=N] [batch=N] [rate=R] [pairings=K]</pre>
 */
public final class CriticTrial {
    private CriticTrial() {}

    public static void main(String[] args) {
        int n = Integer.parseInt(args[1]);
        boolean grouped = args[2].equals("given");
        int critics = Integer.parseInt(args[4]);
        long seed = Long.parseLong(args[5]);
        boolean curve = false;
        CriticSettings settings = CriticSettings.standard();
        for (int i = 6; i < args.length; i++) {
            String[] option = args[i].split("=");
            switch (option[0]) {
                case "curve" -> curve = true;
                case "stop" -> settings = settings.withStopShare(Double.parseDouble(option[1]));
                case "steps" -> settings = settings.withSteps(Integer.parseInt(option[1]));
                case "batch" -> settings = settings.withBatch(Integer.parseInt(option[1]));
                case "rate" -> settings = settings.withLearningRate(Double.parseDouble(option[1]));
                default -> throw new IllegalArgumentException("no option is called " + option[0]);
            }
        }
        DistinctPairs planted = DistinctPairs.of(args[0], n, seed);
        int pairs = planted.weight().length;
        try (CpuBackend backend = new CpuBackend(Integer.parseInt(args[3]));
                Tensor x = backend.allocate(pairs, DistinctPairs.DIMENSIONS);
                Tensor y = backend.allocate(pairs, DistinctPairs.DIMENSIONS)) {
            backend.write(planted.x(), x, 0);
            backend.write(planted.y(), y, 0);
            PairedStates states = new PairedStates(x, y, planted.symbols(grouped));
            double ceiling = states.symbols().ceiling().bits();
            StandardProtocol protocol = new StandardProtocol(backend, settings);
            for (int critic = 0; critic < critics; critic++) {
                SeedEstimate estimate =
                        protocol.train(states, new EstimateContext(seed, 0, 0), critic, TrainingListener.SILENT);
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %d | %s | %.3f of %.3f | %.2f %% | %d | %.2fM | %.1f |%n",
                        args[0],
                        n,
                        args[2],
                        estimate.bits(),
                        ceiling,
                        100 * estimate.bits() / ceiling,
                        estimate.steps(),
                        estimate.rowPasses() / 1e6,
                        estimate.seconds());
                if (curve) {
                    for (CurvePoint point : estimate.curve()) {
                        System.out.printf(Locale.ROOT, " %d:%.3f", point.step(), point.bits() / ceiling);
                    }
                    System.out.println();
                }
            }
        }
    }
}
