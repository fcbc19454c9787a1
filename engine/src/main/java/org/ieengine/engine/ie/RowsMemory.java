package org.ieengine.engine.ie;

import java.util.List;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.mi.continuous.HeldOutSettings;

/**
 * What estimates from rows take at most. The covariances of an estimate are on the heap whole, and so are the rows; a separable critic
 * has both its sides on the backend as well.
 */
final class RowsMemory {
    /** Width of the embeddings of a separable critic. */
    private static final long EMBEDDING = 64;

    /** Rows that judge a separable critic, each against all, at most. */
    private static final long CANDIDATES = 2048;

    /** Copies of parameters: value, gradient, two moments, and the best so far. */
    private static final long COPIES = 5;

    /** Matrices [2 d, 2 d] in float64 of covariances by block, and of the estimates without a block that are formed side by side. */
    private static final long COVARIANCES = 20 + 4 * 6;

    /** The same for the ratio that a separable critic starts from: one block. */
    private static final long COVARIANCES_OF_RATIO = 8;

    private RowsMemory() {}

    /** Bytes on the backend for training a separable critic on n rows of d dimensions a side, when all correlations are kept. */
    static long backendBytes(HeldOutSettings settings, int n, int d) {
        long judges = Math.min(CANDIDATES, Math.max(1, Math.round(settings.holdout() * n)));
        long batch = Math.min(settings.batch(), n);
        long rows = Math.max(batch, judges);
        long seen = 2L * d + 2;
        long factors = d + 2L;
        long parameters = 0;
        long activations = 0;
        long before = seen;
        List<Integer> widths = settings.widths();
        for (int width : widths.subList(0, widths.size() - 1)) {
            parameters += width * (before + 1);
            activations += 2L * rows * width;
            before = width;
        }
        parameters += EMBEDDING * (before + 1);
        long side = n * (seen + factors)
                + rows * (seen + EMBEDDING + factors + EMBEDDING)
                + COPIES * parameters
                + activations;
        return Float.BYTES * (2 * side + rows * rows + Math.max(batch * batch, judges * judges));
    }

    /**
     * Bytes on the heap for an estimate from n rows of d dimensions a side, drawn from so many samples.
     *
     * @param samples N
     */
    static long heapBytes(Estimator estimator, int n, int d, long samples) {
        long rows = 2L * n * d * Float.BYTES;
        long matrix = 4L * d * d * Double.BYTES;
        long own =
                switch (estimator) {
                    case GAUSSIAN -> COVARIANCES * matrix;
                    case COPULA -> rows + COVARIANCES * matrix;
                    // Scores, projections, what is seen, factors.
                    case INFONCE -> 5 * rows + COVARIANCES_OF_RATIO * matrix;
                    // Scores of a side, and all columns in float64 once and a tenth of them once more.
                    case KSG -> rows / 2 + 2 * rows + rows / 5;
                    default -> throw new IllegalArgumentException(estimator + " is not estimated from rows");
                };
        long draw = samples > n ? 2 * Integer.BYTES * samples : 0;
        return rows + own + draw;
    }
}
