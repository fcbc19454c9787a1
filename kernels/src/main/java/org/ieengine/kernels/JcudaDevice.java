package org.ieengine.kernels;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/**
 * A GPU through the driver API, in its primary context. Modules are loaded when the first of their kernels is asked for, since
 * the driver compiles them then. The context belongs to threads, so every call makes it the calling thread's own first.
 */
public final class JcudaDevice implements GpuDevice {
    private final CUdevice device;
    private final GpuProperties properties;
    private final PtxModules kernels;
    private final CUcontext context = new CUcontext();
    private final ParameterBlocks blocks = new ParameterBlocks(this);
    private final Map<String, CUmodule> modules = new HashMap<>();
    private final Map<String, JcudaKernel> loaded = new HashMap<>();
    private boolean lost;
    private boolean closed;

    /**
     * Opens a GPU.
     *
     * @param index its number among the visible ones
     * @throws GpuException of kind {@link GpuException.Kind#UNAVAILABLE} with the reason and the remedy when it cannot be used
     */
    public static JcudaDevice open(int index) {
        CudaDriver driver = CudaDriver.open();
        GpuProperties properties = driver.properties(index);
        return new JcudaDevice(driver.device(index), properties, driver.kernelsFor(properties));
    }

    /** As {@link #open(int)}, with other kernels than the shipped ones. */
    static JcudaDevice open(int index, PtxModules kernels) {
        CudaDriver driver = CudaDriver.open();
        return new JcudaDevice(driver.device(index), driver.properties(index), kernels);
    }

    private JcudaDevice(CUdevice device, GpuProperties properties, PtxModules kernels) {
        this.device = device;
        this.properties = properties;
        this.kernels = kernels;
        int code = JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
        if (code != 0) {
            throw DriverFaults.atStart(code, "cuDevicePrimaryCtxRetain of " + properties.name());
        }
    }

    @Override
    public GpuProperties properties() {
        return properties;
    }

    @Override
    public long freeBytes() {
        enter();
        long[] free = new long[1];
        check(JCudaDriver.cuMemGetInfo(free, new long[1]), "cuMemGetInfo");
        return free[0];
    }

    @Override
    public GpuMemory allocate(long bytes) {
        enter();
        return new JcudaMemory(this, bytes);
    }

    @Override
    public JcudaPinned allocatePinned(int bytes) {
        enter();
        return new JcudaPinned(this, bytes);
    }

    @Override
    public GpuStream newStream() {
        enter();
        return new JcudaStream(this);
    }

    @Override
    public GpuEvent newEvent() {
        enter();
        return new JcudaEvent(this);
    }

    @Override
    public GpuKernel kernel(String name) {
        enter();
        JcudaKernel kernel = loaded.get(name);
        if (kernel == null) {
            kernel = load(name);
            loaded.put(name, kernel);
        }
        return kernel;
    }

    @Override
    public boolean hasKernel(String name) {
        return kernels.names().contains(name);
    }

    private JcudaKernel load(String name) {
        if (kernels.leftOut().contains(name)) {
            throw new GpuException(
                    GpuException.Kind.UNAVAILABLE,
                    "the kernel " + name + " needs compute capability " + CudaDriver.tenths(PtxModules.WHOLE) + ", "
                            + properties.name() + " has " + CudaDriver.tenths(properties.capability()),
                    "give --precision f32, or --device cpu");
        }
        PtxModules.Entry entry = kernels.entry(name);
        CUmodule module = modules.get(entry.module());
        if (module == null) {
            CUmodule fresh = new CUmodule();
            check(
                    JCudaDriver.cuModuleLoadData(fresh, kernels.text(entry.module())),
                    () -> "cuModuleLoadData of " + entry.module());
            modules.put(entry.module(), fresh);
            module = fresh;
        }
        CUfunction function = new CUfunction();
        check(JCudaDriver.cuModuleGetFunction(function, module, name), () -> "cuModuleGetFunction of " + name);
        return new JcudaKernel(this, entry, function, blocks.of(entry.parameters()));
    }

    @Override
    public boolean lost() {
        return lost;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        modules.values().forEach(module -> release(() -> JCudaDriver.cuModuleUnload(module), "cuModuleUnload"));
        blocks.close();
        closed = true;
        int code = JCudaDriver.cuDevicePrimaryCtxRelease(device);
        if (code != 0 && !lost) {
            throw DriverFaults.of(code, "cuDevicePrimaryCtxRelease");
        }
    }

    /** Makes this device the calling thread's. */
    void enter() {
        if (closed) {
            throw new IllegalStateException("the device is closed");
        }
        check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    /** Throws unless the driver answered with success. */
    void check(int code, String call) {
        if (code != 0) {
            throw fault(code, call);
        }
    }

    /** As the other, for calls whose description takes work. */
    void check(int code, Supplier<String> call) {
        if (code != 0) {
            throw fault(code, call.get());
        }
    }

    /** The exception for an answer of the driver; notes when it means that the device is lost. */
    GpuException fault(int code, String call) {
        GpuException fault = DriverFaults.of(code, call);
        lost |= fault.kind() == GpuException.Kind.LOST;
        return fault;
    }

    /**
     * Gives something back to the driver. On a lost device nothing can be given back and nobody needs to hear of it again: the
     * fault that lost it has been thrown. The device's close has released what is closed after it.
     */
    void release(IntSupplier call, String name) {
        if (closed || lost) {
            return;
        }
        enter();
        check(call.getAsInt(), name);
    }
}
