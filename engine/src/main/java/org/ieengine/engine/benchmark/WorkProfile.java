package org.ieengine.engine.benchmark;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.LaunchObserver;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Stopwatch;

/**
 * Adds up the time of each part of some work: of each kernel on a GPU, of each operation on the processor. What would be recorded and
 * replayed is done anew each time, since a recording cannot be timed in parts.
 */
final class WorkProfile implements RepeatedPass.Counted, AutoCloseable {
    /** Parts on their way before they are waited for. */
    private static final int MOST_PENDING = 1024;

    private final Backend backend;
    private final Map<String, Sum> sums = new LinkedHashMap<>();
    private final List<Stopwatch> stopwatches = new ArrayList<>();
    private final List<String> pending = new ArrayList<>();
    private boolean counting;

    private static final class Sum {
        private double seconds;
        private long calls;
    }

    WorkProfile(Backend backend) {
        this.backend = backend;
        if (backend instanceof CudaBackend cuda) {
            cuda.observe(new LaunchObserver() {
                @Override
                public void before(String kernel) {
                    begin(kernel);
                }

                @Override
                public void after(String kernel) {
                    end();
                }
            });
        }
    }

    /** The backend as the work is to see it. */
    Backend watched() {
        boolean byOperation = !(backend instanceof CudaBackend);
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("record")) {
                        return new Repeated(series(arguments[0]));
                    }
                    if (byOperation) {
                        begin(method.getName());
                    }
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    } finally {
                        if (byOperation) {
                            end();
                        }
                    }
                });
    }

    /** What {@code record} is given: one series of operations or a list of them. */
    private static List<Runnable> series(Object argument) {
        if (argument instanceof Runnable alone) {
            return List.of(alone);
        }
        List<Runnable> series = new ArrayList<>();
        ((List<?>) argument).forEach(one -> series.add((Runnable) one));
        return series;
    }

    /** Does everything anew at each replay, one series after the other. */
    private record Repeated(List<Runnable> series) implements Recording {
        @Override
        public void replay() {
            series.forEach(Runnable::run);
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }

    @Override
    public void begins() {
        counting = true;
    }

    @Override
    public void ends() {
        add();
        counting = false;
    }

    private void begin(String part) {
        if (!counting) {
            return;
        }
        if (pending.size() == MOST_PENDING) {
            add();
        }
        if (pending.size() == stopwatches.size()) {
            stopwatches.add(backend.stopwatch());
        }
        stopwatches.get(pending.size()).start();
        pending.add(part);
    }

    private void end() {
        if (counting) {
            stopwatches.get(pending.size() - 1).stop();
        }
    }

    private void add() {
        for (int i = 0; i < pending.size(); i++) {
            Sum sum = sums.computeIfAbsent(pending.get(i), part -> new Sum());
            sum.seconds += stopwatches.get(i).seconds();
            sum.calls++;
        }
        pending.clear();
    }

    /** What was added up so far, the longest first. */
    List<WholePass.Part> parts() {
        double all = sums.values().stream().mapToDouble(sum -> sum.seconds).sum();
        List<WholePass.Part> parts = new ArrayList<>();
        sums.forEach((name, sum) ->
                parts.add(new WholePass.Part(name, sum.seconds, sum.calls, sum.seconds / Math.max(1e-12, all))));
        parts.sort(Comparator.comparingDouble(WholePass.Part::seconds).reversed());
        return parts;
    }

    @Override
    public void close() {
        if (backend instanceof CudaBackend cuda) {
            cuda.observe(LaunchObserver.NONE);
        }
        stopwatches.forEach(Stopwatch::close);
    }
}
