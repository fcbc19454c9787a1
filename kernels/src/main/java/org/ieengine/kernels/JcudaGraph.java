package org.ieengine.kernels;

import java.util.EnumMap;
import java.util.Map;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

/** A captured graph, instantiated. */
final class JcudaGraph implements GpuGraph {
    private final JcudaDevice device;
    private final CUgraphExec executable = new CUgraphExec();
    private final Map<Node, Integer> nodes;
    private boolean closed;

    /** Takes what was captured; {@code queued} is what the capturing stream queued of each kind. */
    JcudaGraph(JcudaDevice device, CUgraph captured, Map<Node, Integer> queued) {
        this.device = device;
        this.nodes = count(captured, queued);
        device.check(JCudaDriver.cuGraphInstantiate(executable, captured, 0), "cuGraphInstantiate");
    }

    /**
     * What the stream queued, and all that the driver counts besides as other. The nodes themselves are not asked for: JCuda 12.6.0
     * hands {@code cuGraphGetNodes} a length that it never set, and the driver then writes beyond the array.
     */
    private Map<Node, Integer> count(CUgraph captured, Map<Node, Integer> queued) {
        long[] all = new long[1];
        device.check(JCudaDriver.cuGraphGetNodes(captured, null, all), "cuGraphGetNodes");
        Map<Node, Integer> counted = new EnumMap<>(Node.class);
        counted.putAll(queued);
        int known = queued.values().stream().mapToInt(Integer::intValue).sum();
        int rest = Math.toIntExact(all[0]) - known;
        if (rest < 0) {
            throw new IllegalStateException("a graph of " + all[0] + " nodes from " + known + " queued operations");
        }
        if (rest > 0) {
            counted.merge(Node.OTHER, rest, Integer::sum);
        }
        return Map.copyOf(counted);
    }

    @Override
    public Map<Node, Integer> nodes() {
        return nodes;
    }

    /** The driver's handle. */
    CUgraphExec handle(JcudaDevice user) {
        if (closed || user != device) {
            throw new IllegalStateException(closed ? "the graph is closed" : "the graph is of another device");
        }
        return executable;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.release(() -> JCudaDriver.cuGraphExecDestroy(executable), "cuGraphExecDestroy");
        }
    }
}
