package org.ieengine.engine.ie;

import java.util.Arrays;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * Which rows of states an estimator of the kind {@link EstimatorKind#ROWS} is given: each distinct pair as often as it occurs. Of more
 * samples than an estimator serves within minutes, so many are drawn without replacement. Fewer of them read less where they tell
 * samples apart at all: n rows hold at most log2 n bits.
 */
final class SampleRows {
    /** Rows of covariances and of a trained critic, at most: a covariance of 1,536 columns takes seconds a core. */
    private static final int MOST = 20_000;

    /** Rows of nearest neighbours, at most: every row looks at every other in all columns. */
    private static final int MOST_NEIGHBOURS = 5_000;

    /** "ROWS": apart from the purposes of the estimators. */
    private static final int PURPOSE = 0x524F5753;

    /** Values that are read from the backend at once: 4 MiB. */
    private static final int VALUES_AT_ONCE = 1 << 20;

    private SampleRows() {}

    /** Rows that an estimator is given, at most. */
    static int most(Estimator estimator) {
        return estimator == Estimator.KSG ? MOST_NEIGHBOURS : MOST;
    }

    /**
     * Bits by which what is read may exceed an exact ceiling without being wrong: rounding, and where rows are drawn what the entropy of
     * a draw scatters. Three standard errors; the surprise of a symbol among n has a standard deviation of about half of log2 n at most.
     *
     * @param samples N
     */
    static double toleranceBits(Estimator estimator, int samples) {
        double rows = most(estimator);
        double deviation = Math.log(rows) / Math.log(2) / 2;
        return ResultAssembler.ROUNDING_BITS + (samples > rows ? 3 * deviation / Math.sqrt(rows) : 0);
    }

    /**
     * The stream by which rows are drawn at one place of the sequences: the same at every block, for every estimator and control, fewer
     * of them the first of more.
     *
     * @param macro whether the samples are sequences, not tokens fed alone
     */
    static Philox draw(long seed, boolean macro, int position) {
        return new Philox(seed, PURPOSE, 0, position, macro ? 1 : 0);
    }

    /**
     * How often each distinct pair is among the rows, [S].
     *
     * @param weight [S] how often each occurs: whole numbers, 0 where it does not
     * @param most rows, at most
     */
    static int[] counts(double[] weight, int most, Philox draw) {
        int[] counts = Arrays.stream(weight).mapToInt(w -> (int) w).toArray();
        int samples = Math.toIntExact(Arrays.stream(counts).asLongStream().sum());
        if (samples <= most) {
            return counts;
        }
        int[] order = new int[samples];
        Arrays.setAll(order, i -> i);
        draw.shuffle(order);
        int[] drawn = Arrays.copyOf(order, most);
        Arrays.sort(drawn);
        int pair = 0;
        int end = counts[0];
        int[] found = new int[counts.length];
        for (int sample : drawn) {
            while (sample >= end) {
                end += counts[++pair];
            }
            found[pair]++;
        }
        return found;
    }

    /**
     * The rows themselves, in the order of the distinct pairs.
     *
     * @param states of the distinct pairs
     * @param counts [S] how often each is repeated
     * @param slice dimensions that are taken
     */
    static SamplePairs of(Backend backend, States states, int[] counts, Subject.Segment slice) {
        int width = slice.width();
        return new SamplePairs(
                rows(backend, states.before, counts, slice), width, rows(backend, states.after, counts, slice), width);
    }

    /**
     * Distinct pairs of states.
     *
     * @param before [S, d]
     * @param after [S, d]
     */
    record States(Tensor before, Tensor after) {}

    private static float[] rows(Backend backend, Tensor states, int[] counts, Subject.Segment slice) {
        int d = states.columns();
        int atOnce = Math.max(1, VALUES_AT_ONCE / d);
        float[] read = new float[Math.min(atOnce, counts.length) * d];
        float[] rows = new float[Math.multiplyExact(Arrays.stream(counts).sum(), slice.width())];
        int filled = 0;
        for (int first = 0; first < counts.length; first += atOnce) {
            int count = Math.min(atOnce, counts.length - first);
            backend.read(states, first, count, read);
            for (int row = 0; row < count; row++) {
                for (int copy = 0; copy < counts[first + row]; copy++) {
                    System.arraycopy(read, row * d + slice.first(), rows, filled, slice.width());
                    filled += slice.width();
                }
            }
        }
        return rows;
    }
}
