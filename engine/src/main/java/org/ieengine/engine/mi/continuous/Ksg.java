package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.TrainingListener.TrainingProgress;
import org.ieengine.engine.tensor.Philox;

/**
 * Mutual information by nearest neighbours (Kraskov, Stoegbauer and Grassberger 2004, Physical Review E 69:066138, arXiv
 * cond-mat/0305641, algorithm 1): with the distance of each row to its k-th neighbour in (x, y), largest norm, and the numbers nx and ny
 * of rows that are nearer than it in x and in y,
 *
 * <pre>I = psi(k) + psi(N) - mean [ psi(nx + 1) + psi(ny + 1) ]   nats</pre>
 *
 * Needs few dimensions, about five a side. A value near the ceiling is a lower bound at best: telling I nats takes of the order of
 * exp(I) rows (Gao, Ver Steeg and Galstyan 2015, AISTATS). A row whose k-th neighbour equals it enters with the number of rows equal
 * to it in place of k and of those equal in x and in y for nx and ny (Gao, Kannan, Oh and Viswanath 2017, NeurIPS), so discrete parts
 * are counted; a warning tells.
 *
 * <p>Columns are brought to normal scores unless asked otherwise. On 2,000 pairs that takes heavy tails from far too low to right
 * (Cauchy pair of 0.224 nats: 0.220 for 0.146; exp(2 x) of a normal pair of 1.022 nats: 1.013 for 0.695) and changes normal pairs by at most
 * 0.004; uniform columns lose 0.01.
 *
 * <p>The interval is from the estimates of ten disjoint parts of the rows, drawn by the seed, whose variance is ten times that of the
 * whole (Holmes and Nemenman 2019, Physical Review E 100:022404), with Student's t of nine degrees of freedom. The terms themselves
 * depend on each other: their scatter makes intervals a third too short in six dimensions. The bias of nearest neighbours is in
 * neither: it is downwards, and grows with dimensions and information (0.11 of 1.02 nats in 3 + 3 columns, 0.35 in 5 + 5, 2,000 rows).
 */
public final class Ksg implements ContinuousEstimator {
    /** Scale of the columns, which mutual information does not depend on but this estimate does. */
    public enum Margins {
        /** Each column by its standard deviation. */
        STANDARDISED,
        /** {@link NormalScores} of each column. */
        NORMAL_SCORES
    }

    /** Rows that one task searches around. */
    private static final int ROWS_AT_ONCE = 256;

    /** Times that the listener is told. */
    private static final int SLICES = 32;

    /** What the parting of the rows draws, apart from what critics draw. */
    private static final int ROW_PARTS = 0x4b << 24;

    private static final int PARTS = 10;

    /** Quantile 0.975 of Student's t with 9 degrees of freedom. */
    private static final double T_9 = 2.262157;

    private static final double BITS = 1 / Math.log(2);

    /** How the warning about repeated rows ends. */
    private static final String COUNTED = "the data is discrete there, and was counted instead";

    /** Share of the ceiling from which on a warning says that more may be there. */
    private static final double NEAR_CEILING = 0.9;

    /** Columns of x and y together up to which the bias is small. */
    private static final int MANY_COLUMNS = 6;

    private final int k;
    private final Margins margins;

    /** With three neighbours and the margins that did better. */
    public Ksg() {
        this(3, Margins.NORMAL_SCORES);
    }

    /**
     * With k neighbours: more of them scatter less and are more biased.
     *
     * @throws IllegalArgumentException for k below 1
     */
    public Ksg(int k, Margins margins) {
        if (k < 1) {
            throw new IllegalArgumentException("at least one neighbour is needed, not " + k);
        }
        this.k = k;
        this.margins = margins;
    }

    /** Whether an estimate of this kind counted rows that repeat instead of measuring distances. */
    static boolean repeatedRows(ContinuousEstimate estimate) {
        return estimate.warnings().stream().anyMatch(warning -> warning.endsWith(COUNTED));
    }

    @Override
    public String name() {
        return "ksg";
    }

    @Override
    public ContinuousEstimate estimate(SamplePairs pairs, long seed, TrainingListener listener) {
        long started = System.nanoTime();
        List<String> warnings = new ArrayList<>();
        int n = pairs.size();
        double bits = Double.NaN;
        double ceiling = Double.NaN;
        ContinuousEstimate.Interval interval = ContinuousEstimate.Interval.NONE;
        if (n <= k + 1) {
            warnings.add(n + " rows are too few for " + k + " neighbours: at least " + (k + 2) + " are needed");
        } else {
            ceiling = (Digamma.of(n) - Digamma.of(k)) * BITS;
            double[][] x = columns(pairs.x(), pairs.dx(), "x", warnings);
            double[][] y = columns(pairs.y(), pairs.dy(), "y", warnings);
            if (x.length == 0 || y.length == 0) {
                bits = 0;
                interval = new ContinuousEstimate.Interval(0, 0);
            } else {
                Reading whole = read(x, y, listener);
                bits = whole.nats * BITS;
                interval = interval(bits, x, y, seed);
                if (whole.repeated > 0) {
                    warnings.add(whole.repeated + " of " + n + " rows equal " + k + " others or more: " + COUNTED);
                }
                if (interval == ContinuousEstimate.Interval.NONE) {
                    warnings.add("no interval from fewer than " + PARTS * (k + 2) + " rows");
                }
                if (x.length + y.length > MANY_COLUMNS) {
                    warnings.add("x and y have " + (x.length + y.length)
                            + " columns: nearest neighbours read too little where" + " there are more than "
                            + MANY_COLUMNS);
                }
                if (bits > NEAR_CEILING * ceiling) {
                    warnings.add("the estimate is close to the most that " + k + " neighbours can read from " + n
                            + " rows: the information may be larger");
                }
            }
        }
        return new ContinuousEstimate(
                name(),
                bits,
                Double.NaN,
                interval,
                ceiling,
                Double.NaN,
                0,
                (System.nanoTime() - started) / 1e9,
                warnings);
    }

