package org.ieengine.bench.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.tensor.Philox;

/** Families of states that stand for symbols: lists, words by frequency, distinct states, sequences that share their last token. */
public final class SymbolTasks {
    private static final int STATES = 0x73746174;
    private static final int LAYER_TOKENS = 1;
    private static final int LAYER_CONTEXTS = 2;
    private static final int MOST_TOKENS = 1_000;

    private SymbolTasks() {}

    /** The tasks of about 2,000, 20,000 or 300,000 samples with states of the given width. */
    public static List<SymbolTask> tasks(int samples, int width) {
        List<SymbolTask> tasks = new ArrayList<>();
        tasks.add(lists(ListSize.nearest(samples), width));
        tasks.add(zipf(samples, width));
        tasks.add(distinct(samples, width));
        for (double share : new double[] {0.3, 0.1, 0.03}) {
            SymbolTask grouped = contexts(samples, share, width);
            tasks.add(grouped);
            tasks.add(grouped.withoutGroups());
        }
        return List.copyOf(tasks);
    }

    /** {@code shots} of {@code entities}, in order, none twice. */
    record ListSize(int entities, int shots) {
        int lists() {
            int lists = 1;
            for (int i = 0; i < shots; i++) {
                lists = Math.multiplyExact(lists, entities - i);
            }
            return lists;
        }

        /** Three or four shots of up to 30 entities, as near to the number of lists as can be. */
        static ListSize nearest(int lists) {
            ListSize best = new ListSize(3, 3);
            for (int shots = 3; shots <= 4; shots++) {
                for (int entities = shots; entities <= 30; entities++) {
                    ListSize size = new ListSize(entities, shots);
                    if (Math.abs(size.lists() - lists) < Math.abs(best.lists() - lists)) {
                        best = size;
                    }
                }
            }
            return best;
        }
    }

    /**
     * Every ordered choice of entities without repetition, each once, ending with the same separator: one group. The state is the
     * separator's vector plus tanh of the sum of a vector for each (place, entity).
     */
    static SymbolTask lists(ListSize size, int width) {
        int[] chosen = allChoices(size);
        int n = size.lists();
        String name = "lists " + size.shots + " of " + size.entities;
        return new SymbolTask(name, PairSymbols.oneToOne(new int[n], ones(n)), seed -> {
            float[] separator = normals(seed, LAYER_TOKENS, 1, width);
            float[] vectors = normals(seed, LAYER_CONTEXTS, size.shots * size.entities, width);
            float[] x = new float[Math.multiplyExact(n, width)];
            double scale = Math.sqrt(1d / size.shots);
            for (int row = 0; row < n; row++) {
                for (int c = 0; c < width; c++) {
                    double sum = 0;
                    for (int place = 0; place < size.shots; place++) {
                        int entity = chosen[row * size.shots + place];
                        sum += vectors[(place * size.entities + entity) * width + c];
                    }
                    x[row * width + c] = separator[c] + (float) Math.tanh(scale * sum);
                }
            }
            return x;
        });
    }

    /** [lists, shots], in lexicographic order. */
    private static int[] allChoices(ListSize size) {
        int[] chosen = new int[size.lists() * size.shots];
        for (int row = 0; row < size.lists(); row++) {
            List<Integer> left = new ArrayList<>();
            for (int e = 0; e < size.entities; e++) {
                left.add(e);
            }
            int code = row;
            int blocks = size.lists();
            for (int place = 0; place < size.shots; place++) {
                blocks /= size.entities - place;
                chosen[row * size.shots + place] = left.remove(code / blocks);
                code %= blocks;
            }
        }
        return chosen;
    }

    /** N / 10 symbols with frequencies that fall as those of words; states are normal vectors. */
    static SymbolTask zipf(int samples, int width) {
        double[] counts = zipfCounts(samples, samples / 10);
        return new SymbolTask(
                "Zipf symbols",
                PairSymbols.oneToOne(new int[0], counts),
                seed -> normals(seed, LAYER_CONTEXTS, counts.length, width));
    }

    /** N different states, normal vectors, each once. */
    public static SymbolTask distinct(int samples, int width) {
        return new SymbolTask(
                "distinct states",
                PairSymbols.oneToOne(new int[0], ones(samples)),
                seed -> normals(seed, LAYER_CONTEXTS, samples, width));
    }

    /**
     * N different sequences, each once: the state is the vector of the last token plus {@code share} times a vector of the
     * sequence's own, both normal. Groups are last tokens: at most 1,000, as frequent as words.
     */
    static SymbolTask contexts(int samples, double share, int width) {
        double[] sizes = zipfCounts(samples, Math.min(MOST_TOKENS, samples / 20));
        int[] token = new int[samples];
        int from = 0;
        for (int t = 0; t < sizes.length; t++) {
            Arrays.fill(token, from, from + (int) sizes[t], t);
            from += (int) sizes[t];
        }
        return new SymbolTask("contexts of " + share, PairSymbols.oneToOne(token, ones(samples)), seed -> {
            float[] tokens = normals(seed, LAYER_TOKENS, sizes.length, width);
            float[] x = normals(seed, LAYER_CONTEXTS, samples, width);
            for (int i = 0; i < x.length; i++) {
                x[i] = tokens[token[i / width] * width + i % width] + (float) share * x[i];
            }
            return x;
        });
    }

    /**
     * Whole counts that sum to N, as near as can be to N / (k ln) for symbol k from 1 on: each at least 1, what rounding leaves
     * goes to the first.
     */
    static double[] zipfCounts(int samples, int symbols) {
        double harmonic = 0;
        for (int k = 1; k <= symbols; k++) {
            harmonic += 1d / k;
        }
        double[] counts = new double[symbols];
        double rest = samples;
        for (int k = symbols - 1; k > 0; k--) {
            counts[k] = Math.max(1, Math.rint(samples / harmonic / (k + 1)));
            rest -= counts[k];
        }
        counts[0] = rest;
        return counts;
    }

    private static double[] ones(int n) {
        double[] weight = new double[n];
        Arrays.fill(weight, 1);
        return weight;
    }

    private static float[] normals(long seed, int layer, int rows, int width) {
        float[] values = new float[Math.multiplyExact(rows, width)];
        new Philox(seed, STATES, layer, 0, 0).normals(0, 1, values);
        return values;
    }
}
