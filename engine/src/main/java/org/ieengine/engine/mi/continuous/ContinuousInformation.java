package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;

/** Several estimators of one set of samples at once: those that are read from the same critics share their training. */
public final class ContinuousInformation {
    /** Names of all estimators, {@code auto} apart. */
    public static final List<String> ESTIMATORS = List.of("dv", "nwj", "smile", "infonce", "gaussian", "copula", "ksg");

    /** Columns of x and y together beyond which neighbours read too little to be compared, and take too long. */
    public static final int MOST_NEIGHBOUR_COLUMNS = 20;

    private final Backend backend;
    private final Options options;

    /**
     * What to estimate and how.
     *
     * @param estimators names out of {@link #ESTIMATORS}; empty for {@code auto}: copula, dv and, of at
     *     most {@value ContinuousInformation#MOST_NEIGHBOUR_COLUMNS} columns, ksg, and which of them to believe
     * @param neighbours of ksg
     * @param critics how critics are trained
     */
    public record Options(List<String> estimators, int neighbours, HeldOutSettings critics) {
        /** The recommended estimator, three neighbours, standard critics. */
        public static final Options AUTO = new Options(List.of(), 3, HeldOutSettings.standard());

        /**
         * Checks the names.
         *
         * @throws IllegalArgumentException for an unknown one
         */
        public Options {
            estimators = List.copyOf(estimators);
            for (String name : estimators) {
                if (!ESTIMATORS.contains(name)) {
                    throw new IllegalArgumentException("estimator '" + name + "' is none of " + ESTIMATORS);
                }
            }
        }
    }

    /**
     * Estimates in the order asked for; for {@code auto} the recommended one first.
     *
     * @param estimates one per estimator
     * @param recommendation which to believe and why; null unless all that {@code auto} compares are among the estimates
     */
    public record Answer(List<ContinuousEstimate> estimates, Recommendation recommendation) {
        /** Copies the list. */
        public Answer {
            estimates = List.copyOf(estimates);
        }
    }

    /** Where and what to estimate. */
    public ContinuousInformation(Backend backend, Options options) {
        this.backend = backend;
        this.options = options;
    }

    /**
     * Estimates MI(x; y).
     *
     * @param seed keys everything random
     * @throws RuntimeException whatever the listener throws to stop
     */
    public Answer estimate(SamplePairs pairs, long seed, TrainingListener listener) {
        boolean auto = options.estimators.isEmpty();
        List<String> compared = compared(pairs);
        List<String> names = auto ? compared : options.estimators;
        Map<String, ContinuousEstimate> found = new LinkedHashMap<>();
        HeldOutCritics.Readings critics = null;
        for (String name : names) {
            switch (name) {
                case "gaussian" -> found.put(name, Gaussian.ofValues().estimate(pairs, seed, listener));
                case "copula" -> found.put(name, Gaussian.ofNormalScores().estimate(pairs, seed, listener));
                case "ksg" ->
                    found.put(
                            name,
                            new Ksg(options.neighbours, Ksg.Margins.NORMAL_SCORES).estimate(pairs, seed, listener));
                case "infonce" ->
                    found.put(name, new InfoNce(backend, options.critics).estimate(pairs, seed, listener));
                default -> {
                    if (critics == null) {
                        critics = new HeldOutCritics(backend, options.critics).train(pairs, seed, listener);
                    }
                    found.put(name, critics.estimate(bound(name)));
                }
            }
        }
        if (!found.keySet().containsAll(compared)) {
            return new Answer(new ArrayList<>(found.values()), null);
        }
        Recommendation recommended = Recommendation.of(new Recommendation.Evidence(
                found.get("copula"), found.get("ksg"), found.get("dv"), critics.gain(), pairs.dx() + pairs.dy()));
        List<ContinuousEstimate> ordered = new ArrayList<>();
        if (auto) {
            ordered.add(found.remove(recommended.estimator()));
        }
        ordered.addAll(found.values());
        return new Answer(ordered, recommended);
    }

    private static List<String> compared(SamplePairs pairs) {
        return pairs.dx() + pairs.dy() <= MOST_NEIGHBOUR_COLUMNS
                ? List.of("copula", "ksg", "dv")
                : List.of("copula", "dv");
    }

    private static Bound bound(String name) {
        return Arrays.stream(Bound.values())
                .filter(bound -> bound.label().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * The samples with the rows of y in another order: what an estimator reads of them is what it reads when the truth is zero.
     *
     * @param shuffle number of the order, from 0
     */
    public static SamplePairs shuffled(SamplePairs pairs, long seed, int shuffle) {
        int[] order = new int[pairs.size()];
        Arrays.setAll(order, i -> i);
        CriticDraw.NULL_ORDER.stream(seed, shuffle, 0).shuffle(order);
        float[] y = new float[pairs.y().length];
        for (int i = 0; i < order.length; i++) {
            System.arraycopy(pairs.y(), order[i] * pairs.dy(), y, i * pairs.dy(), pairs.dy());
        }
        return new SamplePairs(pairs.x(), pairs.dx(), y, pairs.dy());
    }
}
