package org.ieengine.engine.mi;

import java.util.Arrays;

/**
 * What the S distinct pairs of states stand for. Arrays are not copied and must not be changed.
 *
 * @param x [S] symbol of x, any integers from 0 on; equal numbers are the same symbol
 * @param y [S] symbol of y; a pair (x, y) occurs once
 * @param group [S] label whose members are hard to tell apart (the last token); empty for none
 * @param weight [S] how often the pair occurs: positive, in any unit. The published protocol repeats rows by it and needs
 *     whole numbers
 */
public record PairSymbols(int[] x, int[] y, int[] group, double[] weight) {
    /**
     * Checks lengths, signs and weights.
     *
     * @throws IllegalArgumentException naming what does not fit
     */
    public PairSymbols {
        if (x.length == 0
                || y.length != x.length
                || weight.length != x.length
                || (group.length != 0 && group.length != x.length)) {
            throw new IllegalArgumentException(
                    "symbols [" + x.length + "] and [" + y.length + "], groups [" + group.length + "] and weights ["
                            + weight.length + "] must be of one length, at least 1 (groups may be empty)");
        }
        for (int i = 0; i < x.length; i++) {
            if (x[i] < 0 || y[i] < 0 || (group.length > 0 && group[i] < 0)) {
                throw new IllegalArgumentException("the symbols of pair " + i + " must not be negative");
            }
            if (!(weight[i] > 0) || Double.isInfinite(weight[i])) {
                throw new IllegalArgumentException("the weight of pair " + i + " is " + weight[i] + ", not positive");
            }
        }
    }

    /** Pairs whose two symbols are the same one, 0 to S - 1: a map that keeps distinct states distinct. */
    public static PairSymbols oneToOne(int[] group, double[] weight) {
        int[] symbol = new int[weight.length];
        Arrays.setAll(symbol, i -> i);
        return new PairSymbols(symbol, symbol, group, weight);
    }

    /** Number of distinct pairs S. */
    public int size() {
        return x.length;
    }

    /** Entropies and plug-in mutual information. */
    public Ceiling ceiling() {
        double total = sum(weight);
        double xBits = entropyBits(masses(x), total);
        double yBits = entropyBits(masses(y), total);
        double jointBits = entropyBits(weight, total);
        return new Ceiling(xBits, yBits, jointBits, Math.max(0, xBits + yBits - jointBits));
    }

    /** Weights divided by their sum. */
    double[] probabilities() {
        double total = sum(weight);
        double[] p = new double[weight.length];
        Arrays.setAll(p, i -> weight[i] / total);
        return p;
    }

    /** Summed weight of each symbol. */
    double[] masses(int[] symbol) {
        int most = 0;
        for (int s : symbol) {
            most = Math.max(most, s);
        }
        double[] mass = new double[most + 1];
        for (int i = 0; i < symbol.length; i++) {
            mass[symbol[i]] += weight[i];
        }
        return mass;
    }

    private static double sum(double[] values) {
        double total = 0;
        for (double v : values) {
            total += v;
        }
        return total;
    }

    private static double entropyBits(double[] mass, double total) {
        double sum = 0;
        for (double m : mass) {
            sum += m > 0 ? m * Math.log(m / total) : 0;
        }
        return Math.max(0, -sum / total / Math.log(2));
    }
}