    /** Scaled columns [d][N] without those that are constant. */
    private double[][] columns(float[] values, int width, String side, List<String> warnings) {
        int n = values.length / width;
        float[] scores = margins == Margins.NORMAL_SCORES ? NormalScores.of(values, width) : values;
        ColumnStatistics statistics =
                ColumnStatistics.of(scores, width, IntStream.range(0, n).toArray());
        int[] varying = statistics.varying();
        if (varying.length == 0) {
            warnings.add(side + " is constant: the information is 0");
        } else if (varying.length < width) {
            warnings.add((width - varying.length) + " of " + width + " columns of " + side
                    + " are constant and were left out");
        }
        double[][] columns = new double[varying.length][n];
        for (int row = 0; row < n; row++) {
            for (int c = 0; c < varying.length; c++) {
                columns[c][row] = scores[row * width + varying[c]] / statistics.deviation()[varying[c]];
            }
        }
        return columns;
    }

    /** The formula on columns [d][N] as they are, in nats. */
    double nats(double[][] x, double[][] y) {
        return read(x, y, TrainingListener.SILENT).nats;
    }

    /**
     * What is read from rows.
     *
     * @param nats the estimate
     * @param repeated rows whose k-th neighbour equals them
     */
    private record Reading(double nats, int repeated) {}

    private Reading read(double[][] x, double[][] y, TrainingListener listener) {
        int n = x[0].length;
        double[] psi = new double[n + 1];
        for (int i = 1; i <= n; i++) {
            psi[i] = Digamma.of(i);
        }
        Supplier<NeighbourSearch> searches = searches(x, y, k);
        double[] terms = new double[n];
        boolean[] repeated = new boolean[n];
        int tasks = (n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
        int slices = Math.min(SLICES, tasks);
        for (int slice = 0; slice < slices; slice++) {
            int end = tasks * (slice + 1) / slices;
            IntStream.range(tasks * slice / slices, end).parallel().forEach(task -> {
                NeighbourSearch search = searches.get();
                for (int row = task * ROWS_AT_ONCE; row < Math.min(n, (task + 1) * ROWS_AT_ONCE); row++) {
                    NeighbourSearch.Neighbours around = search.around(row);
                    terms[row] = psi[around.together()] + psi[n] - psi[around.inX() + 1] - psi[around.inY() + 1];
                    repeated[row] = around.distance() == 0;
                }
            });
            listener.step(new TrainingProgress(slice + 1, slices, Math.min(n, (long) ROWS_AT_ONCE * end), Double.NaN));
        }
        double sum = 0;
        int count = 0;
        for (int row = 0; row < n; row++) {
            sum += terms[row];
            count += repeated[row] ? 1 : 0;
        }
        return new Reading(sum / n, count);
    }

    private ContinuousEstimate.Interval interval(double bits, double[][] x, double[][] y, long seed) {
        int n = x[0].length;
        if (n < PARTS * (k + 2)) {
            return ContinuousEstimate.Interval.NONE;
        }
        int[] order = IntStream.range(0, n).toArray();
        new Philox(seed, ROW_PARTS, 0, 0, 0).shuffle(order);
        double[] parts = new double[PARTS];
        for (int part = 0; part < PARTS; part++) {
            int[] rows =
                    Arrays.copyOfRange(order, (int) ((long) n * part / PARTS), (int) ((long) n * (part + 1) / PARTS));
            parts[part] = nats(gathered(x, rows), gathered(y, rows)) * BITS;
        }
        double mean = Arrays.stream(parts).average().orElseThrow();
        double squares = Arrays.stream(parts).map(p -> (p - mean) * (p - mean)).sum();
        double error = Math.sqrt(squares / (PARTS - 1) / PARTS);
        return new ContinuousEstimate.Interval(bits - T_9 * error, bits + T_9 * error);
    }

    private static double[][] gathered(double[][] columns, int[] rows) {
        return Arrays.stream(columns)
                .map(column ->
                        Arrays.stream(rows).mapToDouble(row -> column[row]).toArray())
                .toArray(double[][]::new);
    }

    /**
     * Searches, one a thread, by the faster of the two ways. Trees win from about 64 * 2^(dx + dy) rows on: for 4 columns in all from 1,000,
     * for 6 from 4,000, for 8 from 16,000, as measured on normal pairs of 1,000 to 100,000 rows, uncorrelated and with correlations of 0.8.
     */
    private static Supplier<NeighbourSearch> searches(double[][] x, double[][] y, int k) {
        if (x[0].length < 64 * Math.pow(2, x.length + y.length)) {
            return () -> new ScanSearch(x, y, k);
        }
        TreeSearch first = new TreeSearch(x, y, k);
        return first::again;
    }
}
