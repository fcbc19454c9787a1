package org.ieengine.engine.mi;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The joint law of paired symbols, as the stratified Donsker-Varadhan value needs it: what matched pairs weigh under the product of
 * the marginals, and how much of the product's mass is left to unmatched ones, in total and among pairs of one group.
 *
 * <p>Groups are used when symbols are one-to-one only; otherwise {@link #grouped} is false and all unmatched pairs are one stratum.
 */
final class PairLaw {
    private final PairSymbols symbols;
    private final double[] p;
    private final double[] r;
    private final double[] px;
    private final double[] py;
    private final boolean oneToOne;
    private final boolean grouped;
    private final int[] groupSizes;
    private final long[] matched;
    private final double sameMass;
    private final double otherMass;

    PairLaw(PairSymbols symbols) {
        this.symbols = symbols;
        this.p = symbols.probabilities();
        this.px = normalised(symbols.masses(symbols.x()));
        this.py = normalised(symbols.masses(symbols.y()));
        int n = p.length;
        this.r = new double[n];
        double matchedMass = 0;
        for (int i = 0; i < n; i++) {
            double product = px[symbols.x()[i]] * py[symbols.y()[i]];
            r[i] = product / p[i];
            matchedMass += product;
        }
        this.oneToOne = count(px) == n && count(py) == n;
        this.grouped = oneToOne && symbols.group().length > 0;
        double groupMass = 0;
        if (grouped) {
            double[] q = normalised(symbols.masses(symbols.group()));
            groupSizes = new int[q.length];
            for (int g : symbols.group()) {
                groupSizes[g]++;
            }
            groupMass = Arrays.stream(q).map(v -> v * v).sum();
        } else {
            groupSizes = new int[0];
        }
        this.sameMass = grouped ? positive(groupMass - matchedMass) : 0;
        this.otherMass = positive(1 - (grouped ? groupMass : matchedMass));
        this.matched = oneToOne ? new long[0] : sortedPairs(symbols);
    }

    private static double positive(double mass) {
        return mass < 1e-13 ? 0 : mass;
    }

    private static double[] normalised(double[] mass) {
        double total = Arrays.stream(mass).sum();
        return Arrays.stream(mass).map(m -> m / total).toArray();
    }

    private static int count(double[] mass) {
        int found = 0;
        for (double m : mass) {
            found += m > 0 ? 1 : 0;
        }
        return found;
    }

    private static long[] sortedPairs(PairSymbols symbols) {
        long[] pairs = new long[symbols.size()];
        Arrays.setAll(pairs, i -> (long) symbols.x()[i] << 32 | symbols.y()[i]);
        Arrays.sort(pairs);
        return pairs;
    }

    /** Pairs of a symbol of x with a symbol of y, matched or not. */
    long symbolPairs() {
        return (long) count(px) * count(py);
    }

    /** Probability of the symbol that x of a row is. */
    double probabilityX(int row) {
        return px[symbols.x()[row]];
    }

    /** Probability of the symbol that y of a row is. */
    double probabilityY(int row) {
        return py[symbols.y()[row]];
    }

    /** One row for each symbol of x. */
    int[] representativesX() {
        return representatives(symbols.x(), px.length);
    }

    /** One row for each symbol of y. */
    int[] representativesY() {
        return representatives(symbols.y(), py.length);
    }

    private static int[] representatives(int[] symbol, int most) {
        boolean[] seen = new boolean[most];
        return IntStream.range(0, symbol.length)
                .filter(i -> !seen[symbol[i]] && (seen[symbol[i]] = true))
                .toArray();
    }

    /** Number of distinct pairs. */
    int size() {
        return p.length;
    }

    /** Probability of pair n. */
    double probability(int n) {
        return p[n];
    }

    /** p(x) p(y) / p(x, y) of pair n. */
    double ratio(int n) {
        return r[n];
    }

    /** Whether x of row i and y of row j ever occur together. */
    boolean matched(int i, int j) {
        if (oneToOne) {
            return i == j;
        }
        return Arrays.binarySearch(matched, (long) symbols.x()[i] << 32 | symbols.y()[j]) >= 0;
    }

    /** Whether there is a stratum of unmatched pairs of one group. */
    boolean grouped() {
        return grouped;
    }

    /** Group of a row; 0 for all when there are none. */
    int group(int row) {
        return grouped ? symbols.group()[row] : 0;
    }

    /** Number of groups, empty ones included; 0 when not {@link #grouped}. */
    int groups() {
        return groupSizes.length;
    }

    /** Distinct pairs in the row's group. */
    int groupSize(int row) {
        return grouped ? groupSizes[symbols.group()[row]] : p.length;
    }

    /** Product mass of unmatched pairs of one group. */
    double sameMass() {
        return sameMass;
    }

    /** Product mass of the other unmatched pairs. */
    double otherMass() {
        return otherMass;
    }
}
