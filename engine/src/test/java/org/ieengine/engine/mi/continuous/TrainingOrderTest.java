package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrainingOrderTest {
    private static final int[] TRAINING =
            IntStream.range(0, 23).map(i -> 3 * i + 1).toArray();

    private static int[] epoch(TrainingOrder order, int batch) {
        return IntStream.range(0, TRAINING.length / batch)
                .flatMap(b -> IntStream.of(order.next()))
                .toArray();
    }

    @Test
    void aTimeThroughTakesEachRowOnceAtMost() {
        for (int batch : new int[] {1, 5, 23}) {
            TrainingOrder order = new TrainingOrder(TRAINING, batch, 4, 0);
            int[] first = epoch(order, batch);
            int[] second = epoch(order, batch);
            assertThat(first)
                    .hasSize(23 / batch * batch)
                    .doesNotHaveDuplicates()
                    .containsAnyOf(TRAINING);
            assertThat(second).hasSize(first.length).doesNotHaveDuplicates().isNotEqualTo(first);
        }
    }

    @Test
    void ordersAreThoseOfSeedAndCritic() {
        int[] one = epoch(new TrainingOrder(TRAINING, 23, 4, 0), 23);
        assertThat(epoch(new TrainingOrder(TRAINING, 23, 4, 0), 23)).isEqualTo(one);
        assertThat(epoch(new TrainingOrder(TRAINING, 23, 5, 0), 23)).isNotEqualTo(one);
        assertThat(epoch(new TrainingOrder(TRAINING, 23, 4, 1), 23)).isNotEqualTo(one);
    }
}
