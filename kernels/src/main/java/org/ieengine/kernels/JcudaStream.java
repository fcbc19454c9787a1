package org.ieengine.kernels;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A stream of the driver that does not wait for the default stream. */
final class JcudaStream implements GpuStream {
    private final JcudaDevice device;
    private final CUstream stream = new CUstream();
    private Capture capture;
    private boolean closed;

    /** A graph in the making, of the stream that began it and those that wait for what it recorded. */
    static final class Capture {
        private final Map<GpuGraph.Node, Integer> nodes = new EnumMap<>(GpuGraph.Node.class);
        private final List<JcudaStream> streams = new ArrayList<>();
        private boolean ended;

        private void add(JcudaStream stream) {
            streams.add(stream);
            stream.capture = this;
        }

        private void end() {
            ended = true;
            streams.forEach(stream -> stream.capture = null);
        }
    }

    JcudaStream(JcudaDevice device) {
        this.device = device;
        device.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    }

    /** The driver's handle, for libraries that queue their work here. */
    CUstream handle(JcudaDevice user) {
        if (closed || user != device) {
            throw new IllegalStateException(closed ? "the stream is closed" : "the stream is of another device");
        }
        return stream;
    }

    private void enter() {
        if (closed) {
            throw new IllegalStateException("the stream is closed");
        }
        device.enter();
    }

    @Override
    public void upload(PinnedMemory from, long offset, long to, long bytes) {
        enter();
        if (capture != null) {
            throw new IllegalStateException("an upload while a graph is recorded");
        }
        Pointer source = pinned(from).at(offset, bytes);
        device.check(
                JCudaDriver.cuMemcpyHtoDAsync(new DriverPointers.Device(to), source, bytes, stream),
                () -> "upload of " + DriverFaults.size(bytes));
    }

    @Override
    public void download(long from, PinnedMemory to, long offset, long bytes) {
        enter();
        Pointer target = pinned(to).at(offset, bytes);
        device.check(
                JCudaDriver.cuMemcpyDtoHAsync(target, new DriverPointers.Device(from), bytes, stream),
                () -> "download of " + DriverFaults.size(bytes));
        note(GpuGraph.Node.OTHER);
    }

    private void note(GpuGraph.Node kind) {
        if (capture != null) {
            capture.nodes.merge(kind, 1, Integer::sum);
        }
    }

    private static JcudaPinned pinned(PinnedMemory memory) {
        if (memory instanceof JcudaPinned ours) {
            return ours;
        }
        throw new IllegalArgumentException("page-locked memory of another device");
    }

    @Override
    public void copy(long from, long to, long bytes) {
        enter();
        device.check(
                JCudaDriver.cuMemcpyDtoDAsync(
                        new DriverPointers.Device(to), new DriverPointers.Device(from), bytes, stream),
                () -> "copy of " + DriverFaults.size(bytes));
        note(GpuGraph.Node.COPY);
    }

    @Override
    public void fill(long address, int word, long words) {
        enter();
        device.check(
                JCudaDriver.cuMemsetD32Async(new DriverPointers.Device(address), word, words, stream),
                () -> "fill of " + DriverFaults.size(Integer.BYTES * words));
        note(GpuGraph.Node.FILL);
    }

    @Override
    public void launch(GpuKernel kernel, LaunchShape shape, Object... arguments) {
        enter();
        if (!(kernel instanceof JcudaKernel ours)) {
            throw new IllegalArgumentException(kernel.name() + " is of another device");
        }
        CUfunction function = ours.prepare(device, shape);
        Pointer table = ours.write(arguments);
        int code = JCudaDriver.cuLaunchKernel(
                function,
                shape.gridX(),
                shape.gridY(),
                shape.gridZ(),
                shape.threads(),
                1,
                1,
                shape.sharedBytes(),
                stream,
                table,
                null);
        if (code != 0) {
            throw device.fault(code, "launch of " + kernel.name());
        }
        note(GpuGraph.Node.KERNEL);
    }

    @Override
    public void record(GpuEvent event) {
        enter();
        device.check(JCudaDriver.cuEventRecord(((JcudaEvent) event).handle(device), stream), "cuEventRecord");
        ((JcudaEvent) event).capturedBy(capture);
    }

    @Override
    public void waitFor(GpuEvent event) {
        enter();
        device.check(
                JCudaDriver.cuStreamWaitEvent(stream, ((JcudaEvent) event).handle(device), 0), "cuStreamWaitEvent");
        Capture joined = ((JcudaEvent) event).capturedBy();
        if (joined != null && capture == null && !joined.ended) {
            joined.add(this);
        }
    }

    @Override
    public GpuGraph capture(Runnable work) {
        enter();
        if (capture != null) {
            throw new IllegalStateException("a graph is being recorded already");
        }
        // Relaxed: a kernel that is used for the first time in here loads its module, which the other modes forbid.
        device.check(
                JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED),
                "cuStreamBeginCapture");
        Capture begun = new Capture();
        begun.add(this);
        CUgraph graph = new CUgraph();
        try {
            work.run();
        } catch (RuntimeException | Error fault) {
            // The capture must end whatever happened; what it holds is of no use, nor is what the driver says of it.
            if (JCudaDriver.cuStreamEndCapture(stream, graph) == 0) {
                JCudaDriver.cuGraphDestroy(graph);
            }
            begun.end();
            throw fault;
        }
        int ended = JCudaDriver.cuStreamEndCapture(stream, graph);
        begun.end();
        device.check(ended, "cuStreamEndCapture");
        try {
            return new JcudaGraph(device, graph, begun.nodes);
        } finally {
            device.release(() -> JCudaDriver.cuGraphDestroy(graph), "cuGraphDestroy");
        }
    }

    @Override
    public void replay(GpuGraph graph) {
        enter();
        device.check(JCudaDriver.cuGraphLaunch(((JcudaGraph) graph).handle(device), stream), "cuGraphLaunch");
    }

    @Override
    public void synchronise() {
        enter();
        if (capture != null) {
            throw new IllegalStateException("waiting for the device while a graph is recorded");
        }
        device.check(JCudaDriver.cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.release(() -> JCudaDriver.cuStreamDestroy(stream), "cuStreamDestroy");
        }
    }
}
