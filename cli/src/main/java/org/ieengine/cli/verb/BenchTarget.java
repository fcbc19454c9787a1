package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.engine.benchmark.BenchmarkDevice;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;

/**
 * The device that is measured, in each of its precisions.
 *
 * @param choice opens it
 * @param limits of its memory
 * @param precisions that were asked for
 * @param description of the device
 * @param usual the precision that {@code measure} takes
 * @param onGpu whether a GPU computes
 * @param warnings what the user should know of the choice
 */
record BenchTarget(
        DeviceChoice choice,
        MemoryLimits limits,
        List<Precision> precisions,
        String description,
        String usual,
        boolean onGpu,
        List<String> warnings)
        implements BenchmarkDevice {
    static BenchTarget of(DeviceChoice choice, MemoryLimits limits) {
        try (ComputeDevice device = choice.open()) {
            return new BenchTarget(
                    choice,
                    limits,
                    choice.precisions(device),
                    device.backend().description(),
                    device.precision(),
                    device.onGpu(),
                    device.warnings());
        }
    }

    @Override
    public Session open(Precision precision) {
        return new Opened(choice.in(precision).open(), limits);
    }

    /** As {@code measure} opens it. */
    Session openUsual() {
        return new Opened(choice.open(), limits);
    }

    private record Opened(ComputeDevice device, MemoryLimits limits) implements Session {
        @Override
        public Backend backend() {
            return device.backend();
        }

        @Override
        public GpuDevice gpu() {
            return device.gpu();
        }

        @Override
        public long memoryBytes() {
            long cap = device.onGpu() ? limits.deviceBytes() : limits.hostBytes();
            long free = device.backend().freeBytes();
            return cap == 0 ? free : Math.min(cap, free);
        }

        @Override
        public void close() {
            device.close();
        }
    }
}
