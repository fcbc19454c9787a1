package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Stopwatch;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuGraph;
import org.ieengine.kernels.GpuKernel;
import org.ieengine.kernels.GpuProperties;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.LaunchShape;

/**
 * The stream that a backend computes on, with its working memory and the recordings made of it. Series of a recording that may run
 * side by side have lanes of their own, which the first one waits for.
 */
final class DeviceQueue implements CudaLauncher, AutoCloseable {
    private final GpuDevice device;
    private final GpuStream stream;
    private final List<QueueLane> lanes = new ArrayList<>();
    private final StreamMarks marks;
    private final DeviceArena arena;
    private final Staging staging;
    private final Map<String, GpuKernel> kernels = new HashMap<>();
    private final List<CapturedGraph> openRecordings = new ArrayList<>();
    private QueueLane lane;
    private LaunchObserver observer = LaunchObserver.NONE;
    private boolean recording;

    /**
     * @param cap most bytes of device memory to take
     * @param placement how tensors lie in it
     * @param room page-locked memory for transfers
     */
    DeviceQueue(GpuDevice device, long cap, DeviceArena.Placement placement, Staging.Room room) {
        this.device = device;
        this.lane = new QueueLane(device);
        this.lanes.add(lane);
        this.stream = lane.stream();
        this.marks = new StreamMarks(device, stream);
        this.arena = new DeviceArena(device, cap, placement, new DeviceArena.Work() {
            @Override
            public long mark() {
                requireNoRecording("free memory");
                // On a lost device nobody waits for anything.
                return device.lost() ? 0 : marks.mark();
            }

            @Override
            public void finish() {
                requireNoRecording("free memory");
                awaitEnd();
            }
        });
        this.staging = OutOfMemory.named(
                "page-locked buffers", room.upload() + room.download(), () -> new Staging(device, stream, marks, room));
    }

    /** The memory that tensors lie in. */
    DeviceArena arena() {
        return arena;
    }

    /** Transfers from and to the host. */
    Staging staging() {
        return staging;
    }

    @Override
    public GpuProperties properties() {
        return device.properties();
    }

    @Override
    public boolean hasKernel(String kernel) {
        return device.hasKernel(kernel);
    }

    @Override
    public void launch(String kernel, LaunchShape shape, Object... arguments) {
        observer.before(kernel);
        lane.stream().launch(kernels.computeIfAbsent(kernel, this::loaded), shape, arguments);
        observer.after(kernel);
        marks.queued();
    }

    /** Whom to tell of work that is queued from now on. */
    void observe(LaunchObserver newObserver) {
        observer = newObserver;
    }

    /** Times what is queued. */
    Stopwatch stopwatch() {
        return new EventStopwatch(device, stream);
    }

    private GpuKernel loaded(String name) {
        return OutOfMemory.named("the kernel " + name, 0, () -> device.kernel(name));
    }

    /** Queues what a function of a library puts on the stream. */
    void queue(String function, Consumer<GpuStream> work) {
        observer.before(function);
        work.accept(lane.stream());
        observer.after(function);
        marks.queued();
    }

    @Override
    public void fill(long address, int word, long words) {
        if (words > 0) {
            observer.before("fill");
            lane.stream().fill(address, word, words);
            observer.after("fill");
            marks.queued();
        }
    }

    @Override
    public void copy(long from, long to, long bytes) {
        if (bytes > 0) {
            observer.before("copy");
            lane.stream().copy(from, to, bytes);
            observer.after("copy");
            marks.queued();
        }
    }

    @Override
    public long scratch(long bytes) {
        long address = lane.scratch(arena, bytes);
        freeRetiredScratch();
        return address;
    }

    /** Gives working memory back, unless recorded work may need it: it would keep a segment from being given up for a larger one. */
    void freeScratch() {
        if (!recording && openRecordings.isEmpty()) {
            lanes.forEach(QueueLane::freeAll);
        }
    }

    /** Recorded work holds addresses of the working memory of its time: that stays as long as there is a recording. */
    private void freeRetiredScratch() {
        if (!recording && openRecordings.isEmpty()) {
            lanes.get(0).freeRetired();
            lanes.subList(1, lanes.size()).forEach(QueueLane::freeAll);
        }
    }

    @Override
    public DeviceArena.Block allocate(long bytes) {
        requireNoRecording("allocate");
        return arena.allocate(bytes);
    }

    /** As {@link #allocate}, for what soon goes again. */
    DeviceArena.Block allocateBriefly(long bytes) {
        requireNoRecording("allocate");
        return arena.allocateBriefly(bytes);
    }

