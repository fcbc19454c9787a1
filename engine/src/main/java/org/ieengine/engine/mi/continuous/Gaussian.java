package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.TrainingListener.TrainingProgress;
import org.ieengine.engine.tensor.Philox;

/**
 * Mutual information of a Gaussian pair by its covariances, 1/2 (ln det Cx + ln det Cy - ln det Cxy), less its finite-sample bias; in
 * float64. Exact where the pair is Gaussian; elsewhere it reads what the correlations tell and misses the rest. On normal scores it
 * reads the Gaussian copula (Ince et al. 2017, Human Brain Mapping 38:1541-1573): exact where some increasing map of each
 * column makes the pair Gaussian, a lower bound where x and y have one column each.
 *
 * <p>The interval is a jackknife over 20 blocks of rows drawn by the seed, from sums of products per block, with Student's t of 19
 * degrees of freedom. The held-out value is the Donsker-Varadhan value, on a fifth of the blocks, of the log ratio fitted to the others
 * with correlations that noise reaches left out ({@link GaussianRatio}); it is cut off at the logarithm of the number of pairs that
 * stand for the product of the marginals, beyond which their mean says nothing (McAllester and Stratos 2020).
 *
 * <p>When y is a linear function of x the information is infinite. Then each direction of which this is so reads what rounding lets
 * one tell, up to 19.9 bits, and a warning says so.
 */
public final class Gaussian implements ContinuousEstimator {
    /** What the shuffle of the rows draws, apart from what critics draw. */
    private static final int ROW_BLOCKS = 0x47 << 24;

    private static final int BLOCKS = 20;
    private static final int HELD_OUT_BLOCKS = 4;

    /** Estimates without a block that are formed side by side; each takes a few matrices of all columns. */
    private static final int AT_ONCE = 4;

    /** Quantile 0.975 of Student's t with 19 degrees of freedom. */
    private static final double T_19 = 2.093024;

    /** Rows held out that are scored at most: projecting them costs as much as a covariance does. */
    private static final int SCORED_ROWS = 10_000;

    /** Pairs for the product of the marginals, at most. */
    private static final int UNMATCHED_PAIRS = 1 << 18;

    private static final double BITS = 1 / Math.log(2);

    private final String name;
    private final boolean normalScores;

    private Gaussian(String name, boolean normalScores) {
        this.name = name;
        this.normalScores = normalScores;
    }

    /** {@code gaussian}: of the values as they are. */
    public static Gaussian ofValues() {
        return new Gaussian("gaussian", false);
    }

