package org.ieengine.engine.ie;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Backend;

/** The processor in the part of a device: memory of its own of a stated size, and uploads that overlap. Calls are written down. */
final class DeviceTwin {
    private final CpuBackend processor;
    private final long bytes;
    private final List<String> calls = new ArrayList<>();

    DeviceTwin(CpuBackend processor, long bytes) {
        this.processor = processor;
        this.bytes = bytes;
    }

    /** The device. */
    Backend device() {
        return (Backend) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "ownMemory", "uploadsOverlap" -> {
                            return true;
                        }
                        case "freeBytes" -> {
                            return bytes - processor.allocatedBytes();
                        }
                        case "reserve" -> calls.add("reserve " + arguments[0]);
                        default -> calls.add(method.getName());
                    }
                    try {
                        return method.invoke(processor, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Names of the operations asked for. */
    List<String> calls() {
        return calls;
    }
}
