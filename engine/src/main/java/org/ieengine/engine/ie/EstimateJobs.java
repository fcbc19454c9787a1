package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.ieengine.engine.ie.EstimateKeys.Part;
import org.ieengine.engine.ie.MeasureSettings.Estimator;

/** Which estimates a block needs, in the order in which they are made: micro terms first, since every row needs them. */
final class EstimateJobs {
    private EstimateJobs() {}

    /** All estimates of one block of a subject, each once; none of a block that is not wanted and has no part in anything. */
    static List<EstimateKey> ofBlock(MeasureSettings settings, Subject subject, int layer) {
        EstimateKeys keys = new EstimateKeys(settings, subject);
        Set<EstimateKey> all = new LinkedHashSet<>();
        if (subject.grid().layers().contains(layer)) {
            addWanted(all, keys, settings, subject, layer);
        }
        if (subject.nextTokens() != null && subject.layers().contains(layer)) {
            all.add(keys.prediction(layer));
        }
        return new ArrayList<>(all);
    }

    private static void addWanted(
            Set<EstimateKey> all, EstimateKeys keys, MeasureSettings settings, Subject subject, int layer) {
        all.add(keys.merged(layer));
        for (Estimator estimator : settings.estimators()) {
            for (int position = 0; position <= subject.grid().lastPosition(); position++) {
                for (Part part : parts(keys, subject, estimator)) {
                    all.add(keys.micro(estimator, layer, position, part));
                }
            }
        }
        for (int position : subject.grid().positions()) {
            for (Estimator estimator : settings.estimators()) {
                for (Part part : parts(keys, subject, estimator)) {
                    all.add(keys.macro(estimator, layer, position, part));
                }
            }
        }
    }

    private static List<Part> parts(EstimateKeys keys, Subject subject, Estimator estimator) {
        int segments = estimator.kind() == EstimatorKind.RESOLUTION
                ? 1
                : subject.grid().segments().size();
        List<Part> parts = new ArrayList<>();
        for (int segment = 0; segment < segments; segment++) {
            for (int seed = 0; seed < keys.critics(estimator); seed++) {
                parts.add(new Part(seed, segment));
            }
        }
        return parts;
    }
}
