package org.ieengine.kernels;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** The PTX compiler of CUDA 12.0, which JCuda carries: what the oldest drivers of that branch make of a PTX, without a GPU. */
final class PtxAssembler {
    private static final Pattern KERNEL = Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
    private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers(?:.*? (\\d+) bytes smem)?");

    /**
     * What a kernel became.
     *
     * @param name its name
     * @param registers of a thread
     * @param sharedBytes static shared memory of a block; what launches ask for comes on top
     * @param spilled bytes stored and loaded for want of registers
     */
    record Kernel(String name, int registers, int sharedBytes, int spilled) {}

    /**
     * What a module became.
     *
     * @param error what is wrong with it; empty when nothing is
     * @param kernels its kernels
     */
    record Assembled(String error, List<Kernel> kernels) {}

    private PtxAssembler() {}

    /** Assembles for a target such as sm_90. */
    static Assembled assemble(String ptx, String target) {
        List<Assembled> result = new ArrayList<>();
        PrivateTemporaryDirectory.during(() -> result.add(inside(ptx.getBytes(StandardCharsets.US_ASCII), target)));
        return result.get(0);
    }

    private static Assembled inside(byte[] ptx, String target) {
        nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
        require(JNvPTXCompiler.nvPTXCompilerCreate(compiler, ptx.length, ptx));
        String[] options = {"--gpu-name=" + target, "--verbose"};
        int code = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
        long[] size = new long[1];
        String error = "";
        List<Kernel> kernels = List.of();
        if (code != 0) {
            require(JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size));
            byte[] log = new byte[(int) size[0] + 1];
            require(JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log));
            error = "code " + code + ": " + new String(log, StandardCharsets.UTF_8).strip();
        } else {
            require(JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, size));
            byte[] log = new byte[(int) size[0] + 1];
            require(JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log));
            kernels = kernels(new String(log, StandardCharsets.UTF_8));
        }
        require(JNvPTXCompiler.nvPTXCompilerDestroy(compiler));
        return new Assembled(error, kernels);
    }

    private static void require(int code) {
        if (code != 0) {
            throw new IllegalStateException("the PTX compiler answers " + code);
        }
    }

    private static List<Kernel> kernels(String log) {
        List<Kernel> kernels = new ArrayList<>();
        Matcher kernel = KERNEL.matcher(log);
        Matcher spills = SPILLS.matcher(log);
        Matcher used = USED.matcher(log);
        while (kernel.find()) {
            if (!spills.find(kernel.end()) || !used.find(kernel.end())) {
                throw new IllegalStateException("no figures of " + kernel.group(1) + " in " + log);
            }
            int spilled = Integer.parseInt(spills.group(1)) + Integer.parseInt(spills.group(2));
            int shared = used.group(2) == null ? 0 : Integer.parseInt(used.group(2));
            kernels.add(new Kernel(kernel.group(1), Integer.parseInt(used.group(1)), shared, spilled));
        }
        return kernels;
    }
}
