package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Philox;

/**
 * Laws of mutual information, put to an estimator on samples whose information nobody knows: the same samples are changed so that the
 * law says what becomes of the information, and read again. (Song and Ermon 2020, arXiv 1910.06222, ask for
 * independence, data processing and additivity; the other laws are invariances of the quantity.) A law that does not hold says that the
 * estimator cannot be believed on samples like these; laws that hold prove nothing, an estimator that always reads 0 keeps them all.
 *
 * <ul>
 *   <li>independence: the rows of y in another order, expected 0;
 *   <li>noise columns: standard normal columns beside y, one for each of its columns up to {@value #MOST_NOISE_COLUMNS};
 *   <li>increasing map: each column of y, standardised, by z + z^3 / 3. Not asked of {@code gaussian}, which knows linear maps only;
 *   <li>rotation: x, each column standardised, by the orthogonal map I - 2 v v' with v along (1, 2, ..., dx), which turns the sign
 *       where there is one column. Not asked of {@code copula}, which knows maps of single columns only;
 *   <li>added noise: y, each column standardised, plus standard normal noise tells no more;
 *   <li>half the columns: the first half of y's columns tells no more; asked where there are two or more;
 *   <li>additivity: rows in an order drawn by the seed, cut in two halves, one half beside the other: twice as much. Half the samples
 *       in twice the columns: what reads too little where samples are scarce breaks this one first (measured: critics on 2,000 Student-t pairs of
 *       two columns a side, dv 0.35 for 0.64 bits; nearest neighbours on normal pairs of five).
 * </ul>
 */
public final class SelfConsistency {
    /**
     * Bits that a reading may differ beyond its interval: by so much readings of critics trained anew on 2,000 pairs changed by an
     * invertible map were measured to differ at most.
     */
    public static final double FLOOR_BITS = 0.02;

    private static final int MOST_NOISE_COLUMNS = 8;

    private static final int NOISE_COLUMNS = 0;
    private static final int ADDED_NOISE = 1;
    private static final int HALVES = 2;

    private final ContinuousEstimator estimator;

    /** Laws for an estimator. */
    public SelfConsistency(ContinuousEstimator estimator) {
        this.estimator = estimator;
    }

    /**
     * What became of a law, in bits.
     *
     * @param name short name
     * @param statement the law in words
     * @param expectedBits what the law says; of data processing the most it allows
     * @param readBits what was read; NaN where the estimator reads nothing
     * @param allowedBits most difference that counts as none: {@link #FLOOR_BITS} and the root of the summed squares of the half widths
     *     of the 95 % intervals of the readings compared, each as many times as the reading counts. A reading without an
     *     interval adds nothing
     * @param holds whether the difference is allowed; false where a value is NaN, since then nothing was confirmed
     */
    public record Law(
            String name, String statement, double expectedBits, double readBits, double allowedBits, boolean holds) {}

    /** What a law says of a reading. */
    private enum Relation {
        EQUAL {
            @Override
            boolean holds(double difference, double allowed) {
                return Math.abs(difference) <= allowed;
            }
        },
        AT_MOST {
            @Override
            boolean holds(double difference, double allowed) {
                return difference <= allowed;
            }
        };

        abstract boolean holds(double difference, double allowed);
    }

    /**
     * Puts every law that fits, in the order of the class comment: seven or eight estimates, each as long as one of the samples.
     *
     * @param pairs x [N, dx] and y [N, dy]
     * @param seed keys the estimates and the changes of the samples
     * @param listener told of each estimate in turn
     * @throws RuntimeException whatever the listener throws to stop
     */
    public List<Law> check(SamplePairs pairs, long seed, TrainingListener listener) {
        ContinuousEstimate own = estimator.estimate(pairs, seed, listener);
        List<Law> laws = new ArrayList<>();
        Readings readings = new Readings(own, seed, listener, laws);
        readings.put(
                new Wording("independence", "y in another order tells nothing of x"),
                ContinuousInformation.shuffled(pairs, seed, 0),
                0,
                Relation.EQUAL);
        readings.put(
                new Wording("noise columns", "noise beside y changes nothing"),
                withNoiseColumns(pairs, seed),
                1,
                Relation.EQUAL);
        if (!estimator.name().equals("gaussian")) {
            readings.put(
                    new Wording("increasing map", "an increasing map of each column of y changes nothing"),
                    increased(pairs),
                    1,
                    Relation.EQUAL);
        }
        if (!estimator.name().equals("copula")) {
            readings.put(new Wording("rotation", "a rotation of x changes nothing"), rotated(pairs), 1, Relation.EQUAL);
        }
        readings.put(
                new Wording("added noise", "y with noise added tells no more than y"),
                withNoise(pairs, seed),
                1,
                Relation.AT_MOST);
        if (pairs.dy() > 1) {
            readings.put(
                    new Wording("half the columns", "the first half of the columns of y tells no more than all"),
                    withFirstColumns(pairs, pairs.dy() / 2),
                    1,
                    Relation.AT_MOST);
        }
        if (pairs.size() > 1) {
            readings.put(
                    new Wording("additivity", "two independent samples side by side tell twice as much"),
                    besideEachOther(pairs, seed),
                    2,
                    Relation.EQUAL);
        }
        return List.copyOf(laws);
    }

    private record Wording(String name, String statement) {}

