package org.ieengine.engine.ie;

import java.util.Map;

/** Told of a run as it goes, on the thread that runs it. Every method may be left as it is. */
public interface RunListener {
    /** Tells nobody and never stops. */
    RunListener SILENT = new RunListener() {};

    /** The exact ceiling is known: before any network runs. {@code control} is empty for the model itself. */
    default void ceiling(String control, IeResult.Ceiling ceiling) {}

    /** Something moved; called often, so it should be quick. */
    default void progress(Progress progress) {}

    /** A row of the table is finished. {@code control} is empty for the model itself. */
    default void rowFinished(String control, IeResult.LayerRow row) {}

    /**
     * How well next tokens are predicted is known, of everyone that was measured.
     *
     * @param byControl the model itself under the empty name, then the controls; empty when nothing was predicted
     */
    default void predictions(Map<String, NextTokenPrediction> byControl) {}

    /** An estimate has been written to the journal. */
    default void estimateFinished(EstimateKey key) {}

    /** Something the user should know; also listed in the result. */
    default void warning(String text) {}

    /**
     * Asked between the steps of training and between micro-batches.
     *
     * @return why the run is to stop (an interrupt, a time limit), or null to go on
     */
    default String stopReason() {
        return null;
    }
}
