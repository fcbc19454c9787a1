package org.ieengine.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * A fixed number of threads, the caller among them, that share out numbered tasks. How an operation is cut into tasks must not
 * depend on the number of threads; then neither does its result.
 */
final class Workers implements AutoCloseable {
    /** How long a thread looks out for what it waits for before it sleeps: about what waking up again would cost. */
    private static final long PATIENCE_NANOSECONDS = 50_000;

    /** One piece of an operation. */
    interface Task {
        /** Does piece {@code index} with the arrays of the thread it runs in. */
        void run(int index, Scratch scratch);
    }

    private final Thread[] helpers;
    private final Scratch[] scratch;
    private final Object arrival = new Object();
    private final long patience;
    private volatile Job current;
    private volatile int sleepers;
    private volatile boolean closed;

    Workers(int threads, MemoryLedger ledger) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, not " + threads);
        }
        // Looking out takes a core of its own, or it holds up the very thread that is waited for.
        patience = threads <= Runtime.getRuntime().availableProcessors() ? PATIENCE_NANOSECONDS : 0;
        scratch = new Scratch[threads];
        helpers = new Thread[threads - 1];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch(ledger);
        }
        for (int i = 0; i < helpers.length; i++) {
            Scratch own = scratch[i + 1];
            helpers[i] = new Thread(() -> serve(own), "cpu-backend-" + (i + 1));
            helpers[i].setDaemon(true);
            helpers[i].start();
        }
    }

    /** Number of threads, the caller's among them. */
    int threads() {
        return scratch.length;
    }

    /**
     * Runs tasks 0 to {@code tasks - 1}, each once, and returns when all are done. What a task throws is thrown here, after
     * the tasks under way have ended.
     */
    void run(int tasks, Task task) {
        if (tasks <= 1 || helpers.length == 0) {
            runAlone(tasks, task);
            return;
        }
        if (closed) {
            throw new IllegalStateException("the backend was used after it had been closed");
        }
        Job job = new Job(tasks, task);
        // First the job, then the look at the sleepers; who goes to sleep counts itself first, then looks for a job.
        current = job;
        if (sleepers > 0) {
            synchronized (arrival) {
                arrival.notifyAll();
            }
        }
        job.takePart(scratch[0]);
        job.await(patience);
    }

    /** As {@link #run}, all in the calling thread: for tasks too small to be shared out. */
    void runAlone(int tasks, Task task) {
        for (int i = 0; i < tasks; i++) {
            task.run(i, scratch[0]);
        }
    }

    private void serve(Scratch own) {
        Job last = null;
        while (true) {
            Job seen = last;
            lookOut(() -> closed || current != seen, patience);
            if (!closed && current == last && !sleep(last)) {
                return;
            }
            if (closed) {
                return;
            }
            last = current;
            last.takePart(own);
        }
    }

    /** Sleeps until there is another job or no more to come; false when interrupted. */
    private boolean sleep(Job last) {
        synchronized (arrival) {
            sleepers++;
            try {
                while (!closed && current == last) {
                    arrival.wait();
                }
                return true;
            } catch (InterruptedException stop) {
                return false;
            } finally {
                sleepers--;
            }
        }
    }

    private static void lookOut(BooleanSupplier arrived, long nanoseconds) {
        if (nanoseconds == 0 || arrived.getAsBoolean()) {
            return;
        }
        long started = System.nanoTime();
        while (!arrived.getAsBoolean() && System.nanoTime() - started < nanoseconds) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        synchronized (arrival) {
            closed = true;
            arrival.notifyAll();
        }
        boolean interrupted = false;
        for (Thread helper : helpers) {
            try {
                helper.join();
            } catch (InterruptedException stop) {
                interrupted = true;
            }
        }
        for (Scratch each : scratch) {
            each.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Job {
        private final int tasks;
        private final Task task;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private final AtomicReference<Throwable> fault = new AtomicReference<>();

        Job(int tasks, Task task) {
            this.tasks = tasks;
            this.task = task;
            this.left = new AtomicInteger(tasks);
        }

        void takePart(Scratch own) {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                try {
                    if (fault.get() == null) {
                        task.run(i, own);
                    }
                } catch (RuntimeException | Error thrown) {
                    fault.compareAndSet(null, thrown);
                } finally {
                    if (left.decrementAndGet() == 0) {
                        synchronized (this) {
                            notifyAll();
                        }
                    }
                }
            }
        }

        void await(long patience) {
            lookOut(() -> left.get() == 0, patience);
            sleepUntilDone();
        }

        private synchronized void sleepUntilDone() {
            boolean interrupted = false;
            while (left.get() > 0) {
                try {
                    wait();
                } catch (InterruptedException stop) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable thrown = fault.get();
            if (thrown instanceof Error) {
                throw (Error) thrown;
            }
            if (thrown != null) {
                throw (RuntimeException) thrown;
            }
        }
    }
}