    @Override
    public void read(long address, byte[] target) {
        requireNoRecording("read values");
        staging.read(address, target, target.length);
    }

    @Override
    public void read(long address, int[] target) {
        requireNoRecording("read values");
        staging.read(address, target, target.length);
    }

    @Override
    public void read(long address, long[] target) {
        requireNoRecording("read values");
        staging.read(address, target, target.length);
    }

    @Override
    public void read(long address, float[] target) {
        requireNoRecording("read values");
        staging.read(address, target, target.length);
    }

    @Override
    public void read(long address, double[] target) {
        requireNoRecording("read values");
        staging.read(address, target, target.length);
    }

    @Override
    public void write(byte[] source, long address) {
        requireNoRecording("write values");
        staging.write(source, address);
    }

    @Override
    public void write(int[] source, long address) {
        requireNoRecording("write values");
        staging.write(source, address);
    }

    @Override
    public void write(long[] source, long address) {
        requireNoRecording("write values");
        staging.write(source, address);
    }

    @Override
    public void write(float[] source, long address) {
        requireNoRecording("write values");
        staging.write(source, address);
    }

    @Override
    public void write(double[] source, long address) {
        requireNoRecording("write values");
        staging.write(source, address);
    }

    /** Waits until everything queued has happened. */
    void synchronise() {
        requireNoRecording("wait for the device");
        stream.synchronise();
    }

    /** Waits before something is freed; all work has ended, one way or the other, on a device that is known to be lost. */
    private void awaitEnd() {
        if (!device.lost()) {
            stream.synchronise();
        }
    }

    /** Lets another stream wait until earlier owners of the block have done with it. */
    void letGo(DeviceArena.Block block, GpuStream other) {
        marks.await(other, block.freedAt());
    }

    /** What is queued from now on waits for the event. */
    void waitFor(GpuEvent event) {
        stream.waitFor(event);
        marks.queued();
    }

    /** Records what the series queue, each on a lane of its own; nothing of it happens before a replay. */
    Recording record(List<Runnable> series) {
        requireNoRecording("begin another recording");
        while (lanes.size() < series.size()) {
            lanes.add(new QueueLane(device));
        }
        recording = true;
        try {
            CapturedGraph captured =
                    new CapturedGraph(OutOfMemory.named("a recording", 0, () -> stream.capture(() -> queue(series))));
            openRecordings.add(captured);
            return captured;
        } finally {
            recording = false;
            freeRetiredScratch();
        }
    }

    private void queue(List<Runnable> series) {
        QueueLane first = lanes.get(0);
        for (int i = 1; i < series.size(); i++) {
            lanes.get(i).follow(first);
        }
        try {
            for (int i = 0; i < series.size(); i++) {
                lane = lanes.get(i);
                series.get(i).run();
            }
        } finally {
            lane = first;
        }
        for (int i = 1; i < series.size(); i++) {
            first.follow(lanes.get(i));
        }
    }

    @Override
    public boolean recording() {
        return recording;
    }

    @Override
    public void requireNoRecording(String what) {
        if (recording) {
            throw new IllegalStateException("operations that are being recorded cannot " + what
                    + ": a recording holds only work of the device on memory that is there already");
        }
    }

    private final class CapturedGraph implements Recording {
        private GpuGraph graph;

        CapturedGraph(GpuGraph graph) {
            this.graph = graph;
        }

        @Override
        public void replay() {
            if (graph == null) {
                throw new IllegalStateException("a recording was replayed after it had been closed");
            }
            requireNoRecording("replay a recording");
            stream.replay(graph);
            marks.queued();
        }

        @Override
        public void close() {
            if (graph == null) {
                throw new IllegalStateException("a recording was closed twice");
            }
            requireNoRecording("close a recording");
            // The graph must outlive its last replay.
            awaitEnd();
            graph.close();
            graph = null;
            openRecordings.remove(this);
            freeRetiredScratch();
        }
    }

    /** Ends all work and frees everything, whatever is still open included. */
    @Override
    public void close() {
        try {
            closeAllButLanes();
        } finally {
            lanes.forEach(QueueLane::close);
        }
    }

    private void closeAllButLanes() {
        try (arena;
                marks;
                staging) {
            try {
                awaitEnd();
            } finally {
                for (CapturedGraph captured : openRecordings) {
                    captured.graph.close();
                    captured.graph = null;
                }
                openRecordings.clear();
            }
        }
    }
}
