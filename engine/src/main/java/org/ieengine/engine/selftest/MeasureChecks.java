package org.ieengine.engine.selftest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.InformationEmergence;
import org.ieengine.engine.ie.Journal;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.engine.ie.NextTokenPrediction;
import org.ieengine.engine.ie.RunInputs;
import org.ieengine.engine.ie.RunListener;
import org.ieengine.engine.ie.Selection;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;

/** A tiny measurement as a whole, on the device and on the CPU. Errors are bits. */
final class MeasureChecks {
    private static final int TOKENS = 3;

    private final SelftestScale scale;
    private final Precision precision;
    private final Path directory;
    private IeResult device;
    private IeResult cpu;

    /** @param directory for model and journals; writable */
    MeasureChecks(SelftestScale scale, Precision precision, Path directory) {
        this.scale = scale;
        this.precision = precision;
        this.directory = directory;
    }

    /** The first of them runs both measurements, the others compare. */
    List<Check> checks() {
        boolean rounded = precision != Precision.F32;
        List<Check> checks = new ArrayList<>();
        String shape = sequences() + " sequences of " + TOKENS + " tokens, gpt2";
        checks.add(new Check("measure: exact ceiling", shape, 0, trial -> {
            device = run(trial.backend(), "device-" + precision);
            try (CpuBackend reference = new CpuBackend(Runtime.getRuntime().availableProcessors())) {
                cpu = run(reference, "cpu-" + precision);
            }
            return Math.abs(device.measured().ceiling().ieBits()
                    - cpu.measured().ceiling().ieBits());
        }));
        // Both see the same noise, so only what rounding moves the states shows.
        checks.add(new Check("measure: resolution", shape, rounded ? 0.1 : 0.002, trial -> worst("resolution", 0)));
        // Critics of the same first weights and permutations; what they end on differs as it does between seeds.
        checks.add(new Check("measure: critics", shape, rounded ? 0.35 : 0.25, trial -> worst("dv", 3)));
        checks.add(new Check("measure: next tokens", shape, rounded ? 0.1 : 1e-3, trial -> nextTokens()));
        return checks;
    }

    private int sequences() {
        return scale == SelftestScale.FULL ? 400 : 16;
    }

    private IeResult run(Backend backend, String name) {
        MeasureSettings settings = MeasureSettings.builder()
                .layers(Selection.of(List.of(1)))
                .seeds(scale == SelftestScale.FULL ? 3 : 1)
                .draws(scale == SelftestScale.FULL ? 2048 : 64)
                .training(new MeasureSettings.Training(scale == SelftestScale.FULL ? 60 : 2, 0, 0, 0))
                .build();
        FamilyFiles files = FamilyFiles.copy("gpt2", directory);
        try (ModelDirectory model = ModelDirectory.open(files.directory())) {
            SplittableRandom random = new SplittableRandom(1);
            int[] ids = random.ints(
                            (long) sequences() * TOKENS, 0, model.config().vocabulary())
                    .toArray();
            RunInputs inputs = new RunInputs(
                    model,
                    new ModelProvenance("gpt2", model.parameters(), "", ""),
                    new TokenMatrix(ids, sequences(), TOKENS),
                    new DataProvenance("drawn", "", sequences(), Map.of(), Map.of()),
                    new EngineProvenance("", "", "", "", backend.description(), precision.name(), "own"));
            InformationEmergence measure = new InformationEmergence(settings, inputs, backend);
            Path results = Files.createTempDirectory(directory, name);
            try (Journal journal = Journal.open(results, false)) {
                return measure.run(measure.plan(MemoryLimits.FREE), journal, RunListener.SILENT);
            }
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    /** Greatest difference of a cross-entropy, with or without context, at any block and position. */
    private double nextTokens() {
        if (device == null || cpu == null) {
            throw new SelftestFault("the measurement did not end");
        }
        List<NextTokenPrediction.OfBlock> expected = cpu.measured().prediction().blocks();
        List<NextTokenPrediction.OfBlock> got = device.measured().prediction().blocks();
        double worst = 0;
        for (int i = 0; i < expected.size(); i++) {
            double macro = Math.abs(got.get(i).macroCeBits() - expected.get(i).macroCeBits());
            double micro = Math.abs(got.get(i).microCeBits() - expected.get(i).microCeBits());
            worst = Double.isNaN(macro + micro) ? Double.POSITIVE_INFINITY : Math.max(worst, Math.max(macro, micro));
        }
        return worst;
    }

    /** Greatest difference of a row's macro or mean micro value, less so many standard deviations of the CPU's over its seeds. */
    private double worst(String estimator, int deviations) {
        if (device == null || cpu == null) {
            throw new SelftestFault("the measurement did not end");
        }
        double worst = 0;
        int rows = 0;
        for (int i = 0; i < cpu.measured().layers().size(); i++) {
            IeResult.LayerRow expected = cpu.measured().layers().get(i);
            IeResult.LayerRow got = device.measured().layers().get(i);
            if (!expected.estimator().equals(estimator)) {
                continue;
            }
            rows++;
            double spread = Double.isFinite(expected.macro().sd())
                    ? deviations * expected.macro().sd()
                    : 0;
            double macro = Math.abs(got.macro().bits() - expected.macro().bits()) - spread;
            double micro = Math.abs(got.meanMicroBits() - expected.meanMicroBits());
            double error = Math.max(0, Math.max(macro, micro));
            worst = Double.isNaN(macro + micro) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
        }
        if (rows == 0) {
            throw new SelftestFault("the result has no rows of " + estimator);
        }
        return worst;
    }
}
