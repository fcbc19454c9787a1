package org.ieengine.engine.mi;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * Shows a critic the pairs of a subset, each row's own and fresh unmatched ones, a bounded number of rows at a time: batches of a
 * fresh order, so that unmatched partners come from a random part of all rows.
 *
 * <p>While the backend scores a batch, the host draws the next one and takes the scores of the one before. The next is asked for once
 * scores are read, and not before: a read waits for all that was asked for. What the backend waits for is the way of the scores to the
 * host and the first operations of a batch back, not draws and sums.
 */
final class FullSetReader implements AutoCloseable {
    /** Members of one group that come together, so that they meet each other. */
    private static final int RUN_LENGTH = 64;

    private final Backend backend;
    private final CriticInput input;
    private final Keys keys;
    private final Tensor scores;
    private final PairList drawnPairs;
    private CriticPass pass;
    private Batch shown;
    private int readings;

    /**
     * Allocates.
     *
     * @param mostPairs pairs that are scored at a time, at most
     */
    FullSetReader(Backend backend, CriticInput input, int mostPairs, Keys keys) {
        this.backend = backend;
        this.input = input;
        this.keys = keys;
        this.scores = backend.allocate(mostPairs, 1);
        try {
            this.drawnPairs = backend.pairList(mostPairs, input.capacity(), input.capacity());
        } catch (RuntimeException e) {
            scores.close();
            throw e;
        }
    }

    /** Keys of everything random in the readings of one critic. */
    record Keys(EstimateContext context, int critic) {}

    /**
     * What is read.
     *
     * @param subset whose pairs
     * @param law of the subset
     * @param pairings unmatched pairs for each row
     * @param most rows, at most; all of them when there are fewer
     */
    record Wanted(StandardProtocol.Subset subset, PairLaw law, int pairings, int most) {}

    /**
     * Rows that were shown.
     *
     * @param rows of the subset
     * @param pairs their own and unmatched pairs
     * @param known what is added to the network's scores, in nats
     * @param network the network's scores, in nats
     */
    record Scored(int[] rows, StratifiedPairs pairs, double[] known, float[] network) {
        /** Scores in nats. */
        double[] scores() {
            double[] sum = new double[network.length];
            Arrays.setAll(sum, i -> network[i] + (float) known[i]);
            return sum;
        }
    }

    /** Rows with their drawn pairs, before they are shown. */
    private record Batch(int[] rows, StratifiedPairs pairs, double[] known) {}

    /** Scores pairs by this critic from now on. */
    void use(CriticPass critic) {
        pass = critic;
    }

    /** Working memory for the scores of a step. */
    Tensor scores() {
        return scores;
    }

    /** Working memory for the pairs of a step. */
    PairList drawnPairs() {
        return drawnPairs;
    }

    /**
     * Shows the rows batch by batch.
     *
     * @param taker is given each of them in their order, all but the last when the next one has been asked for
     */
    void read(Wanted wanted, Consumer<Scored> taker) {
        int all = wanted.subset.rows().length;
        int count = Math.min(all, wanted.most);
        int reading = readings++;
        int[] rows = IntStream.range(0, all).toArray();
        Philox stream = RandomPurpose.EVALUATION.stream(keys.context, keys.critic, 2 * reading);
        int[] order = Arrays.copyOf(RunOrder.of(rows, wanted.law, RUN_LENGTH, stream), count);
        Batch next = draw(wanted, order, 0, reading);
        Scored scored = null;
        for (int chunk = 1; next != null; chunk++) {
            Batch batch = next;
            show(wanted, batch);
            if (scored != null) {
                taker.accept(scored);
            }
            next = draw(wanted, order, chunk, reading);
            scored = new Scored(batch.rows, batch.pairs, batch.known, readScores(batch.pairs.size()));
        }
        if (scored != null) {
            taker.accept(scored);
        }
    }

    /** Draws a chunk of the order; null behind the last. */
    private Batch draw(Wanted wanted, int[] order, int chunk, int reading) {
        int from = chunk * input.capacity();
        if (from >= order.length) {
            return null;
        }
        int[] part = Arrays.copyOfRange(order, from, Math.min(order.length, from + input.capacity()));
        int step = (chunk << 16) | (2 * reading + 1);
        Philox stream = RandomPurpose.EVALUATION.stream(keys.context, keys.critic, step);
        StratifiedPairs drawn = StratifiedPairs.draw(part, wanted.law, wanted.pairings, stream);
        return new Batch(part, drawn, drawn.known(part, wanted.law));
    }

    /** Asks for the scores of a batch. */
    private void show(Wanted wanted, Batch batch) {
        int n = batch.rows.length;
        load(wanted.subset.global(batch.rows));
        pass.project(input.x().rowRange(0, n), input.y().rowRange(0, n));
        backend.write(batch.pairs.x(), batch.pairs.y(), drawnPairs);
        pass.scores(listed(), scores.rowRange(0, batch.pairs.size()));
        shown = batch;
    }

    private void load(int[] rows) {
        try (Indices loaded = backend.indices(rows);
                Indices clusters = input.clustered() ? backend.indices(input.clusters(rows)) : null) {
            input.load(loaded, clusters);
        }
    }

    private float[] readScores(int n) {
        float[] read = new float[n];
        backend.read(scores, 0, n, read);
        return read;
    }

    private List<Pairing> listed() {
        return List.of(new Pairing.Listed(drawnPairs));
    }

    /**
     * Scores the last pairs of a reading once more, by several networks, as {@link CriticPass#scores(List, int, IntConsumer, Tensor)} does.
     *
     * @throws IllegalStateException when other pairs have been shown since
     */
    float[][] again(Scored last, int networks, IntConsumer use) {
        if (shown == null || last.pairs != shown.pairs) {
            throw new IllegalStateException("other pairs have been shown since these were");
        }
        return pass.scores(listed(), networks, use, scores.rowRange(0, last.network.length));
    }

    /** The stratified Donsker-Varadhan value in bits. */
    double bits(Wanted wanted) {
        return value(wanted).bits();
    }

    /** What is missing from the plug-in value of the rows read, in bits. */
    double missingBits(Wanted wanted) {
        return value(wanted).missingBits();
    }

    private StratifiedValue value(Wanted wanted) {
        StratifiedValue value = new StratifiedValue(wanted.law);
        read(wanted, scored -> value.add(scored.rows, scored.pairs, scored.scores()));
        return value;
    }

    @Override
    public void close() {
        scores.close();
        drawnPairs.close();
    }
}
