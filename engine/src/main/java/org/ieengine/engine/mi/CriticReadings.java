package org.ieengine.engine.mi;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.ieengine.engine.tensor.Philox;

/**
 * What a trained critic f says of the pairs of a subset, by each of several estimators, all over the stratified full set: E_p is the
 * mean over the joint pairs, E_q that over the product of the marginals, in which matched pairs have their known weight.
 *
 * <ul>
 *   <li>{@code dv}: E_p f - ln E_q e^f (Donsker and Varadhan 1983)
 *   <li>{@code nwj}: E_p g - e^-1 E_q e^g with g = f + 1 - ln Z (Nguyen, Wainwright and Jordan 2010, the f-divergence bound of the
 *       Kullback-Leibler divergence). Z, the mean of e^f that shifts the critic, comes from other unmatched pairs than those evaluated,
 *       as the bound asks. Never above dv on the evaluated pairs
 *   <li>{@code smile}: E_p g - ln E_q clip(e^g, e^-5, e^5) with g = f - ln Z, Z as for nwj (Song and Ermon 2020, equation 17, tau = 5; the
 *       clip is in the evaluation only). No bound: where own pairs are likelier than by chance by more than e^5, clipping takes
 *       their weight away, and it reads up to 5 nats above what is there
 * </ul>
 *
 * <p>Resampling (Efron 1979) draws the distinct pairs anew, each with its joint term, its share of the product and the unmatched pairs
 * drawn for it, in up to {@value #BLOCKS} random blocks, each counted a Poisson(1) number of times. What varies is taken to be what is
 * missing from the plug-in value of the pairs drawn, since that of the symbols at hand is known exactly.
 */
final class CriticReadings {
    /** Names of the estimators. */
    static final List<String> ESTIMATORS = List.of("dv", "nwj", "smile");

    private static final double CLIP = 5;
    private static final int BLOCKS = 512;
    private static final int RESAMPLES = 200;
    private static final double BITS_PER_NAT = 1 / Math.log(2);

    private final FullSetReader reader;
    private final FullSetReader.Wanted wanted;
    private final Philox resampling;
    private final Block[] first;
    private Block[] second;
    private final double logNormaliser;

    /** Shows the critic all pairs once. */
    CriticReadings(FullSetReader reader, FullSetReader.Wanted wanted, Philox resampling) {
        this.reader = reader;
        this.wanted = wanted;
        this.resampling = resampling;
        this.first = read(0, false);
        this.logNormaliser = sum(first).plain.logNormaliser();
    }

    /**
     * What an estimator says.
     *
     * @param bits the value
     * @param resamplingSd its standard deviation over resampled pairs, in bits
     */
    record Reading(double bits, double resamplingSd) {}

    /** Sums over some pairs, of scores as they are and of scores less a shift, clipped among the product's pairs. */
    private record Block(StratifiedValue plain, StratifiedValue clipped) {
        static Block of(PairLaw law) {
            return new Block(new StratifiedValue(law), new StratifiedValue(law));
        }

        void add(double times, Block more) {
            plain.add(times, more.plain);
            clipped.add(times, more.clipped);
        }
    }

    /** The value by the estimator of that name; nwj and smile show the critic all pairs once more, with other unmatched ones. */
    Reading of(String estimator) {
        return switch (estimator) {
            case "dv" -> reading(first, sum -> sum.plain.jointMean() - sum.plain.logNormaliser());
            case "nwj" ->
                reading(
                        second(),
                        sum -> sum.plain.jointMean()
                                - logNormaliser
                                + 1
                                - Math.exp(sum.plain.logNormaliser() - logNormaliser));
            case "smile" -> reading(second(), sum -> sum.clipped.jointMean() - sum.clipped.logNormaliser());
            default ->
                throw new IllegalArgumentException(
                        estimator + " is no estimator of trained critics: " + String.join(", ", ESTIMATORS) + " are");
        };
    }

    private Block[] second() {
        if (second == null) {
            second = read(logNormaliser, true);
        }
        return second;
    }

    /** Shows the critic all pairs; without clipping their clipped sums stay empty. */
    private Block[] read(double shift, boolean clipping) {
        int all = wanted.subset().rows().length;
        Block[] blocks = Stream.generate(() -> Block.of(wanted.law()))
                .limit(Math.min(BLOCKS, all))
                .toArray(Block[]::new);
        int[] seen = {0};
        reader.read(wanted, scored -> {
            double[] scores = scored.scores();
            StratifiedPairs pairs = scored.pairs();
            int own = scored.rows().length;
            Block[] ofRow = new Block[own];
            Arrays.setAll(ofRow, row -> blocks[(int) ((long) (seen[0] + row) * blocks.length / all)]);
            for (int i = 0; i < scores.length; i++) {
                Block block = ofRow[pairs.x()[i]];
                boolean same = i < own + pairs.same();
                if (i < own) {
                    block.plain.addOwn(scored.rows()[i], scores[i]);
                } else {
                    block.plain.addUnmatched(same, pairs.importance()[i], scores[i]);
                }
                if (clipping) {
                    double shifted = scores[i] - shift;
                    double clipped = Math.max(-CLIP, Math.min(CLIP, shifted));
                    if (i < own) {
                        block.clipped.addOwn(scored.rows()[i], shifted, clipped);
                    } else {
                        block.clipped.addUnmatched(same, pairs.importance()[i], clipped);
                    }
                }
            }
            seen[0] += own;
        });
        return blocks;
    }

    private Block sum(Block[] blocks) {
        Block sum = Block.of(wanted.law());
        for (Block block : blocks) {
            sum.add(1, block);
        }
        return sum;
    }

    private Reading reading(Block[] blocks, ToDoubleFunction<Block> nats) {
        double[] values = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            Block sum = Block.of(wanted.law());
            for (int b = 0; b < blocks.length; b++) {
                int times = poisson(resampling.uniform((long) r * blocks.length + b));
                if (times > 0) {
                    sum.add(times, blocks[b]);
                }
            }
            // the plug-in value of these symbols is known: what varies is how much of it is missing
            values[r] = nats.applyAsDouble(sum) - sum.plain.plugInMean();
        }
        return new Reading(nats.applyAsDouble(sum(blocks)) * BITS_PER_NAT, deviation(values) * BITS_PER_NAT);
    }

    /** A Poisson(1) number by inversion. */
    private static int poisson(double uniform) {
        double term = Math.exp(-1);
        double below = term;
        int k = 0;
        while (uniform > below && k < 20) {
            term /= ++k;
            below += term;
        }
        return k;
    }

    /** Of the finite values: a resample of very few pairs can be empty. */
    private static double deviation(double[] values) {
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        double mean = Arrays.stream(finite).average().orElse(Double.NaN);
        double squares = Arrays.stream(finite).map(v -> (v - mean) * (v - mean)).sum();
        return finite.length < 2 ? Double.NaN : Math.sqrt(squares / (finite.length - 1));
    }
}
