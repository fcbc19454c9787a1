package org.ieengine.cli.experiment;

import java.util.function.Supplier;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * A point of an experiment before it is measured: one measurement of ceiling, resolution and controls, and where critics are wanted
 * a second one with them.
 *
 * @param label what it is
 * @param sample what is measured
 * @param exact settings of the measurement without critics
 * @param critic settings of the one with critics; null for none
 */
public record ExperimentPoint(PointLabel label, Sample sample, MeasureSettings exact, MeasureSettings critic) {
    /**
     * Sequences and the model that reads them.
     *
     * @param model index among the models of the experiment
     * @param tokens gives the sequences [N, T]; the same at every call
     * @param source where they came from
     * @param demonstrations where lists are involved; {@link Demonstrations#NONE} otherwise
     */
    public record Sample(
            int model, Supplier<TokenMatrix> tokens, DataProvenance source, Demonstrations demonstrations) {}

    /** The same with critics by these settings. */
    public ExperimentPoint withCritic(MeasureSettings settings) {
        return new ExperimentPoint(label, sample, exact, settings);
    }
}
