package org.ieengine.bench;

import java.util.Arrays;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.tensor.Philox;

/**
 * Planted distinct states whose information is known, for trials of critics: x [S, 64] of one of the kinds below, each dimension of
 * about unit variance, and y = x + W2 tanh(W1 x) with fixed random weights and 256 hidden units, as a block of a transformer adds to
 * its input.
 *
 * <ul>
 *   <li>{@code distinct}: N normal vectors, equally likely
 *   <li>{@code zipf}: normal vectors of N samples of N symbols, symbol k with weight 1 / (k + 1), weighted by how often they came
 *   <li>{@code lists}: every ordered choice of 4 of the entities, as many entities as stay at or below N such lists; a state is a
 *       sum of a vector for each place and entity
 *   <li>{@code context:E}: the vector of a last token, 1,000 of them drawn as above, and E times a normal vector of the sequence;
 *       groups are last tokens
 * </ul>
 *
 * @param x [S, 64] states before
 * @param y [S, 64] states after
 * @param group [S] last token; empty where a kind has none
 * @param weight [S] how often each came
 */
record DistinctPairs(float[] x, float[] y, int[] group, double[] weight) {
    static final int DIMENSIONS = 64;

    private static final int HIDDEN = 4 * DIMENSIONS;
    private static final int TOKENS = 1000;
    private static final int PLACES = 4;

    /** The pairs of a kind, everything random from the seed. */
    static DistinctPairs of(String kind, int n, long seed) {
        String[] parts = kind.split(":");
        double size = parts.length > 1 ? Double.parseDouble(parts[1]) : 0;
        return switch (parts[0]) {
            case "distinct" -> equallyLikely(normals(seed, 1, n), new int[0], seed);
            case "zipf" -> zipf(n, seed);
            case "lists" -> equallyLikely(lists(n, seed), new int[0], seed);
            case "context" -> context(n, size, seed);
            default -> throw new IllegalArgumentException("no kind of pairs is called " + kind);
        };
    }

    /** The pairs as symbols, with the groups or without. */
    PairSymbols symbols(boolean grouped) {
        return PairSymbols.oneToOne(grouped ? group : new int[0], weight);
    }

    private static float[] normals(long seed, int purpose, int rows) {
        float[] values = new float[rows * DIMENSIONS];
        new Philox(seed, purpose, 0, 0, 0).normals(0, 1, values);
        return values;
    }

    private static DistinctPairs equallyLikely(float[] x, int[] group, long seed) {
        double[] weight = new double[x.length / DIMENSIONS];
        Arrays.fill(weight, 1);
        return new DistinctPairs(x, after(x, seed), group, weight);
    }

    /** Symbols of n samples, symbol k of m with weight about 1 / (k + 1). */
    private static int[] samples(int n, int m, long seed) {
        Philox stream = new Philox(seed, 2, 0, 0, 0);
        int[] symbols = new int[n];
        Arrays.setAll(symbols, i -> (int) Math.min(m - 1, Math.expm1(stream.uniform(i) * Math.log1p(m))));
        return symbols;
    }

    private static DistinctPairs zipf(int n, long seed) {
        double[] counts = new double[n];
        for (int symbol : samples(n, n, seed)) {
            counts[symbol]++;
        }
        double[] weight = Arrays.stream(counts).filter(c -> c > 0).toArray();
        float[] x = normals(seed, 1, weight.length);
        return new DistinctPairs(x, after(x, seed), new int[0], weight);
    }

    private static float[] lists(int n, long seed) {
        long entities = PLACES;
        while ((entities + 1) * entities * (entities - 1) * (entities - 2) <= n) {
            entities++;
        }
        int e = (int) entities;
        float[] table = normals(seed, 1, e * PLACES);
        float[] x = new float[e * (e - 1) * (e - 2) * (e - 3) * DIMENSIONS];
        int row = 0;
        int[] chosen = new int[PLACES];
        for (int code = 0; code < e * e * e * e; code++) {
            int rest = code;
            for (int place = 0; place < PLACES; place++) {
                chosen[place] = rest % e;
                rest /= e;
            }
            if (Arrays.stream(chosen).distinct().count() == PLACES) {
                for (int c = 0; c < DIMENSIONS; c++) {
                    float sum = 0;
                    for (int place = 0; place < PLACES; place++) {
                        sum += table[(place * e + chosen[place]) * DIMENSIONS + c];
                    }
                    x[row * DIMENSIONS + c] = sum / 2;
                }
                row++;
            }
        }
        return x;
    }

    private static DistinctPairs context(int n, double size, long seed) {
        int[] token = samples(n, TOKENS, seed);
        float[] tokens = normals(seed, 1, TOKENS);
        float[] x = normals(seed, 3, n);
        for (int i = 0; i < x.length; i++) {
            x[i] = tokens[token[i / DIMENSIONS] * DIMENSIONS + i % DIMENSIONS] + (float) size * x[i];
        }
        return equallyLikely(x, token, seed);
    }

    private static float[] after(float[] x, long seed) {
        double[] in = new double[HIDDEN * DIMENSIONS];
        double[] out = new double[HIDDEN * DIMENSIONS];
        Philox stream = new Philox(seed, 4, 0, 0, 0);
        for (int i = 0; i < in.length; i++) {
            in[i] = stream.normal(i) / Math.sqrt(DIMENSIONS);
            out[i] = stream.normal((long) in.length + i) / Math.sqrt(HIDDEN);
        }
        float[] y = new float[x.length];
        double[] sum = new double[DIMENSIONS];
        for (int row = 0; row < x.length; row += DIMENSIONS) {
            for (int c = 0; c < DIMENSIONS; c++) {
                sum[c] = x[row + c];
            }
            for (int h = 0; h < HIDDEN; h++) {
                double z = 0;
                for (int c = 0; c < DIMENSIONS; c++) {
                    z += in[h * DIMENSIONS + c] * x[row + c];
                }
                double t = Math.tanh(z);
                for (int c = 0; c < DIMENSIONS; c++) {
                    sum[c] += t * out[h * DIMENSIONS + c];
                }
            }
            for (int c = 0; c < DIMENSIONS; c++) {
                y[row + c] = (float) sum[c];
            }
        }
        return y;
    }
}
