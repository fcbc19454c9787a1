package org.ieengine.engine.mi;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.Backend;

/** A backend that writes down what it is asked for, and may say another first layer of the fused tail. */
final class TracedBackend {
    private final Backend backend;
    private final int tailFrom;
    private final List<String> calls = new ArrayList<>();
    private boolean recorded;

    /**
     * @param tailFrom first layer of the fused tail; 0 for what the backend says
     */
    TracedBackend(Backend backend, int tailFrom) {
        this.backend = backend;
        this.tailFrom = tailFrom;
    }

    /** The backend to be used. */
    Backend traced() {
        return (Backend) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    String name = method.getName();
                    calls.add((recorded ? "recorded " : "") + name);
                    if (name.equals("fusedTailFrom") && tailFrom > 0) {
                        return tailFrom;
                    }
                    if (name.equals("record")) {
                        List<?> series = arguments[0] instanceof List<?> several ? several : List.of(arguments[0]);
                        return backend.record(() -> replayed(() -> series.forEach(each -> ((Runnable) each).run())));
                    }
                    try {
                        return method.invoke(backend, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void replayed(Runnable operations) {
        calls.add("replay");
        recorded = true;
        operations.run();
        recorded = false;
        calls.add("replayed");
    }

    /** Names of the operations, those of a recording with "recorded " before; "replay" and "replayed" around each replay. */
    List<String> calls() {
        return calls;
    }
}
