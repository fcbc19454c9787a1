package org.ieengine.kernels;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import org.ieengine.kernels.PtxModules.Parameter;

/**
 * Room for the parameters of kernels: for each kernel its values, 8 bytes apart, and after them the table of their addresses that
 * {@code cuLaunchKernel} takes. The table is written once, in page-locked memory, whose address is known; a launch then hands JCuda
 * one plain pointer, nothing that it has to convert.
 */
final class ParameterBlocks implements AutoCloseable {
    private static final int PAGE = 1 << 16;
    private static final int SLOT = Long.BYTES;

    /**
     * The parameters of one kernel.
     *
     * @param values where they are written, 8 bytes apart
     * @param table what a launch takes
     */
    record Block(ByteBuffer values, Pointer table) {}

    private final JcudaDevice device;
    private final List<JcudaPinned> pages = new ArrayList<>();
    private int used = PAGE;

    ParameterBlocks(JcudaDevice device) {
        this.device = device;
    }

    /** Room for a kernel. */
    Block of(List<Parameter> parameters) {
        int bytes = SLOT * parameters.size();
        if (2 * bytes > PAGE) {
            throw new IllegalArgumentException(parameters.size() + " parameters");
        }
        if (used + 2 * bytes > PAGE) {
            pages.add(device.allocatePinned(PAGE));
            used = 0;
        }
        JcudaPinned page = pages.get(pages.size() - 1);
        long start = page.address() + used;
        for (int i = 0; i < parameters.size(); i++) {
            page.buffer().putLong(used + bytes + SLOT * i, start + SLOT * i);
        }
        ByteBuffer values = page.buffer().slice(used, bytes).order(page.buffer().order());
        used += 2 * bytes;
        return new Block(values, new DriverPointers.Host(start + bytes));
    }

    @Override
    public void close() {
        pages.forEach(JcudaPinned::close);
        pages.clear();
        used = PAGE;
    }
}
