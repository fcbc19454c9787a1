package org.ieengine.cli.verb;

import java.util.List;
import java.util.stream.Stream;
import org.ieengine.cli.option.UsageException;
import org.ieengine.engine.ie.MeasureSettings.Training;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.ResolutionSettings;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.continuous.ContinuousInformation;
import org.ieengine.engine.mi.continuous.HeldOutSettings;

/**
 * What {@code mi} was asked for, apart from the arrays.
 *
 * @param estimators names in the order asked for; empty for {@code auto}
 * @param paper whether the published protocol trains the critics of discrete data
 * @param seeds critics of an estimate; 0 for what the protocol says
 * @param training other overrides of the protocol
 * @param noise noise levels of resolution; empty for the standard ones
 * @param neighbours of ksg; 0 for the standard number
 * @param nulls shuffles of y that every estimate is compared with; 0 for none
 * @param check whether laws are checked on the arrays
 * @param groups whether labels were given
 * @param seed keys everything random
 */
record PairSettings(
        List<String> estimators,
        boolean paper,
        int seeds,
        Training training,
        List<Double> noise,
        int neighbours,
        int nulls,
        boolean check,
        boolean groups,
        long seed) {
    /** Estimators of symbols alone; the others take rows of numbers. Whether {@code dv} does depends on the kind. */
    static final String RESOLUTION = "resolution";

    private static final String DV = "dv";
    private static final String KSG = "ksg";
    private static final int DRAWS = 2048;

    /** Estimators that are read from the critics of symbols. */
    private static final List<String> SYMBOL_CRITICS = StandardProtocol.estimators();

    /** What {@code auto} compares in continuous data. */
    private static final List<String> COMPARED = List.of(DV, "copula", KSG);

    /** Estimators that train nothing. */
    private static final List<String> CLOSED = List.of(RESOLUTION, "gaussian", "copula", KSG);

    /** What the rows are taken for. */
    enum Kind {
        /** Equal rows are one symbol. */
        DISCRETE("discrete"),
        /** Rows are samples of continuous values. */
        CONTINUOUS("continuous");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** As on the command line. */
        String label() {
            return label;
        }
    }

    /** All names that {@code --estimator} takes beside {@code auto}. */
    static List<String> names() {
        return Stream.concat(ContinuousInformation.ESTIMATORS.stream(), Stream.of(RESOLUTION))
                .toList();
    }

    /** Whether no estimator was named. */
    boolean auto() {
        return estimators.isEmpty();
    }

    /** The estimators of a kind, all that {@code auto} stands for. */
    List<String> estimatorsFor(Kind kind) {
        return auto() ? kind == Kind.DISCRETE ? List.of(DV) : COMPARED : estimators;
    }

    /** Whether an estimator works on symbols, not on rows of numbers. */
    static boolean ofSymbols(String estimator, Kind kind) {
        return kind == Kind.DISCRETE && (estimator.equals(RESOLUTION) || SYMBOL_CRITICS.contains(estimator));
    }

    /**
     * Refuses neighbours that {@code auto} would not count.
     *
     * @param columns of x and y together
     * @throws UsageException naming the option
     */
    void requireNeighbours(Kind kind, long columns) {
        long most = ContinuousInformation.MOST_NEIGHBOUR_COLUMNS;
        refuse(
                neighbours > 0 && auto() && kind == Kind.CONTINUOUS && columns > most,
                "--k",
                "is of meaning to the estimator ksg, which auto leaves out beyond " + most
                        + " columns of x and y together, and these have " + columns + "; give --estimator ksg");
    }

    /**
     * Refuses what contradicts the kind of data.
     *
     * @param decision what {@code auto} decided and why, as a clause that ends a sentence; empty where the kind was given
     * @throws UsageException naming the option
     */
    void require(Kind kind, String decision) {
        List<String> names = estimatorsFor(kind);
        if (kind == Kind.CONTINUOUS) {
            refuse(
                    names.contains(RESOLUTION),
                    "--estimator",
                    "resolution reads states of symbols through noise, and continuous data have no symbols; leave it"
                            + " out, or give --kind discrete" + decision);
            refuse(
                    paper,
                    "--protocol",
                    "paper is a protocol for discrete data; leave it out, or give --kind discrete" + decision);
            refuse(
                    groups,
                    "--groups",
                    "labels are of use with discrete data alone; leave them out, or give --kind discrete" + decision);
            heldOut();
        } else {
            requireDiscrete(names, decision);
        }
        refuse(
                neighbours > 0 && !names.contains(KSG),
                "--k",
                "is of meaning to the estimator ksg, which --estimator leaves out" + decision);
    }

    private void requireDiscrete(List<String> names, String decision) {
        boolean otherCritics = names.stream().anyMatch(name -> SYMBOL_CRITICS.contains(name) && !name.equals(DV));
        refuse(
                paper && otherCritics,
                "--protocol",
                "paper is a protocol of dv alone; leave nwj and smile out, or give --protocol standard" + decision);
        boolean rows = names.stream().anyMatch(name -> !ofSymbols(name, Kind.DISCRETE));
        refuse(
                check && !rows,
                "--check",
                "the laws are those of estimators of continuous data; name one, e.g. --estimator ksg, or give --kind"
                        + " continuous" + decision);
        if (rows) {
            heldOut();
        }
    }

    /** Refuses options of training where nothing is trained. */
    void requireTrained(List<String> given) {
        if (!auto() && CLOSED.containsAll(estimators) && !given.isEmpty()) {
            throw new UsageException(
                    given.get(0),
                    "is of meaning to trained critics, and " + String.join(", ", estimators) + " train"
                            + (estimators.size() == 1 ? "s" : "") + " none");
        }
    }

    private static void refuse(boolean wrong, String option, String sentence) {
        if (wrong) {
            throw new UsageException(option, sentence);
        }
    }

    /** How critics of discrete data are trained. */
    CriticSettings critics() {
        CriticSettings settings = paper ? CriticSettings.paper() : CriticSettings.standard();
        settings = seeds == 0 ? settings : settings.withCritics(seeds);
        settings = training.epochs() == 0 ? settings : settings.withSteps(training.epochs());
        settings = training.batch() == 0 ? settings : settings.withBatch(training.batch());
        settings = training.learningRate() == 0 ? settings : settings.withLearningRate(training.learningRate());
        return training.holdout() == 0 ? settings : settings.withHoldout(training.holdout());
    }

    /**
     * How critics of continuous data are trained and judged.
     *
     * @throws UsageException when too few or too many samples would be held out
     */
    HeldOutSettings heldOut() {
        HeldOutSettings settings = HeldOutSettings.standard();
        settings = seeds == 0 ? settings : settings.withCritics(seeds);
        settings = training.epochs() == 0 ? settings : settings.withSteps(training.epochs());
        settings = training.batch() == 0 ? settings : settings.withBatch(training.batch());
        settings = training.learningRate() == 0 ? settings : settings.withLearningRate(training.learningRate());
        double holdout = training.holdout();
        refuse(
                holdout != 0 && (holdout < 0.01 || holdout > 0.5),
                "--holdout",
                holdout + " is out of range: from 0.01 to 0.5 where critics of continuous data are judged by it");
        return holdout == 0 ? settings : settings.withHoldout(holdout);
    }

    /** Which estimators of continuous data and how; no names for {@code auto}. */
    ContinuousInformation.Options options(List<String> names) {
        int standard = ContinuousInformation.Options.AUTO.neighbours();
        return new ContinuousInformation.Options(names, neighbours == 0 ? standard : neighbours, heldOut());
    }

    /** At which noise information is read. */
    ResolutionSettings resolution() {
        return new ResolutionSettings(noise, DRAWS, seed);
    }
}
