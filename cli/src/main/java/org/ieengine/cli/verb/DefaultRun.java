package org.ieengine.cli.verb;

import java.util.Map;
import java.util.SplittableRandom;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.engine.ie.InformationEmergence;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.engine.ie.RunInputs;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * What {@code measure} needs for a model at its defaults: the plan for as many sequences as it takes at most, of random tokens, so
 * that hardly any prefix is shared. Real sentences share prefixes and need less.
 *
 * @param tokens T
 * @param hostBytes memory outside the heap
 * @param heapBytes memory of the Java heap
 */
record DefaultRun(int tokens, long hostBytes, long heapBytes) {
    /** Sequences of a run at its defaults. */
    static final int SEQUENCES = 300_000;

    private static final int TOKENS = 8;

    /** The plan for a model; reads no weights. */
    static DefaultRun of(ModelDirectory model) {
        int tokens = Math.min(TOKENS, model.config().maxPositions());
        int[] ids = new SplittableRandom(0)
                .ints((long) SEQUENCES * tokens, 0, model.config().vocabulary())
                .toArray();
        RunInputs inputs = new RunInputs(
                model,
                new ModelProvenance(model.directory().toString(), model.parameters(), "", ""),
                new TokenMatrix(ids, SEQUENCES, tokens),
                new DataProvenance("", "", SEQUENCES, Map.of(), Map.of()),
                Provenance.engine("", "f32", "own"));
        try (CpuBackend backend = CpuBackend.plainJava(1)) {
            MemoryPlan plan = new InformationEmergence(MeasureSettings.builder().build(), inputs, backend)
                    .bytes(MemoryLimits.FREE);
            return new DefaultRun(tokens, plan.bytes(Place.BACKEND), plan.bytes(Place.HEAP));
        }
    }

    /** For a person. */
    String sentence() {
        return "at most " + Figures.bytes(hostBytes) + " and " + Figures.bytes(heapBytes)
                + " of Java heap for measure on " + Figures.count(SEQUENCES) + " sequences of " + tokens + " tokens";
    }
}
