package org.ieengine.bench.tasks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.Resolution;
import org.ieengine.engine.mi.ResolutionEstimate.Level;
import org.ieengine.engine.mi.ResolutionEstimate.Quantity;
import org.ieengine.engine.mi.ResolutionSettings;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.array.ArrayFiles;
import org.ieengine.loaders.array.ArrayRows;
import org.ieengine.loaders.safetensors.SafetensorsFile;

/**
 * Tasks from real hidden states: each block's states before and after, standardised and read through noise of sqrt(2 d) times 1/32, 1/16, 1/8, 3/16
 * and 5/16. The truth is the information at that resolution, a mean over 8,192 draws with its standard error.
 */
public final class ActivationTasks {
    private static final String STATES = "hidden_states.";
    /** Names of the noise levels, in the order of their values. */
    private static final List<String> NOISES = List.of("1/32", "1/16", "1/8", "3/16", "5/16");

    private static final double[] FACTORS = {1 / 32d, 1 / 16d, 1 / 8d, 3 / 16d, 5 / 16d};
    private static final int DRAWS = 8_192;
    private static final double NATS_PER_BIT = Math.log(2);

    private ActivationTasks() {}

    /**
     * Five tasks for every two tensors {@code hidden_states.l} and {@code hidden_states.l+1} of one position, [N, 1, d] or [N, d].
     *
     * @param file safetensors file; its name begins the names of the tasks
     * @param backend computes the truths
     * @throws org.ieengine.loaders.InputException when the file is at fault
     * @throws IllegalArgumentException when no two such tensors are there
     */
    public static List<KnownTask> tasks(Path file, Backend backend) {
        int[] layers;
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            layers = opened.names().stream()
                    .filter(name -> name.startsWith(STATES))
                    .mapToInt(name -> Integer.parseInt(name.substring(STATES.length())))
                    .sorted()
                    .toArray();
        }
        List<KnownTask> tasks = new ArrayList<>();
        for (int i = 0; i + 1 < layers.length; i++) {
            if (layers[i + 1] == layers[i] + 1) {
                States x = States.read(file, layers[i]);
                States y = States.read(file, layers[i + 1]);
                tasks.addAll(block(file.getFileName() + " block " + layers[i], x, y, backend));
            }
        }
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException(file + " holds no two tensors " + STATES + "l and " + STATES + "l+1");
        }
        return List.copyOf(tasks);
    }

    /** Standardised states [S, d]. */
    record States(float[] values, int width) {
        static States read(Path file, int layer) {
            try (ArrayRows rows = ArrayFiles.open(file + ":" + STATES + layer)) {
                int count = Math.toIntExact(rows.rows());
                double[] values = new double[Math.multiplyExact(count, rows.columns())];
                rows.read(0, count, values);
                float[] floats = new float[values.length];
                for (int i = 0; i < values.length; i++) {
                    floats[i] = (float) values[i];
                }
                return standardised(floats, rows.columns());
            }
        }

        static States standardised(float[] values, int width) {
            Columns.standardiseOrDrop(values, width);
            return new States(values, width);
        }
    }

    static List<KnownTask> block(String name, States x, States y, Backend backend) {
        List<Double> sigmas = Arrays.stream(FACTORS)
                .mapToObj(factor -> factor * Math.sqrt(2d * x.width))
                .toList();
        List<Quantity> truths = truths(x, y, sigmas, backend);
        List<KnownTask> tasks = new ArrayList<>();
        for (int s = 0; s < sigmas.size(); s++) {
            NoisyStates law = new NoisyStates(x.values, x.width, y.values, sigmas.get(s));
            Quantity truth = truths.get(s);
            tasks.add(KnownTask.of(
                            name + ", noise " + NOISES.get(s),
                            new int[] {x.width, y.width},
                            truth.bits() * NATS_PER_BIT,
                            law)
                    .withTruthError(truth.se() * NATS_PER_BIT));
        }
        return tasks;
    }

    /** MI(x'; y') at each noise level; repeated states are components of their own, which changes nothing. */
    static List<Quantity> truths(States x, States y, List<Double> sigmas, Backend backend) {
        if (x.width != y.width || y.values.length != x.values.length) {
            throw new IllegalArgumentException("states [" + x.values.length / x.width + ", " + x.width + "] and ["
                    + y.values.length / y.width + ", " + y.width + "] of one shape are expected");
        }
        double[] weight = new double[x.values.length / x.width];
        Arrays.fill(weight, 1);
        SymbolStates states = new SymbolStates(x.values, y.values, PairSymbols.oneToOne(new int[0], weight));
        PairedStates pairs = states.on(backend);
        try (Resolution resolution = new Resolution(backend, new ResolutionSettings(sigmas, DRAWS, 0))) {
            List<Level> levels =
                    resolution.estimate(pairs, TrainingListener.SILENT).levels();
            return sigmas.stream()
                    .map(sigma -> levels.stream()
                            .filter(level -> level.sigma() == sigma)
                            .findFirst()
                            .orElseThrow()
                            .block())
                    .toList();
        } finally {
            pairs.x().close();
            pairs.y().close();
        }
    }
}
