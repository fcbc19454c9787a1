package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.MixtureOperations.MixtureComponents;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSide;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSum;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * Exact information of states read through Gaussian noise, by Monte Carlo over R noisy draws (the noisy network of Goldfeld et al.
 * 2019, arXiv 1810.05728). With standardised states x_m of probability p_m and x' = x_n + sigma e,
 * MI(x'; symbol) = -E log2 sum_m p_m exp(-(|x' - x_m|^2 - |x' - x_n|^2) / (2 sigma^2)), and given the symbol x' and y' are
 * independent, so the same log-sums give MI(x'; y'). Two products per state serve every noise level; nothing is trained. Memory is
 * bounded by pieces of draws and components.
 *
 * <p>States before and after are standardised by their own weighted statistics. The d of the standard noise levels is the width of
 * the state, constant dimensions included, so that the levels of all blocks and models of one width are the same. Draws are
 * systematic in the weights, and depend like the noise on the seed alone: the same for all blocks. A symbol determines its group.
 */
public final class Resolution implements AutoCloseable {
    private static final int DRAWS_AT_ONCE = 2048;
    private static final int COMPONENTS_AT_ONCE = 2048;
    private static final int KINDS = MixtureSum.values().length;

    private final Backend backend;
    private final ResolutionSettings settings;
    private Noise noise;

    /** Holds the noise between estimates of one width. */
    public Resolution(Backend backend, ResolutionSettings settings) {
        this.backend = backend;
        this.settings = settings;
    }

    /** Bytes of the noise that is held between estimates of states of d dimensions. */
    public static long noiseBytes(int draws, int dimensions) {
        return 2L * Float.BYTES * draws * dimensions;
    }

    /** Most bytes of backend memory that an estimate takes beside S pairs of states of d dimensions and the noise. */
    public static long workspaceBytes(int draws, long pairs, int dimensions) {
        long atOnce = Math.min(draws, DRAWS_AT_ONCE);
        long width = Math.min(pairs, COMPONENTS_AT_ONCE);
        long side = (atOnce + width) * dimensions + 2 * atOnce * width + width + 2L * dimensions;
        return Float.BYTES * (2 * side + width);
    }

    /** Standard normal noise [R, dx] and [R, dy]. */
    private record Noise(Tensor x, Tensor y) {
        boolean fits(PairedStates pairs) {
            return x.columns() == pairs.x().columns()
                    && y.columns() == pairs.y().columns();
        }

        void close() {
            x.close();
            y.close();
        }
    }

    /** Values at every noise level for the pairs under their weights. */
    public ResolutionEstimate estimate(PairedStates pairs, TrainingListener listener) {
        long started = System.nanoTime();
        PairSymbols symbols = pairs.symbols();
        int[] draws = systematicDraws(symbols.probabilities());
        double[] sigmas = settings.sigmasFor(pairs.x().columns()).stream()
                .mapToDouble(s -> s)
                .sorted()
                .toArray();
        prepareNoise(pairs);
        double[] sums = logSums(pairs, draws, sigmas, listener);
        ResolutionTerms terms = new ResolutionTerms(symbols, draws, sums, sigmas.length);
        List<ResolutionEstimate.Level> levels = new ArrayList<>();
        for (int s = 0; s < sigmas.length; s++) {
            levels.add(new ResolutionEstimate.Level(sigmas[s], terms.block(s), terms.x(s), terms.y(s)));
        }
        return new ResolutionEstimate(symbols.ceiling(), levels, (System.nanoTime() - started) / 1e9);
    }

    /** The same with explicit draws and noise, log-sums [draws * sigmas * kinds]: what references are compared with. */
    double[] logSums(PairedStates pairs, int[] draws, float[][] given, double[] sigmas) {
        close();
        Tensor x = backend.allocate(draws.length, pairs.x().columns());
        Tensor y = backend.allocate(draws.length, pairs.y().columns());
        backend.write(given[0], x, 0);
        backend.write(given[1], y, 0);
        noise = new Noise(x, y);
        return logSums(pairs, draws, sigmas, TrainingListener.SILENT);
    }

    /** R draws at (u + r) / R of the cumulated weights of a shuffled order: each pair p_n R times, up to one. */
    private int[] systematicDraws(double[] p) {
        Philox stream = new Philox(settings.seed(), RandomPurpose.DRAWS.ordinal() << 24, 0, 0, 0);
        int[] order = IntStream.range(0, p.length).toArray();
        stream.shuffle(order);
        int count = settings.draws();
        double offset = stream.uniform(1L << 33);
        int[] draws = new int[count];
        double cumulated = p[order[0]];
        int at = 0;
        for (int r = 0; r < count; r++) {
            double wanted = (r + offset) / count;
            while (cumulated < wanted && at < p.length - 1) {
                cumulated += p[order[++at]];
            }
            draws[r] = order[at];
        }
        return draws;
    }

    private void prepareNoise(PairedStates pairs) {
        if (noise != null && noise.fits(pairs)) {
            return;
        }
        close();
        Tensor x = backend.allocate(settings.draws(), pairs.x().columns());
        Tensor y;
        try {
            y = backend.allocate(settings.draws(), pairs.y().columns());
        } catch (RuntimeException e) {
            x.close();
            throw e;
        }
        noise = new Noise(x, y);
        fill(x, RandomPurpose.NOISE_X);
        fill(y, RandomPurpose.NOISE_Y);
    }

    private void fill(Tensor target, RandomPurpose purpose) {
        Philox stream = new Philox(settings.seed(), purpose.ordinal() << 24, 0, 0, 0);
        int width = target.columns() + (target.columns() & 1);
        float[] row = new float[target.columns()];
        for (int r = 0; r < target.rows(); r++) {
            stream.normals((long) r * width, 1, row);
            backend.write(row, target, r);
        }
    }

    private double[] logSums(PairedStates pairs, int[] draws, double[] sigmas, TrainingListener listener) {
        double[] sums = new double[draws.length * sigmas.length * KINDS];
        Arrays.fill(sums, Double.NEGATIVE_INFINITY);
        try (Standardisation x =
                        Standardisation.of(backend, pairs.x(), pairs.symbols().weight());
                Standardisation y =
                        Standardisation.of(backend, pairs.y(), pairs.symbols().weight())) {
            Components components = Components.of(pairs.symbols());
            Side left = new Side(pairs.x(), x, noise.x);
            Side right = new Side(pairs.y(), y, noise.y);
            for (int from = 0; from < draws.length; from += DRAWS_AT_ONCE) {
                int to = Math.min(draws.length, from + DRAWS_AT_ONCE);
                piece(left, right, components, new Piece(draws, from, to, sigmas, sums), listener);
            }
        }
        return sums;
    }

    private record Side(Tensor states, Standardisation standard, Tensor noise) {}

    /** Draws {@code from} to {@code to}, and where their sums go. */
    private record Piece(int[] draws, int from, int to, double[] sigmas, double[] sums) {
        int count() {
            return to - from;
        }

        /** Adds the sums of one piece of the components to those of the pieces before. */
        void merge(double[] part) {
            int at = from * sigmas.length * KINDS;
            for (int i = 0; i < part.length; i++) {
                int kind = i % KINDS;
                if (kind == MixtureSum.X_OWN.ordinal() || kind == MixtureSum.Y_OWN.ordinal()) {
                    sums[at + i] = Double.isNaN(part[i]) ? sums[at + i] : part[i];
                } else {
                    sums[at + i] = logAdd(sums[at + i], part[i]);
                }
            }
        }

        private static double logAdd(double a, double b) {
            double greater = Math.max(a, b);
            return greater == Double.NEGATIVE_INFINITY
                    ? greater
                    : greater + Math.log1p(Math.exp(Math.min(a, b) - greater));
        }
    }

    /** Components sorted by group, so that a group is a range; without groups every range is empty, and no group is summed. */
    private record Components(int[] rows, int[] placeOfRow, int[] groupFrom, int[] groupTo, float[] logWeights) {
        static Components of(PairSymbols symbols) {
            int n = symbols.size();
            double[] p = symbols.probabilities();
            boolean grouped = symbols.group().length > 0;
            int[] group = grouped ? symbols.group() : new int[n];
            int[] rows = IntStream.range(0, n)
                    .boxed()
                    .sorted(Comparator.comparingInt(i -> group[i]))
                    .mapToInt(i -> i)
                    .toArray();
            int[] place = new int[n];
            int[] from = new int[n];
            int[] to = new int[n];
            float[] logs = new float[n];
            int start = 0;
            for (int i = 0; i < n; i++) {
                place[rows[i]] = i;
                logs[i] = (float) Math.log(p[rows[i]]);
                if (grouped && (i + 1 == n || group[rows[i + 1]] != group[rows[i]])) {
                    Arrays.fill(from, start, i + 1, start);
                    Arrays.fill(to, start, i + 1, i + 1);
                    start = i + 1;
                }
            }
            return new Components(rows, place, from, to, logs);
        }
    }

    private void piece(Side x, Side y, Components components, Piece piece, TrainingListener listener) {
        int n = components.rows.length;
        int width = Math.min(n, COMPONENTS_AT_ONCE);
        int[] drawn = Arrays.copyOfRange(piece.draws, piece.from, piece.to);
        try (SidePiece left = new SidePiece(backend, x, drawn, piece, width);
                SidePiece right = new SidePiece(backend, y, drawn, piece, width)) {
            for (int first = 0; first < n; first += width) {
                int count = Math.min(width, n - first);
                int[] rows = Arrays.copyOfRange(components.rows, first, first + count);
                double[] part = new double[piece.count() * piece.sigmas.length * KINDS];
                float[] logs = Arrays.copyOfRange(components.logWeights, first, first + count);
                try (Indices gathered = backend.indices(rows);
                        Tensor logWeights = backend.allocate(count, 1);
                        Indices own = backend.indices(places(drawn, components.placeOfRow, first, count, -1));
                        Indices from = backend.indices(ranges(drawn, components, components.groupFrom, first, count));
                        Indices to = backend.indices(ranges(drawn, components, components.groupTo, first, count))) {
                    backend.write(logs, logWeights, 0);
                    MixtureSide sideX = left.products(gathered);
                    MixtureSide sideY = right.products(gathered);
                    MixtureComponents mixture = new MixtureComponents(logWeights, own, from, to);
                    backend.mixtureLogSums(sideX, sideY, mixture, piece.sigmas, part);
                }
                piece.merge(part);
                listener.step(new TrainingListener.TrainingProgress(
                        first / width + 1, (n + width - 1) / width, (long) piece.to * (first + count), Double.NaN));
            }
        }
    }

    private static int[] places(int[] drawn, int[] placeOfRow, int first, int count, int outside) {
        return Arrays.stream(drawn)
                .map(row -> placeOfRow[row] - first)
                .map(i -> i >= 0 && i < count ? i : outside)
                .toArray();
    }

    private static int[] ranges(int[] drawn, Components components, int[] bound, int first, int count) {
        return Arrays.stream(drawn)
                .map(row -> Math.max(0, Math.min(count, bound[components.placeOfRow[row]] - first)))
                .toArray();
    }

    /** Memory of one side of a piece: standardised draws, their noise, standardised components and the products. */
    private static final class SidePiece implements AutoCloseable {
        private final Backend backend;
        private final Side side;
        private final List<AutoCloseable> owned = new ArrayList<>();
        private final Tensor draws;
        private final Tensor noise;
        private final Tensor components;
        private final Tensor states;
        private final Tensor noisy;
        private final Tensor norms;

        SidePiece(Backend backend, Side side, int[] drawn, Piece piece, int width) {
            this.backend = backend;
            this.side = side;
            int d = side.states.columns();
            try {
                draws = own(backend.allocate(drawn.length, d));
                noise = side.noise.rowRange(piece.from, piece.to);
                components = own(backend.allocate(width, d));
                states = own(backend.allocate(drawn.length, width));
                noisy = own(backend.allocate(drawn.length, width));
                norms = own(backend.allocate(width, 1));
                try (Indices rows = backend.indices(drawn)) {
                    backend.gatherRows(side.states, rows, draws);
                }
                side.standard.apply(draws, draws);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        private Tensor own(Tensor tensor) {
            owned.add(tensor);
            return tensor;
        }

        MixtureSide products(Indices rows) {
            Tensor x = components.rowRange(0, rows.length());
            backend.gatherRows(side.states, rows, x);
            side.standard.apply(x, x);
            Tensor squares = norms.rowRange(0, rows.length());
            backend.squaredNorms(x, squares);
            Tensor byState = states.columnRange(0, rows.length());
            Tensor byNoise = noisy.columnRange(0, rows.length());
            // Exponents are differences of products many times their size, divided by a small sigma^2: rounding would
            // show.
            backend.strictProduct(draws, false, x, true, 0, byState);
            backend.strictProduct(noise, false, x, true, 0, byNoise);
            return new MixtureSide(byState, byNoise, squares);
        }

        @Override
        public void close() {
            Owned.closeAll(owned);
        }
    }

    /** Frees the noise. */
    @Override
    public void close() {
        if (noise != null) {
            noise.close();
            noise = null;
        }
    }
}
