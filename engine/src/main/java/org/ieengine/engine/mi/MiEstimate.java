package org.ieengine.engine.mi;

import java.util.List;

/**
 * An estimate by several critics.
 *
 * @param estimator {@code dv}, {@code nwj} or {@code smile}
 * @param protocol {@code standard} or {@code paper}
 * @param ceiling exact entropies
 * @param seeds each critic's
 */
public record MiEstimate(String estimator, String protocol, Ceiling ceiling, List<SeedEstimate> seeds) {
    /** Copies the list. */
    public MiEstimate {
        seeds = List.copyOf(seeds);
    }

    /** Mean over the critics that ended with a number; NaN when none did. */
    public double bits() {
        return seeds.stream()
                .mapToDouble(SeedEstimate::bits)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
    }

    /** Standard deviation (n - 1) over the critics that ended with a number; NaN for fewer than two. */
    public double sd() {
        double[] values = seeds.stream()
                .mapToDouble(SeedEstimate::bits)
                .filter(Double::isFinite)
                .toArray();
        double mean = bits();
        double sum = 0;
        for (double v : values) {
            sum += (v - mean) * (v - mean);
        }
        return values.length < 2 ? Double.NaN : Math.sqrt(sum / (values.length - 1));
    }

    /**
     * Lower end of a 95 % interval of {@link #bits()}, {@code bits - 1.96 e} with e^2 = mean squared deviation over resampled pairs +
     * squared deviation over the critics / their number; one critic gives the former alone. It covers what other pairs of the same
     * kind, other unmatched pairs and other critics would have given. It does not cover what all of them leave unread: a bound
     * stays a bound, and unmatched pairs too rare to be drawn stay unseen. NaN where nothing was resampled.
     */
    public double low() {
        return bits() - 1.96 * error();
    }

    /** Upper end, see {@link #low()}; for dv and nwj, which cannot exceed the ceiling, at most that. */
    public double high() {
        double high = bits() + 1.96 * error();
        return estimator.equals("smile") || aboveCeiling() ? high : Math.min(high, ceiling.bits());
    }

    private double error() {
        double resampled = seeds.stream()
                .filter(seed -> Double.isFinite(seed.bits()))
                .mapToDouble(seed -> seed.resamplingSd() * seed.resamplingSd())
                .average()
                .orElse(Double.NaN);
        long critics =
                seeds.stream().filter(seed -> Double.isFinite(seed.bits())).count();
        double spread = critics < 2 ? 0 : sd() * sd() / critics;
        return Math.sqrt(resampled + spread);
    }

    /** bits / ceiling; NaN when the ceiling is 0. */
    public double share() {
        return ceiling.bits() > 0 ? bits() / ceiling.bits() : Double.NaN;
    }

    /** Whether it reads above what the symbols carry, by more than rounding. */
    public boolean aboveCeiling() {
        return bits() > ceiling.bits() + 1e-6;
    }

    /** Pairs that went through a critic, over all critics. */
    public long rowPasses() {
        return seeds.stream().mapToLong(SeedEstimate::rowPasses).sum();
    }

    /** Whether any critic broke down. */
    public boolean stoppedByNan() {
        return seeds.stream().anyMatch(SeedEstimate::stoppedByNan);
    }

    /** Warnings of all critics, each once. */
    public List<String> warnings() {
        return seeds.stream().flatMap(s -> s.warnings().stream()).distinct().toList();
    }
}
