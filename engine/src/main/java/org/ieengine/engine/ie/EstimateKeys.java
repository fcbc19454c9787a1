package org.ieengine.engine.ie;

import java.util.List;
import java.util.stream.Collectors;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;

/** Which line of the journal holds what of a subject. Estimators that are read from the same critics share their lines. */
final class EstimateKeys {
    private final MeasureSettings settings;
    private final Subject subject;

    EstimateKeys(MeasureSettings settings, Subject subject) {
        this.settings = settings;
        this.subject = subject;
    }

    /**
     * Which of the runs that are averaged.
     *
     * @param seed number of the critic; 0 where nothing is trained
     * @param segment index of the slice of dimensions in the grid
     */
    record Part(int seed, int segment) {}

    /** Independent critics of an estimate; 1 where nothing is trained. */
    int critics(Estimator estimator) {
        return isTrained(estimator) ? settings.critics() : 1;
    }

    private static boolean isTrained(Estimator estimator) {
        return estimator.kind() == EstimatorKind.CRITIC || estimator == Estimator.INFONCE;
    }

    /** Count of merged states before and after a block. */
    EstimateKey merged(int layer) {
        return new EstimateKey(subject.control(), layer, -1, "merged", "", Double.NaN, -1, -1);
    }

    /** What the states after a block say of the next tokens. */
    EstimateKey prediction(int layer) {
        return new EstimateKey(subject.control(), layer, -1, EstimateKey.PREDICTION, "", Double.NaN, -1, -1);
    }

    /** The macro term at a position. */
    EstimateKey macro(Estimator estimator, int layer, int position, Part part) {
        return key("macro", estimator, layer, position, part);
    }

    /** The micro term of a position: the line may hold those of other positions too. */
    EstimateKey micro(Estimator estimator, int layer, int position, Part part) {
        return key("micro", estimator, layer, microPosition(estimator, position), part);
    }

    private int microPosition(Estimator estimator, int position) {
        return switch (estimator.kind()) {
            // The standard protocol trains one critic on the pooled tokens; the published one a critic per position.
            case CRITIC -> settings.protocol() == Protocol.STANDARD ? -1 : position;
            case RESOLUTION -> position;
            case ROWS -> subject.pairs().firstOfSameTokens(position);
        };
    }

    private EstimateKey key(String term, Estimator estimator, int layer, int position, Part part) {
        boolean sliced = estimator.kind() != EstimatorKind.RESOLUTION;
        return new EstimateKey(
                subject.control(),
                layer,
                position,
                term,
                name(estimator),
                Double.NaN,
                isTrained(estimator) ? part.seed : -1,
                sliced ? subject.grid().key(part.segment) : -1);
    }

    /** Name of an estimator in keys; of those that share critics all names, in the order of the result. */
    private String name(Estimator estimator) {
        return estimator.kind() == EstimatorKind.CRITIC
                ? settings.estimators(EstimatorKind.CRITIC).stream()
                        .map(Estimator::label)
                        .collect(Collectors.joining(","))
                : estimator.label();
    }

    /** Name of an estimator's bits among the numbers of its lines. */
    String bitsName(Estimator estimator) {
        return estimator.kind() == EstimatorKind.CRITIC
                ? bitsName(estimator, settings.estimators(EstimatorKind.CRITIC))
                : bitsName(estimator, List.of(estimator));
    }

    /** Name of an estimator's bits in a line that several share: the first has the plain name. */
    static String bitsName(Estimator estimator, List<Estimator> sharing) {
        return sharing.get(0) == estimator ? "bits" : estimator.label() + "_bits";
    }
}
