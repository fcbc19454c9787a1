package org.ieengine.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A fixed number of threads, the caller among them, that share out numbered tasks. How an operation is cut into tasks must not
 * depend on the number of threads; then neither does its result.
 */
final class Workers implements AutoCloseable {
    /** One piece of an operation. */
    interface Task {
        /** Does piece {@code index} with the arrays of the thread it runs in. */
        void run(int index, Scratch scratch);
    }

    private final Thread[] helpers;
    private final Scratch[] scratch;
    private final Object arrival = new Object();
    private Job current;
    private boolean closed;

    Workers(int threads, MemoryLedger ledger) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, not " + threads);
        }
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
        if (tasks <= 0) {
            return;
        }
        if (tasks == 1 || helpers.length == 0) {
            for (int i = 0; i < tasks; i++) {
                task.run(i, scratch[0]);
            }
            return;
        }
        Job job = new Job(tasks, task);
        synchronized (arrival) {
            if (closed) {
                throw new IllegalStateException("the backend was used after it had been closed");
            }
            current = job;
            arrival.notifyAll();
        }
        job.takePart(scratch[0]);
        job.await();
    }

    private void serve(Scratch own) {
        Job last = null;
        while (true) {
            synchronized (arrival) {
                while (!closed && current == last) {
                    try {
                        arrival.wait();
                    } catch (InterruptedException stop) {
                        return;
                    }
                }
                if (closed) {
                    return;
                }
                last = current;
            }
            last.takePart(own);
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

        synchronized void await() {
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