    /** Reads changed samples and compares with the samples as they are. */
    private final class Readings {
        private final ContinuousEstimate own;
        private final long seed;
        private final TrainingListener listener;
        private final List<Law> laws;

        Readings(ContinuousEstimate own, long seed, TrainingListener listener, List<Law> laws) {
            this.own = own;
            this.seed = seed;
            this.listener = listener;
            this.laws = laws;
        }

        /** A law by which the changed samples tell so many times what the samples tell. */
        void put(Wording wording, SamplePairs changed, int times, Relation relation) {
            ContinuousEstimate read = estimator.estimate(changed, seed, listener);
            double expected = times == 0 ? 0 : times * own.bits();
            double allowed = FLOOR_BITS + Math.hypot(times * halfWidth(own), halfWidth(read));
            // False for NaN.
            boolean holds = relation.holds(read.bits() - expected, allowed);
            laws.add(new Law(wording.name, wording.statement, expected, read.bits(), allowed, holds));
        }
    }

    private static double halfWidth(ContinuousEstimate estimate) {
        double width = Math.max(
                estimate.interval().high() - estimate.bits(),
                estimate.bits() - estimate.interval().low());
        return Double.isNaN(width) ? 0 : width;
    }

    private static SamplePairs withNoiseColumns(SamplePairs pairs, long seed) {
        int dy = pairs.dy();
        int width = dy + Math.min(MOST_NOISE_COLUMNS, dy);
        Philox stream = CriticDraw.LAWS.stream(seed, NOISE_COLUMNS, 0);
        float[] y = new float[Math.multiplyExact(pairs.size(), width)];
        for (int row = 0; row < pairs.size(); row++) {
            System.arraycopy(pairs.y(), row * dy, y, row * width, dy);
            for (int c = dy; c < width; c++) {
                y[row * width + c] = (float) stream.normal((long) row * MOST_NOISE_COLUMNS + c - dy);
            }
        }
        return new SamplePairs(pairs.x(), pairs.dx(), y, width);
    }

    private static SamplePairs increased(SamplePairs pairs) {
        double[] standardised = standardised(pairs.y(), pairs.dy());
        float[] y = new float[standardised.length];
        for (int i = 0; i < y.length; i++) {
            double z = standardised[i];
            y[i] = (float) (z + z * z * z / 3);
        }
        return new SamplePairs(pairs.x(), pairs.dx(), y, pairs.dy());
    }

    private static SamplePairs rotated(SamplePairs pairs) {
        int dx = pairs.dx();
        double[] standardised = standardised(pairs.x(), dx);
        double squares =
                IntStream.rangeClosed(1, dx).mapToDouble(c -> (double) c * c).sum();
        float[] x = new float[standardised.length];
        for (int first = 0; first < x.length; first += dx) {
            double along = 0;
            for (int c = 0; c < dx; c++) {
                along += (c + 1) * standardised[first + c];
            }
            for (int c = 0; c < dx; c++) {
                x[first + c] = (float) (standardised[first + c] - 2 * along * (c + 1) / squares);
            }
        }
        return new SamplePairs(x, dx, pairs.y(), pairs.dy());
    }

    private static SamplePairs withNoise(SamplePairs pairs, long seed) {
        double[] standardised = standardised(pairs.y(), pairs.dy());
        Philox stream = CriticDraw.LAWS.stream(seed, ADDED_NOISE, 0);
        float[] y = new float[standardised.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) (standardised[i] + stream.normal(i));
        }
        return new SamplePairs(pairs.x(), pairs.dx(), y, pairs.dy());
    }

    private static SamplePairs withFirstColumns(SamplePairs pairs, int columns) {
        float[] y = new float[pairs.size() * columns];
        for (int row = 0; row < pairs.size(); row++) {
            System.arraycopy(pairs.y(), row * pairs.dy(), y, row * columns, columns);
        }
        return new SamplePairs(pairs.x(), pairs.dx(), y, columns);
    }

    private static SamplePairs besideEachOther(SamplePairs pairs, long seed) {
        int[] order = IntStream.range(0, pairs.size()).toArray();
        CriticDraw.LAWS.stream(seed, HALVES, 0).shuffle(order);
        int rows = pairs.size() / 2;
        int[] first = Arrays.copyOf(order, rows);
        int[] second = Arrays.copyOfRange(order, rows, 2 * rows);
        return new SamplePairs(
                beside(pairs.x(), pairs.dx(), first, second),
                2 * pairs.dx(),
                beside(pairs.y(), pairs.dy(), first, second),
                2 * pairs.dy());
    }

    private static float[] beside(float[] values, int columns, int[] first, int[] second) {
        float[] both = new float[2 * columns * first.length];
        for (int row = 0; row < first.length; row++) {
            System.arraycopy(values, first[row] * columns, both, 2 * row * columns, columns);
            System.arraycopy(values, second[row] * columns, both, (2 * row + 1) * columns, columns);
        }
        return both;
    }

    /** Columns less their mean, in units of their standard deviation; constant ones 0. [N, columns], float64. */
    private static double[] standardised(float[] values, int columns) {
        int[] rows = IntStream.range(0, values.length / columns).toArray();
        ColumnStatistics statistics = ColumnStatistics.of(values, columns, rows);
        double[] standardised = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int c = i % columns;
            standardised[i] = statistics.constant()[c]
                    ? 0
                    : (values[i] - statistics.mean()[c]) / statistics.deviation()[c];
        }
        return standardised;
    }
}
