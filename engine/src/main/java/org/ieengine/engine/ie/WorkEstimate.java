package org.ieengine.engine.ie;

import java.util.List;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.continuous.HeldOutSettings;
import org.ieengine.loaders.model.ModelWeights;

/**
 * About how many floating-point operations the parts of a run take: for the time that a plan names and the share that is done. A
 * matrix product of [m, k] and [k, n] counts 2 m k n; training counts forward and backward as three products.
 */
final class WorkEstimate {
    /** Steps after which the standard protocol has usually stopped by itself: on tokens fed alone, and on sequences. */
    private static final int MICRO_STEPS = 30;

    private static final int MACRO_STEPS = 110;

    /** Pairs of symbols up to which every step takes all of them. */
    private static final int EXACT_PAIRS = 2048;

    /** Steps between two looks at the value, its pairings, and the most rows of it. */
    private static final int CHECK_STEPS = 20;

    private static final int CHECK_PAIRINGS = 2;
    private static final int CHECK_ROWS = 4096;

    /** Operations of a parameter in a step of Adam; memory, not arithmetic, is what it takes. */
    private static final double ADAM = 60;

    /** Operations of an exponential and what surrounds it; five of them per draw, state and noise level. */
    private static final double EXPONENTIAL = 200;

    private static final double EXPONENTIALS = 5 * EXPONENTIAL;

    /**
     * Operations of a product in the time of one in float64 of a covariance or a distance, which the host makes: where it makes the
     * products too (3 Gflop/s beside 30 to 45, both as measured on two cores that were shared), and where a device does.
     */
    private static final double HOST_OPERATION = 10;

    private static final double HOST_OPERATION_OF_DEVICE = 2000;

    /** Operations of a column of a neighbour: its distance and the largest so far. */
    private static final double NEIGHBOUR = 3;

    /** Factorisations of covariances of all columns, each a third of their cube: one without each of 20 blocks, and correlations. */
    private static final double CUBES = 10;

    /** Steps after which a separable critic has usually stopped by itself. */
    private static final double SEPARABLE_STEPS = 800;

    private final MeasureSettings settings;
    private final CriticSettings critic;
    private final double blockParameters;
    private final int width;
    private final int vocabulary;
    private final double tail;
    private final double hostOperation;

    /** @param device whether products are computed by a device, and what takes float64 on the host is slow beside them */
    WorkEstimate(MeasureSettings settings, ModelWeights weights, boolean device) {
        this.settings = settings;
        this.hostOperation = device ? HOST_OPERATION_OF_DEVICE : HOST_OPERATION;
        this.critic = settings.criticSettings();
        this.blockParameters = (double) weights.names().stream()
                        .filter(name -> name.matches("(h|layers)\\.\\d+\\..*"))
                        .mapToLong(name -> weights.tensor(name).elements())
                        .sum()
                / weights.config().layers();
        this.width = weights.config().width();
        this.vocabulary = weights.config().vocabulary();
        double sum = 0;
        List<Integer> widths = critic.widths();
        for (int i = 1; i < widths.size(); i++) {
            sum += (double) widths.get(i - 1) * widths.get(i);
        }
        this.tail = sum;
    }

    /** One block over both streams of a subject. */
    double forward(Subject subject) {
        return 2
                * blockParameters
                * (subject.sequences().rows() + (double) subject.pairs().microTokens());
    }

    /** One estimate. */
    double of(Subject subject, EstimateKey key) {
        if (key.term().equals("merged")) {
            return 0;
        }
        if (key.isPrediction()) {
            return prediction(subject.nextTokens());
        }
        boolean macro = key.term().equals("macro");
        int pairs = macro
                ? subject.sequences().level(key.position()).size()
                : key.position() < 0
                        ? subject.pairs().microTokens()
                        : subject.exact().distinctTokens(key.position());
        if (key.is(EstimatorKind.RESOLUTION)) {
            double levels = subject.grid().noise().length;
            return settings.draws() * (double) pairs * (8.0 * width + levels * EXPONENTIALS);
        }
        int dimensions =
                subject.grid().segments().get(Math.max(0, key.segment())).width();
        return key.is(EstimatorKind.ROWS)
                ? rows(subject, key, pairs, dimensions)
                : critic(subject, key, pairs, dimensions);
    }

    /** Logits of the distinct states, and an exponential of each. */
    private double prediction(NextTokens tokens) {
        double states = tokens.macro().distinctRows() + (double) tokens.micro().distinctRows();
        return states * vocabulary * (2.0 * width + EXPONENTIAL);
    }

    private double rows(Subject subject, EstimateKey key, int pairs, int dimensions) {
        if (pairs < 2) {
            return 0;
        }
        Estimator estimator = key.first();
        double rows = Math.min(subject.sequences().tokens().sequences(), SampleRows.most(estimator));
        double columns = 2.0 * dimensions;
        double covariance = rows * columns * columns;
        double cube = columns * columns * columns;
        double onHost =
                switch (estimator) {
                    case KSG -> rows * rows * columns * NEIGHBOUR;
                    case INFONCE -> covariance + cube;
                    default -> covariance + CUBES * cube;
                };
        double training = estimator == Estimator.INFONCE ? separableCritic(rows, columns) : 0;
        return onHost * hostOperation + training;
    }

    private double separableCritic(double rows, double columns) {
        HeldOutSettings settings = this.settings.rowCriticSettings();
        double steps = settings.steps() > 0 ? settings.steps() : SEPARABLE_STEPS;
        double batch = Math.min(rows, settings.batch());
        double weights = 0;
        double before = 2 * columns;
        for (int width : settings.widths()) {
            weights += width * before;
            before = width;
        }
        return steps * (6 * batch * (weights + batch * columns) + ADAM * weights);
    }

    private double critic(Subject subject, EstimateKey key, int pairs, int dimensions) {
        double projection = 8.0 * critic.widths().get(0) * dimensions;
        double adam = ADAM * (tail + 2.0 * critic.widths().get(0) * dimensions);
        if (settings.protocol() == Protocol.PAPER) {
            double rows = subject.sequences().tokens().sequences();
            return critic.steps() * (rows * (projection + 2 * 6 * tail) + adam);
        }
        if (pairs < 2) {
            return 0;
        }
        boolean macro = key.term().equals("macro");
        double steps = usualSteps(key);
        double evaluated = macro ? pairs : tokensOfAllPositions(subject);
        double evaluation = evaluated * ((critic.evaluationPairings() + 1) * 2 * tail + projection / 2);
        double check = Math.min(pairs, CHECK_ROWS) * ((CHECK_PAIRINGS + 1) * 2 * tail + projection / 2);
        boolean exact = (double) pairs * pairs <= EXACT_PAIRS;
        double rows = exact ? pairs : StandardProtocol.batch(critic, pairs);
        double pairsOfStep = exact ? (double) pairs * pairs : rows * (1 + critic.pairings());
        return steps * (rows * projection + pairsOfStep * 6 * tail + adam + check / CHECK_STEPS) + evaluation;
    }

    /** Steps after which the training of an estimate has usually ended. */
    int usualSteps(EstimateKey key) {
        if (settings.protocol() == Protocol.PAPER) {
            return critic.steps();
        }
        return Math.min(critic.steps(), key.term().equals("macro") ? MACRO_STEPS : MICRO_STEPS);
    }

    /** Distinct tokens of each position, added up: one critic of all is evaluated at each. */
    private static double tokensOfAllPositions(Subject subject) {
        double sum = 0;
        for (int position = 0; position <= subject.grid().lastPosition(); position++) {
            sum += subject.exact().distinctTokens(position);
        }
        return sum;
    }
}