    /** {@code copula}: of the normal scores of each column. */
    public static Gaussian ofNormalScores() {
        return new Gaussian("copula", true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ContinuousEstimate estimate(SamplePairs pairs, long seed, TrainingListener listener) {
        long started = System.nanoTime();
        List<String> warnings = new ArrayList<>();
        Reading reading = read(pairs, seed, listener, warnings);
        return new ContinuousEstimate(
                name,
                reading.bits,
                Double.NaN,
                reading.interval,
                Double.POSITIVE_INFINITY,
                reading.heldOutBits,
                0,
                (System.nanoTime() - started) / 1e9,
                warnings);
    }

    /** What is read, in bits. */
    private record Reading(double bits, ContinuousEstimate.Interval interval, double heldOutBits) {
        static final Reading NONE = new Reading(Double.NaN, ContinuousEstimate.Interval.NONE, Double.NaN);
        static final Reading ZERO = new Reading(0, new ContinuousEstimate.Interval(0, 0), 0);
    }

    private Reading read(SamplePairs pairs, long seed, TrainingListener listener, List<String> warnings) {
        int n = pairs.size();
        if (n < 4) {
            warnings.add(n + " rows are too few for a covariance of x and y: at least 4 are needed");
            return Reading.NONE;
        }
        SamplePairs values = normalScores ? NormalScores.of(pairs) : pairs;
        int[][] blocks = blocks(n, seed);
        int steps = 2 * blocks.length;
        int[] done = {0};
        PairMoments moments = PairMoments.of(
                values,
                blocks,
                () -> listener.step(
                        new TrainingProgress(++done[0], steps, (long) n * done[0] / blocks.length, Double.NaN)));
        int constantX = pairs.dx() - moments.columnsX().length;
        int constantY = pairs.dy() - moments.columnsY().length;
        if (constantX == pairs.dx() || constantY == pairs.dy()) {
            warnings.add((constantX == pairs.dx() ? "x" : "y") + " is constant: the information is 0");
            return Reading.ZERO;
        }
        boolean[] all = new boolean[blocks.length];
        Arrays.fill(all, true);
        GaussianLaw law = GaussianLaw.of(moments, all);
        warnOfColumns("x", pairs.dx(), constantX, law.rankX(), warnings);
        warnOfColumns("y", pairs.dy(), constantY, law.rankY(), warnings);
        if (!law.determined()) {
            warnings.add(n + " rows do not determine the covariance of " + law.rankX() + " + " + law.rankY()
                    + " columns: more than " + (law.columns().length + 1) + " would");
            return Reading.NONE;
        }
        double bits = law.nats() * BITS;
        if (law.dependentOnX() > 0) {
            warnings.add("y is a linear function of x in " + law.dependentOnX() + " of " + law.rankY()
                    + " directions, as far as rounding lets one tell: the information of such continuous values is"
                    + " infinite, the number is what their rounding leaves of it");
            return new Reading(bits, ContinuousEstimate.Interval.NONE, Double.NaN);
        }
        if (n < 2 * BLOCKS) {
            warnings.add("no interval and no held-out value from fewer than " + 2 * BLOCKS + " rows");
            return new Reading(bits, ContinuousEstimate.Interval.NONE, Double.NaN);
        }
        double deviation = jackknife(moments, law, listener, n) * BITS;
        ContinuousEstimate.Interval interval =
                new ContinuousEstimate.Interval(bits - T_19 * deviation, bits + T_19 * deviation);
        return new Reading(bits, interval, heldOut(values, blocks, moments) * BITS);
    }

    private static void warnOfColumns(String side, int width, int constant, int rank, List<String> warnings) {
        if (constant > 0) {
            warnings.add(constant + " of " + width + " columns of " + side + " are constant and were left out");
        }
        int dependent = width - constant - rank;
        if (dependent > 0) {
            warnings.add(dependent + " of " + width + " columns of " + side
                    + " are linear functions of the others and were left out");
        }
    }

    /** Rows in shuffled order, cut into blocks whose sizes differ by one at most. */
    private static int[][] blocks(int n, long seed) {
        int[] order = IntStream.range(0, n).toArray();
        new Philox(seed, ROW_BLOCKS, 0, 0, 0).shuffle(order);
        int blocks = Math.min(BLOCKS, n);
        return IntStream.range(0, blocks)
                .mapToObj(b ->
                        Arrays.copyOfRange(order, (int) ((long) n * b / blocks), (int) ((long) n * (b + 1) / blocks)))
                .toArray(int[][]::new);
    }

    /**
     * Standard deviation of the estimate, in nats, from the estimates without one block each (Efron and Tibshirani 1993, "An
     * introduction to the bootstrap", chapter 11); NaN when a block less is too few.
     */
    private static double jackknife(PairMoments moments, GaussianLaw whole, TrainingListener listener, int n) {
        double[] without = new double[BLOCKS];
        for (int first = 0; first < BLOCKS; first += AT_ONCE) {
            IntStream.range(first, first + AT_ONCE).parallel().forEach(b -> {
                boolean[] included = new boolean[BLOCKS];
                Arrays.fill(included, true);
                included[b] = false;
                GaussianLaw law = GaussianLaw.of(moments, included, whole.columns(), whole.rankX());
                without[b] = law.determined() ? law.nats() : Double.NaN;
            });
            listener.step(new TrainingProgress(BLOCKS + first + AT_ONCE, 2 * BLOCKS, n, whole.nats() * BITS));
        }
        double mean = Arrays.stream(without).average().orElseThrow();
        double squares =
                Arrays.stream(without).map(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares * (BLOCKS - 1) / BLOCKS);
    }

    /** In nats; NaN when the other rows do not determine a ratio. */
    private static double heldOut(SamplePairs values, int[][] blocks, PairMoments moments) {
        boolean[] fitted = new boolean[BLOCKS];
        Arrays.fill(fitted, 0, BLOCKS - HELD_OUT_BLOCKS, true);
        if (!GaussianLaw.of(moments, fitted).determined()) {
            return Double.NaN;
        }
        GaussianRatio ratio = GaussianRatio.of(values, moments, fitted, GaussianRatio.Kept.ABOVE_NOISE);
        int[] rows = IntStream.range(BLOCKS - HELD_OUT_BLOCKS, BLOCKS)
                .flatMap(b -> Arrays.stream(blocks[b]))
                .limit(SCORED_ROWS)
                .toArray();
        float[] u = ratio.projectX(gathered(values.x(), values.dx(), rows));
        float[] v = ratio.projectY(gathered(values.y(), values.dy(), rows));
        double joint = IntStream.range(0, rows.length)
                .mapToDouble(i -> ratio.score(u, i, v, i))
                .average()
                .orElseThrow();
        int shifts = Math.min(rows.length - 1, Math.max(1, UNMATCHED_PAIRS / rows.length));
        double[] unmatched = new double[shifts * rows.length];
        IntStream.range(0, shifts).parallel().forEach(s -> {
            for (int i = 0; i < rows.length; i++) {
                unmatched[s * rows.length + i] = ratio.score(u, i, v, (i + s + 1) % rows.length);
            }
        });
        double most = Arrays.stream(unmatched).max().orElseThrow();
        double sum = 0;
        for (double score : unmatched) {
            sum += Math.exp(score - most);
        }
        double marginal = most + Math.log(sum / unmatched.length);
        return Math.min(joint - marginal, Math.log(unmatched.length));
    }

    private static float[] gathered(float[] values, int columns, int[] rows) {
        float[] gathered = new float[rows.length * columns];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(values, rows[i] * columns, gathered, i * columns, columns);
        }
        return gathered;
    }
}
