package org.ieengine.engine.mi;

import java.util.List;

/**
 * An estimate by several critics.
 *
 * @param estimator {@code dv}
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
