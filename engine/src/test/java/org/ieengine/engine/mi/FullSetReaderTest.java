package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** In which order a reading asks for scores, waits for them and takes them. */
class FullSetReaderTest {
    private static final int D = 3;
    private static final int BATCH = 16;
    private static final int PAIRINGS = 4;

    private static void read(Backend backend, int rows, int most, ReaderBody body) {
        PairSymbols symbols = PairSymbols.oneToOne(new int[0], ones(rows));
        try (Tensor states = backend.allocate(rows, D)) {
            float[] values = new float[rows * D];
            new Philox(1, 0, 0, 0, 0).normals(0, 1, values);
            backend.write(values, states, 0);
            PairedStates pairs = new PairedStates(states, states, symbols);
            int mostPairs = StratifiedPairs.most(BATCH, PAIRINGS);
            FullSetReader.Keys keys = new FullSetReader.Keys(new EstimateContext(5, 1, 3), 0);
            try (CriticInput input = new CriticInput(backend, pairs, BATCH);
                    FullSetReader reader = new FullSetReader(backend, input, mostPairs, keys);
                    Critic critic = new Critic(backend, List.of(4, 1), D, D);
                    CriticPass pass = new CriticPass(backend, critic, BATCH, mostPairs)) {
                critic.initialiseTied(new Philox(2, 0, 0, 0, 0));
                reader.use(pass);
                StandardProtocol.Subset subset = StandardProtocol.subset(symbols, ones(rows));
                body.on(reader, new FullSetReader.Wanted(subset, new PairLaw(symbols), PAIRINGS, most));
            }
        }
    }

    private static double[] ones(int rows) {
        double[] weights = new double[rows];
        Arrays.fill(weights, 1);
        return weights;
    }

    private interface ReaderBody {
        void on(FullSetReader reader, FullSetReader.Wanted wanted);
    }

    @Test
    void aBatchIsTakenWhileTheNextIsScoredAndNothingIsReadButScores() {
        try (CpuBackend processor = new CpuBackend(1)) {
            TracedBackend traced = new TracedBackend(processor, 0);
            List<Integer> sizes = new ArrayList<>();
            read(traced.traced(), 60, 2 * BATCH + 5, (reader, wanted) -> {
                traced.calls().clear();
                reader.read(wanted, scored -> {
                    sizes.add(scored.rows().length);
                    traced.calls().add("taken");
                });
                traced.calls().retainAll(List.of("pairRows", "read", "synchronise", "taken"));
                assertThat(traced.calls())
                        .containsExactly(
                                "pairRows", "read", "pairRows", "taken", "read", "pairRows", "taken", "read", "taken");
            });
            assertThat(sizes).containsExactly(BATCH, BATCH, 5);
        }
    }

    @Test
    void everyRowIsShownOnce() {
        try (CpuBackend processor = new CpuBackend(1)) {
            for (int rows : new int[] {2, BATCH, BATCH + 1, 3 * BATCH}) {
                List<Integer> shown = new ArrayList<>();
                Consumer<FullSetReader.Scored> taker =
                        scored -> Arrays.stream(scored.rows()).forEach(shown::add);
                read(processor, rows, rows, (reader, wanted) -> reader.read(wanted, taker));
                Collections.sort(shown);
                assertThat(shown)
                        .hasSize(rows)
                        .doesNotHaveDuplicates()
                        .startsWith(0)
                        .endsWith(rows - 1);
            }
        }
    }

    @Test
    void onlyTheLastPairsOfAReadingAreScoredAgain() {
        try (CpuBackend processor = new CpuBackend(1)) {
            read(processor, 2 * BATCH, 2 * BATCH, (reader, wanted) -> {
                List<FullSetReader.Scored> taken = new ArrayList<>();
                reader.read(wanted, taken::add);
                assertThat(reader.again(taken.get(1), 1, network -> {})[0])
                        .isEqualTo(taken.get(1).network());
                assertThatThrownBy(() -> reader.again(taken.get(0), 1, network -> {}))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("other pairs have been shown");
            });
        }
    }
}
