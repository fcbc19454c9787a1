package org.ieengine.engine.mi;

import java.util.Arrays;
import java.util.List;

/**
 * At which noise exact information is read, and by how many draws.
 *
 * @param sigmas noise levels, in units of the standardised states; empty for {@link #standardSigmas}
 * @param draws noisy draws R
 * @param seed keys draws and noise; the same for all blocks, so that their differences are sharper than their values
 */
public record ResolutionSettings(List<Double> sigmas, int draws, long seed) {
    private static final double[] FACTORS = {1 / 32d, 1 / 16d, 1 / 8d, 3 / 16d, 5 / 16d};

    /** Checks the ranges. */
    public ResolutionSettings {
        sigmas = List.copyOf(sigmas);
        if (draws < 2 || !sigmas.stream().allMatch(s -> s > 0 && Double.isFinite(s))) {
            throw new IllegalArgumentException("at least 2 draws and positive noise levels are needed");
        }
    }

    /** The standard grid and 2,048 draws. */
    public static ResolutionSettings standard(long seed) {
        return new ResolutionSettings(List.of(), 2048, seed);
    }

    /** sqrt(2 d) (1/32, 1/16, 1/8, 3/16, 5/16) for states of d dimensions, ascending; the middle one leads. */
    public static List<Double> standardSigmas(int d) {
        return Arrays.stream(FACTORS).mapToObj(f -> f * Math.sqrt(2d * d)).toList();
    }

    /** The noise levels for states of d dimensions. */
    public List<Double> sigmasFor(int d) {
        return sigmas.isEmpty() ? standardSigmas(d) : sigmas;
    }
}
