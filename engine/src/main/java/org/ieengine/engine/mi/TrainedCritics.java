package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.tensor.Backend;

/**
 * Critics of one estimate that were trained side by side, until they are asked for: where one alone would leave the device idle, those
 * that come next are trained with the one that is wanted. Each is trained as it would be alone.
 */
final class TrainedCritics implements AutoCloseable {
    private final CriticTraining.Protocol protocol;
    private final Map<Integer, Trained> ready = new HashMap<>();
    private PairedStates pairs;
    private EstimateContext context;

    TrainedCritics(CriticTraining.Protocol protocol) {
        this.protocol = protocol;
    }

    /**
     * A trained critic.
     *
     * @param seconds of training, its share
     */
    record Trained(CriticTraining training, double seconds) implements AutoCloseable {
        @Override
        public void close() {
            training.close();
        }
    }

    /** How many critics of S pairs are trained side by side. */
    static int together(Backend backend, CriticSettings settings, long pairs) {
        int most = StratifiedPairs.most(CriticTraining.batch(settings, pairs), settings.pairings());
        return Math.max(1, Math.min(settings.critics(), backend.sideBySide(most)));
    }

    /** A critic of these very pairs; it is the caller's to close. */
    Trained take(PairedStates wanted, EstimateContext where, int critic, TrainingListener listener) {
        if (wanted != pairs || !where.equals(context) || !ready.containsKey(critic)) {
            close();
            pairs = wanted;
            context = where;
            train(critic, listener);
        }
        return ready.remove(critic);
    }

    private void train(int first, TrainingListener listener) {
        long started = System.nanoTime();
        int last = Math.max(
                first + 1,
                Math.min(
                        protocol.settings().critics(),
                        first
                                + together(
                                        protocol.backend(),
                                        protocol.settings(),
                                        pairs.symbols().size())));
        List<CriticTraining> critics = new ArrayList<>();
        boolean trained = false;
        try {
            for (int critic = first; critic < last; critic++) {
                critics.add(new CriticTraining(protocol, pairs, context, critic));
            }
            CriticTraining.run(protocol.backend(), critics, listener);
            trained = true;
        } finally {
            if (!trained) {
                critics.forEach(CriticTraining::close);
            }
        }
        double seconds = (System.nanoTime() - started) / 1e9 / critics.size();
        for (int i = 0; i < critics.size(); i++) {
            ready.put(first + i, new Trained(critics.get(i), seconds));
        }
    }

    /** Frees critics that nobody asked for. */
    @Override
    public void close() {
        ready.values().forEach(Trained::close);
        ready.clear();
    }
}
