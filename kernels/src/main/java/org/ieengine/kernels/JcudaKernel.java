package org.ieengine.kernels;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;
import org.ieengine.kernels.PtxModules.Parameter;

/** A function of a loaded module, with room for its parameters. */
final class JcudaKernel implements GpuKernel {
    /** What every GPU gives a block without being asked: CUDA C++ programming guide, "Shared memory 7.x". */
    private static final int SHARED_UNASKED = 48 * 1024;

    private final JcudaDevice device;
    private final String name;
    private final CUfunction function;
    private final List<Parameter> parameters;
    private final List<Integer> parameterBytes;
    private final ParameterBlocks.Block block;
    private final int registers;
    private final int localBytes;
    private final int staticShared;
    private final int mostThreads;
    private boolean moreShared;

    JcudaKernel(JcudaDevice device, PtxModules.Entry entry, CUfunction function, ParameterBlocks.Block block) {
        this.device = device;
        this.name = entry.name();
        this.function = function;
        this.parameters = entry.parameters();
        this.parameterBytes = parameters.stream().map(Parameter::bytes).toList();
        this.block = block;
        registers = attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS);
        localBytes = attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
        staticShared = attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
        mostThreads = attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
    }

    private int attribute(int attribute) {
        int[] value = new int[1];
        device.check(
                JCudaDriver.cuFuncGetAttribute(value, attribute, function),
                () -> "cuFuncGetAttribute " + attribute + " of " + name);
        return value[0];
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Integer> parameterBytes() {
        return parameterBytes;
    }

    @Override
    public int registers() {
        return registers;
    }

    @Override
    public int localBytes() {
        return localBytes;
    }

    /** The function, when this kernel is of that device and a block of that shape fits it. */
    CUfunction prepare(JcudaDevice user, LaunchShape shape) {
        if (user != device) {
            throw new IllegalArgumentException(name + " is of another device");
        }
        if (shape.threads() > mostThreads) {
            throw new IllegalArgumentException(
                    name + " with " + shape.threads() + " threads a block, it has at most " + mostThreads);
        }
        int shared = staticShared + shape.sharedBytes();
        if (shared > SHARED_UNASKED && !moreShared) {
            askForShared(shape.sharedBytes());
        } else if (shared > Math.max(SHARED_UNASKED, device.properties().sharedBytes())) {
            throw tooMuchShared(shape.sharedBytes());
        }
        return function;
    }

    private void askForShared(int asked) {
        int most = device.properties().sharedBytes() - staticShared;
        if (asked > most) {
            throw tooMuchShared(asked);
        }
        device.check(
                JCudaDriver.cuFuncSetAttribute(
                        function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, most),
                () -> "cuFuncSetAttribute of " + name + " to " + most + " bytes of shared memory");
        moreShared = true;
    }

    private IllegalArgumentException tooMuchShared(int asked) {
        return new IllegalArgumentException(name + " with " + asked + " bytes of shared memory besides its own "
                + staticShared + ", the device has " + device.properties().sharedBytes() + " a block");
    }

    /** Writes the arguments of a launch; returns what the launch takes. */
    Pointer write(Object[] arguments) {
        if (arguments.length != parameters.size()) {
            throw new IllegalArgumentException(
                    name + " takes " + parameters.size() + " arguments, not " + arguments.length);
        }
        ByteBuffer values = block.values();
        for (int i = 0; i < arguments.length; i++) {
            Object argument = arguments[i];
            int at = Long.BYTES * i;
            switch (parameters.get(i)) {
                case LONG -> values.putLong(at, argument instanceof Long value ? value : wrong(i, argument));
                case INT -> values.putInt(at, argument instanceof Integer value ? value : wrong(i, argument));
                default -> values.putFloat(at, argument instanceof Float value ? value : wrong(i, argument));
            }
        }
        return block.table();
    }

    private int wrong(int index, Object argument) {
        String given = argument == null ? "null" : argument.getClass().getSimpleName();
        throw new IllegalArgumentException("argument " + index + " of " + name + " is of "
                + parameters.get(index).name().toLowerCase(Locale.ROOT) + " type, not " + given);
    }
}
