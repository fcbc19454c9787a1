package org.ieengine.engine.mi.continuous;

import java.util.Arrays;
import org.ieengine.engine.tensor.Philox;

/** Mean, deviation and interval of what several critics read. */
final class Spread {
    /** Resamples of the rows that judge. */
    static final int RESAMPLES = 200;

    private Spread() {}

    /** What a critic reads on a resample of the rows that judged it. */
    interface Resampled {
        /** In bits. */
        double bits(int critic, int resample);
    }

    static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /** Standard deviation (n - 1); NaN for fewer than two values. */
    static double deviation(double[] values) {
        double mean = mean(values);
        double sum = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return values.length < 2 ? Double.NaN : Math.sqrt(sum / (values.length - 1));
    }

    /** 2.5 and 97.5 % of means over critics drawn with replacement, each on resampled rows (Efron and Tibshirani 1993, chapter 13). */
    static ContinuousEstimate.Interval interval(int critics, Philox draws, Resampled resampled) {
        double[] means = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            for (int c = 0; c < critics; c++) {
                means[r] += resampled.bits(draws.below(critics, (long) r * critics + c), r) / critics;
            }
        }
        Arrays.sort(means);
        return new ContinuousEstimate.Interval(means[RESAMPLES / 40], means[RESAMPLES - 1 - RESAMPLES / 40]);
    }
}
