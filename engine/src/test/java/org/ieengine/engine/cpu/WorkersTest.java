package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class WorkersTest {
    private static final int TASKS = 5;

    /** One after the other at once, and with pauses in which helpers are looking out, or have gone to sleep. */
    @Test
    void everyTaskRunsOnceWhetherHelpersAreAwakeOrAsleep() {
        int processors = Runtime.getRuntime().availableProcessors();
        for (int threads : new int[] {1, 2, processors + 1}) {
            try (Workers workers = new Workers(threads, new MemoryLedger(false))) {
                for (int job = 0; job < 3000; job++) {
                    AtomicIntegerArray runs = new AtomicIntegerArray(TASKS);
                    workers.run(TASKS, (index, scratch) -> runs.incrementAndGet(index));
                    for (int task = 0; task < TASKS; task++) {
                        assertThat(runs.get(task))
                                .as("job %d, task %d", job, task)
                                .isEqualTo(1);
                    }
                    if (job % 30 == 0) {
                        LockSupport.parkNanos(1000L * job / 10);
                    }
                }
            }
        }
    }

    @Test
    void whatATaskThrowsIsThrownAndTheNextJobRuns() {
        try (Workers workers = new Workers(2, new MemoryLedger(false))) {
            for (int job = 0; job < 200; job++) {
                int failing = job % TASKS;
                assertThatThrownBy(() -> workers.run(TASKS, (index, scratch) -> {
                            if (index == failing) {
                                throw new IllegalArgumentException("task " + index);
                            }
                        }))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("task " + failing);
            }
            AtomicIntegerArray runs = new AtomicIntegerArray(TASKS);
            workers.run(TASKS, (index, scratch) -> runs.incrementAndGet(index));
            assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1, 1]");
        }
    }

    @Test
    void closedOnesAreRefused() {
        Workers workers = new Workers(2, new MemoryLedger(false));
        workers.run(TASKS, (index, scratch) -> {});
        workers.close();
        assertThatThrownBy(() -> workers.run(TASKS, (index, scratch) -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
