package org.ieengine.cli.verb;

import java.util.Arrays;

/**
 * What an estimator reads from arrays whose rows were paired at random, so that the truth is zero.
 *
 * @param runs random pairings, at least 1
 * @param meanBits mean of the estimates; NaN when one of them is no number
 * @param sdBits their standard deviation (n - 1); NaN for one run
 * @param maxBits the greatest
 */
record NullValues(int runs, double meanBits, double sdBits, double maxBits) {
    /** Of the estimates, one a run. */
    static NullValues of(double[] bits) {
        double mean = Arrays.stream(bits).average().orElseThrow();
        double squares = Arrays.stream(bits).map(b -> (b - mean) * (b - mean)).sum();
        double sd = bits.length < 2 ? Double.NaN : Math.sqrt(squares / (bits.length - 1));
        double most = Arrays.stream(bits).reduce(Math::max).orElseThrow();
        return new NullValues(bits.length, mean, sd, most);
    }
}
