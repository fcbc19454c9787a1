package org.ieengine.kernels;

import java.util.EnumMap;
import java.util.Map;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUgraphNode;
import jcuda.driver.CUgraphNodeType;
import jcuda.driver.JCudaDriver;

/** A captured graph, instantiated. */
final class JcudaGraph implements GpuGraph {
    private final JcudaDevice device;
    private final CUgraphExec executable = new CUgraphExec();
    private final Map<Node, Integer> nodes;
    private boolean closed;

    /** Takes what was captured; {@code hostCopies} of its copies are between host and device. */
    JcudaGraph(JcudaDevice device, CUgraph captured, int hostCopies) {
        this.device = device;
        this.nodes = count(captured, hostCopies);
        device.check(JCudaDriver.cuGraphInstantiate(executable, captured, 0), "cuGraphInstantiate");
    }

    private Map<Node, Integer> count(CUgraph captured, int hostCopies) {
        long[] count = new long[1];
        device.check(JCudaDriver.cuGraphGetNodes(captured, null, count), "cuGraphGetNodes");
        CUgraphNode[] all = new CUgraphNode[Math.toIntExact(count[0])];
        for (int i = 0; i < all.length; i++) {
            all[i] = new CUgraphNode();
        }
        if (all.length > 0) {
            device.check(JCudaDriver.cuGraphGetNodes(captured, all, count), "cuGraphGetNodes");
        }
        Map<Node, Integer> counted = new EnumMap<>(Node.class);
        int[] type = new int[1];
        for (CUgraphNode node : all) {
            device.check(JCudaDriver.cuGraphNodeGetType(node, type), "cuGraphNodeGetType");
            counted.merge(kind(type[0]), 1, Integer::sum);
        }
        if (hostCopies > 0) {
            counted.merge(Node.COPY, -hostCopies, Integer::sum);
            counted.merge(Node.OTHER, hostCopies, Integer::sum);
            counted.values().removeIf(number -> number == 0);
        }
        return Map.copyOf(counted);
    }

    private static Node kind(int type) {
        return switch (type) {
            case CUgraphNodeType.CU_GRAPH_NODE_TYPE_KERNEL -> Node.KERNEL;
            case CUgraphNodeType.CU_GRAPH_NODE_TYPE_MEMCPY -> Node.COPY;
            case CUgraphNodeType.CU_GRAPH_NODE_TYPE_MEMSET -> Node.FILL;
            default -> Node.OTHER;
        };
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
