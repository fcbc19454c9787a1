package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;

/** With what is known of the frequencies, a network that only tells pairs apart reaches the plug-in value. */
class KnownScoresTest {
    private static PairSymbols zipf(int n) {
        double[] weight = new double[n];
        Arrays.setAll(weight, i -> 1.0 / (i + 1));
        return PairSymbols.oneToOne(new int[0], weight);
    }

    private static double bits(PairSymbols symbols, float apart, boolean known) {
        PairLaw law = new PairLaw(symbols);
        int[] batch = IntStream.range(0, symbols.size()).toArray();
        StratifiedPairs pairs = StratifiedPairs.draw(batch, law, 4, new Philox(3, 0, 0, 0, 0));
        double[] scores = new double[pairs.size()];
        Arrays.fill(scores, batch.length, scores.length, -apart);
        double[] added = pairs.known(batch, law);
        for (int i = 0; i < scores.length && known; i++) {
            scores[i] += (float) added[i];
        }
        StratifiedValue value = new StratifiedValue(law);
        value.add(batch, pairs, scores);
        return value.bits();
    }

    @Test
    void aNetworkThatOnlyTellsPairsApartReachesTheCeilingOfUnequalSymbols() {
        PairSymbols symbols = zipf(500);
        double ceiling = symbols.ceiling().bits();
        assertThat(bits(symbols, 60, true)).isCloseTo(ceiling, within(1e-5)).isLessThanOrEqualTo(ceiling + 1e-6);
        // without it the same network reads the collision entropy, which is far below
        double collision =
                -Math.log(Arrays.stream(symbols.probabilities()).map(p -> p * p).sum()) / Math.log(2);
        assertThat(bits(symbols, 60, false)).isCloseTo(collision, within(1e-5));
        assertThat(collision).isLessThan(ceiling - 1.5);
    }

    @Test
    void weightsOfAStepAreThoseOfTheValue() {
        PairSymbols symbols = zipf(60);
        PairLaw law = new PairLaw(symbols);
        int[] batch = IntStream.range(0, symbols.size()).toArray();
        StratifiedPairs pairs = StratifiedPairs.draw(batch, law, 3, new Philox(4, 0, 0, 0, 0));
        float[] weights = pairs.weights(batch, law);
        double[] known = pairs.known(batch, law);
        float[] network = new float[pairs.size()];
        new Philox(5, 0, 0, 0, 0).normals(0, 2, network);
        double joint = 0;
        double product = 0;
        double[] scores = new double[network.length];
        for (int i = 0; i < network.length; i++) {
            joint += weights[2 * i] * network[i];
            product += weights[2 * i + 1] * Math.exp(network[i]);
            scores[i] = network[i] + known[i];
        }
        StratifiedValue value = new StratifiedValue(law);
        value.add(batch, pairs, scores);
        // the known part of the joint term is the plug-in value and no matter of training
        double bits =
                (joint - Math.log(product)) / Math.log(2) + symbols.ceiling().bits();
        assertThat(bits).isCloseTo(value.bits(), within(1e-5));
    }
}
