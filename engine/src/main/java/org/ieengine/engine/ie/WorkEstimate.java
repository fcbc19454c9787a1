package org.ieengine.engine.ie;

import java.util.List;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.loaders.model.ModelWeights;

/**
 * About how many floating-point operations the parts of a run take: for the time that a plan names and the share that is done. A
 * matrix product of [m, k] and [k, n] counts 2 m k n; training counts forward and backward as three products.
 */
final class WorkEstimate {
    /** Joint rows of a step that the standard protocol takes by itself. */
    private static final int STANDARD_BATCH = 4096;

    /** Steps after which the standard protocol has usually stopped by itself: on few symbols, and on many. */
    private static final int FEW_SYMBOL_STEPS = 150;

    private static final int MANY_SYMBOL_STEPS = 600;

    /** Operations of an exponential and what surrounds it; five of them per draw, state and noise level. */
    private static final double EXPONENTIALS = 5 * 20;

    private final MeasureSettings settings;
    private final CriticSettings critic;
    private final double blockParameters;
    private final int width;
    private final double tail;

    WorkEstimate(MeasureSettings settings, ModelWeights weights) {
        this.settings = settings;
        this.critic = settings.criticSettings();
        this.blockParameters = (double) weights.names().stream()
                        .filter(name -> name.matches("(h|layers)\\.\\d+\\..*"))
                        .mapToLong(name -> weights.tensor(name).elements())
                        .sum()
                / weights.config().layers();
        this.width = weights.config().width();
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
        boolean macro = key.term().equals("macro");
        int pairs = macro
                ? subject.sequences().level(key.position()).size()
                : key.position() < 0
                        ? subject.pairs().microTokens()
                        : subject.exact().distinctTokens(key.position());
        if (key.estimator().equals(Estimator.RESOLUTION.label())) {
            double levels = subject.grid().noise().length;
            return settings.draws() * (double) pairs * (8.0 * width + levels * EXPONENTIALS);
        }
        int dimensions =
                subject.grid().segments().get(Math.max(0, key.segment())).width();
        return critic(subject, pairs, dimensions);
    }

    private double critic(Subject subject, int pairs, int dimensions) {
        double projection = 8.0 * critic.widths().get(0) * dimensions;
        if (settings.protocol() == Protocol.PAPER) {
            double rows = subject.sequences().tokens().sequences();
            return critic.steps() * rows * (projection + 2 * 6 * tail);
        }
        double batch = Math.min(pairs, critic.batch() > 0 ? critic.batch() : STANDARD_BATCH);
        double evaluation = pairs * (critic.evaluationPairings() + 1) * 2 * tail;
        if ((double) pairs * pairs <= 2 * STANDARD_BATCH) {
            return Math.min(critic.steps(), FEW_SYMBOL_STEPS)
                    * (pairs * projection + (double) pairs * pairs * 6 * tail);
        }
        return Math.min(critic.steps(), MANY_SYMBOL_STEPS) * batch * (projection + (1 + critic.pairings()) * 6 * tail)
                + evaluation;
    }
}
