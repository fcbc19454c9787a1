package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;

/** Which estimates a block needs, in the order in which they are made: micro terms first, since every row needs them. */
final class EstimateJobs {
    private EstimateJobs() {}

    /** All estimates of one block of a subject. */
    static List<EstimateKey> ofBlock(MeasureSettings settings, Subject subject, int layer) {
        List<EstimateKey> keys = new ArrayList<>();
        keys.add(mergedKey(subject, layer));
        for (Estimator estimator : settings.estimators()) {
            if (estimator == Estimator.DV) {
                addMicroCritics(keys, settings, subject, layer);
            } else {
                for (int position = 0; position <= subject.grid().lastPosition(); position++) {
                    keys.add(ResultAssembler.resolutionKey(subject, layer, position, "micro"));
                }
            }
        }
        for (int position : subject.grid().positions()) {
            for (Estimator estimator : settings.estimators()) {
                if (estimator == Estimator.DV) {
                    addMacroCritics(keys, settings, subject, new Place(layer, position));
                } else {
                    keys.add(ResultAssembler.resolutionKey(subject, layer, position, "macro"));
                }
            }
        }
        return keys;
    }

    private record Place(int layer, int position) {}

    private static void addMicroCritics(List<EstimateKey> keys, MeasureSettings settings, Subject subject, int layer) {
        int positions =
                settings.protocol() == Protocol.STANDARD ? 1 : subject.grid().lastPosition() + 1;
        for (int position = 0; position < positions; position++) {
            for (int segment = 0; segment < subject.grid().segments().size(); segment++) {
                for (int seed = 0; seed < settings.critics(); seed++) {
                    keys.add(ResultAssembler.microKey(
                            subject,
                            settings.protocol(),
                            new ResultAssembler.MicroKey(
                                    layer, position, seed, subject.grid().key(segment))));
                }
            }
        }
    }

    private static void addMacroCritics(
            List<EstimateKey> keys, MeasureSettings settings, Subject subject, Place place) {
        for (int segment = 0; segment < subject.grid().segments().size(); segment++) {
            for (int seed = 0; seed < settings.critics(); seed++) {
                keys.add(ResultAssembler.macroKey(
                        subject,
                        place.layer,
                        place.position,
                        seed,
                        subject.grid().key(segment)));
            }
        }
    }

    /** Key of the count of merged states before and after a block. */
    static EstimateKey mergedKey(Subject subject, int layer) {
        return new EstimateKey(subject.control(), layer, -1, "merged", "", Double.NaN, -1, -1);
    }
}
