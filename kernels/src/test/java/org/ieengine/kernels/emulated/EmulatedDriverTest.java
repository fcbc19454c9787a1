package org.ieengine.kernels.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The emulated driver through JCuda's own natives: what it does late, what it refuses, and with which code. */
final class EmulatedDriverTest {
    private static final int OUT_OF_MEMORY = 2;
    private static final int INVALID_VALUE = 1;
    private static final int INVALID_HANDLE = 400;
    private static final int NOT_READY = 600;
    private static final int ILLEGAL_ADDRESS = 700;
    private static final int CAPTURE_UNSUPPORTED = 900;
    private static final int CAPTURE_INVALIDATED = 901;

    private EmulatedGpu gpu;

    @BeforeEach
    void startsAfresh() {
        gpu = EmulatedGpu.start();
        JCudaDriver.setExceptionsEnabled(false);
    }

    private static void open() {
        CUdevice device = new CUdevice();
        CUcontext context = new CUcontext();
        ok(JCudaDriver.cuInit(0));
        ok(JCudaDriver.cuDeviceGet(device, 0));
        ok(JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        ok(JCudaDriver.cuCtxSetCurrent(context));
    }

    private static void ok(int code) {
        assertThat(code).isZero();
    }

    private static CUdeviceptr allocated(long bytes) {
        CUdeviceptr memory = new CUdeviceptr();
        ok(JCudaDriver.cuMemAlloc(memory, bytes));
        return memory;
    }

    private static CUstream stream() {
        CUstream stream = new CUstream();
        ok(JCudaDriver.cuStreamCreate(stream, 1));
        return stream;
    }

    private static int[] read(CUdeviceptr memory, int words) {
        int[] read = new int[words];
        ok(JCudaDriver.cuMemcpyDtoH(Pointer.to(read), memory, 4L * words));
        return read;
    }

    @Test
    void everyEntryPointOfTheSourcesIsAKernelOfTheEmulation() {
        assertThat(gpu.kernels())
                .containsExactlyInAnyOrderElementsOf(
                        EmulatedDriverBuild.ofThisCheckout().entryPoints());
    }

    @Test
    void callsBeforeInitialisationAndWithoutAContextAreRefused() {
        assertThat(JCudaDriver.cuDeviceGetCount(new int[1])).isEqualTo(3);
        ok(JCudaDriver.cuInit(0));
        assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(201);
        assertThat(gpu.lastError()).contains("no current context");
    }

    @Test
    void memoryBeginsAsNanAndKeepsWhatIsWritten() {
        open();
        CUdeviceptr memory = allocated(8);
        assertThat(read(memory, 2)).containsExactly(-1, -1);
        ok(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(new int[] {7, 8}), 8));
        assertThat(read(memory, 2)).containsExactly(7, 8);
    }

    @Test
    void aCopyBeyondItsAllocationIsRefused() {
        open();
        CUdeviceptr memory = allocated(8);
        allocated(8);
        assertThat(JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(new int[3]), 12)).isEqualTo(INVALID_VALUE);
        assertThat(gpu.lastError()).contains("is not inside one allocation");
    }

    @Test
    void freedMemoryAndDestroyedHandlesAreNotUsedAgain() {
        open();
        CUdeviceptr memory = allocated(8);
        ok(JCudaDriver.cuMemFree(memory));
        assertThat(JCudaDriver.cuMemFree(memory)).isEqualTo(INVALID_VALUE);
        assertThat(JCudaDriver.cuMemsetD32(memory, 1, 2)).isEqualTo(INVALID_VALUE);
        CUstream stream = stream();
        ok(JCudaDriver.cuStreamDestroy(stream));
        assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(INVALID_HANDLE);
    }

    @Test
    void memoryHasTheSizeThatWasSetAndRunsOut() {
        gpu.memory(1 << 20);
        open();
        long[] free = new long[1];
        allocated(1 << 19);
        ok(JCudaDriver.cuMemGetInfo(free, new long[1]));
        assertThat(free[0]).isEqualTo(1 << 19);
        assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), (1 << 19) + 1)).isEqualTo(OUT_OF_MEMORY);
    }

    @Test
    void manySmallAndOneLargeAllocationCostLittle() {
        gpu.memory(64L << 30);
        open();
        for (int i = 0; i < 10_000; i++) {
            allocated(4);
        }
        CUdeviceptr large = allocated(48L << 30);
        assertThat(gpu.liveAllocations()).isEqualTo(10_001);
        assertThat(read(large.withByteOffset((48L << 30) - 8), 2)).containsExactly(-1, -1);
    }

    @Test
    void queuedWorkHappensLateUnlessAskedOtherwise() {
        open();
        CUdeviceptr memory = allocated(4);
        CUstream stream = stream();
        ok(JCudaDriver.cuMemsetD32Async(memory, 5, 1, stream));
        assertThat(read(memory, 1)).containsExactly(-1);
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(read(memory, 1)).containsExactly(5);
        gpu.streams(EmulatedGpu.Timing.EARLY);
        ok(JCudaDriver.cuMemsetD32Async(memory, 6, 1, stream));
        assertThat(read(memory, 1)).containsExactly(6);
    }

    @Test
    void anAsynchronousCopyReadsPinnedMemoryWhenItHappens() {
        open();
        CUdeviceptr memory = allocated(4);
        CUstream stream = stream();
        Pointer pinned = new Pointer();
        ok(JCudaDriver.cuMemHostAlloc(pinned, 4, 0));
        pinned.getByteBuffer(0, 4).order(java.nio.ByteOrder.nativeOrder()).putInt(0, 1);
        ok(JCudaDriver.cuMemcpyHtoDAsync(memory, pinned, 4, stream));
        pinned.getByteBuffer(0, 4).order(java.nio.ByteOrder.nativeOrder()).putInt(0, 2);
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(read(memory, 1)).as("memory of the host reused too early").containsExactly(2);
    }

    @Test
    void anAsynchronousCopyFromOrdinaryMemoryIsRefused() {
        open();
        CUdeviceptr memory = allocated(4);
        java.nio.ByteBuffer ordinary = java.nio.ByteBuffer.allocateDirect(4);
        assertThat(JCudaDriver.cuMemcpyHtoDAsync(memory, Pointer.to(ordinary), 4, stream()))
                .isEqualTo(INVALID_VALUE);
        assertThat(gpu.lastError()).contains("page-locked");
    }

    @Test
    void memoryFreedBeforeQueuedWorkUsesItIsAFaultThatStays() {
        open();
        CUdeviceptr memory = allocated(4);
        CUstream stream = stream();
        ok(JCudaDriver.cuMemsetD32Async(memory, 5, 1, stream));
        ok(JCudaDriver.cuMemFree(memory));
        assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(ILLEGAL_ADDRESS);
        assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(ILLEGAL_ADDRESS);
    }

    @Test
    void aStreamWaitsForAnEventOfAnother() {
        open();
        CUdeviceptr memory = allocated(4);
        CUstream first = stream();
        CUstream second = stream();
        CUevent event = new CUevent();
        ok(JCudaDriver.cuEventCreate(event, 2));
        ok(JCudaDriver.cuMemsetD32Async(memory, 1, 1, first));
        ok(JCudaDriver.cuEventRecord(event, first));
        ok(JCudaDriver.cuMemsetD32Async(memory, 3, 1, first));
        ok(JCudaDriver.cuStreamWaitEvent(second, event, 0));
        ok(JCudaDriver.cuMemsetD32Async(memory, 2, 1, second));
        ok(JCudaDriver.cuStreamSynchronize(second));
        assertThat(read(memory, 1)).containsExactly(2);
        ok(JCudaDriver.cuStreamSynchronize(first));
        assertThat(read(memory, 1)).containsExactly(3);
    }

    @Test
    void anEventIsReachedAfterTheWorkBeforeIt() {
        open();
        CUstream stream = stream();
        CUevent event = new CUevent();
        ok(JCudaDriver.cuEventCreate(event, 0));
        ok(JCudaDriver.cuEventQuery(event));
        ok(JCudaDriver.cuMemsetD32Async(allocated(4), 1, 1, stream));
        ok(JCudaDriver.cuEventRecord(event, stream));
        assertThat(JCudaDriver.cuEventQuery(event)).isEqualTo(NOT_READY);
        ok(JCudaDriver.cuEventSynchronize(event));
        ok(JCudaDriver.cuEventQuery(event));
        assertThat(JCudaDriver.cuEventElapsedTime(new float[1], event, event)).isZero();
    }

    private static CUgraphExec capture(CUstream stream, Runnable work) {
        CUgraph graph = new CUgraph();
        CUgraphExec executable = new CUgraphExec();
        ok(JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        work.run();
        ok(JCudaDriver.cuStreamEndCapture(stream, graph));
        long[] count = new long[1];
        ok(JCudaDriver.cuGraphGetNodes(graph, null, count));
        assertThat(count[0]).isEqualTo(2);
        ok(JCudaDriver.cuGraphInstantiate(executable, graph, 0));
        ok(JCudaDriver.cuGraphDestroy(graph));
        return executable;
    }

    @Test
    void aGraphHoldsWorkAndReplaysIt() {
        open();
        CUdeviceptr from = allocated(4);
        CUdeviceptr to = allocated(4);
        CUstream stream = stream();
        CUgraphExec executable = capture(stream, () -> {
            ok(JCudaDriver.cuMemcpyDtoDAsync(to, from, 4, stream));
            ok(JCudaDriver.cuMemsetD32Async(from, 9, 1, stream));
        });
        ok(JCudaDriver.cuMemsetD32(from, 4, 1));
        assertThat(read(to, 1)).as("capturing does nothing").containsExactly(-1);
        ok(JCudaDriver.cuGraphLaunch(executable, stream));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(read(to, 1)).containsExactly(4);
        ok(JCudaDriver.cuGraphLaunch(executable, stream));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(read(to, 1)).containsExactly(9);
        ok(JCudaDriver.cuGraphExecDestroy(executable));
        assertThat(JCudaDriver.cuGraphLaunch(executable, stream)).isEqualTo(INVALID_HANDLE);
    }

    @Test
    void waitingOrAllocatingInsideACaptureSpoilsIt() {
        open();
        CUstream stream = stream();
        CUdeviceptr memory = allocated(4);
        for (Runnable mistake : java.util.List.<Runnable>of(
                () -> assertThat(JCudaDriver.cuStreamSynchronize(stream)).isEqualTo(CAPTURE_UNSUPPORTED),
                () -> assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CAPTURE_UNSUPPORTED),
                () -> assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(CAPTURE_UNSUPPORTED),
                () -> assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(new int[1]), memory, 4))
                        .isEqualTo(CAPTURE_UNSUPPORTED))) {
            ok(JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_GLOBAL));
            mistake.run();
            assertThat(JCudaDriver.cuMemsetD32Async(memory, 1, 1, stream)).isEqualTo(CAPTURE_INVALIDATED);
            assertThat(JCudaDriver.cuStreamEndCapture(stream, new CUgraph())).isEqualTo(CAPTURE_INVALIDATED);
            ok(JCudaDriver.cuMemsetD32Async(memory, 1, 1, stream));
        }
    }

    private static int load(String version, String target) {
        String text = ".version " + version + "\n.target " + target + "\n.address_size 64\n\0";
        return JCudaDriver.cuModuleLoadData(new CUmodule(), text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    @Test
    void ptxNewerThanDriverOrDeviceIsRefused() {
        gpu.driverVersion(12_040).capability(80);
        open();
        ok(load("8.4", "sm_80"));
        assertThat(load("8.5", "sm_80")).isEqualTo(222);
        assertThat(load("8.0", "sm_90")).isEqualTo(209);
        gpu.capability(90);
        ok(load("8.0", "sm_90"));
        ok(load("8.0", "sm_90a"));
        gpu.driverVersion(11_080);
        assertThat(load("8.0", "sm_80")).isEqualTo(222);
    }

    @Test
    void ptxOfUnknownKernelsIsRefused() {
        open();
        String text = ".version 7.0\n.target sm_80\n.visible .entry absent(\n.param .u64 absent_0\n)\n{\nret;\n}\n\0";
        int code =
                JCudaDriver.cuModuleLoadData(new CUmodule(), text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(code).isEqualTo(218);
        assertThat(gpu.lastError()).contains("no kernel absent");
        assertThat(JCudaDriver.cuModuleGetFunction(new CUfunction(), new CUmodule(), "absent"))
                .isEqualTo(INVALID_HANDLE);
    }

    @Test
    void plannedFaultsHappenWhenTheyAreDue() {
        gpu.fault("init:803");
        assertThat(JCudaDriver.cuInit(0)).isEqualTo(803);
        gpu.fault("no-device");
        assertThat(JCudaDriver.cuInit(0)).isEqualTo(100);
        gpu.fault("none");
        open();
        gpu.fault("oom:2");
        allocated(4);
        assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4)).isEqualTo(OUT_OF_MEMORY);
        allocated(4);
        gpu.fault("pinned:1");
        assertThat(JCudaDriver.cuMemHostAlloc(new Pointer(), 4, 0)).isEqualTo(OUT_OF_MEMORY);
    }

    @Test
    void whatWasNotDestroyedIsNamedWhenTheContextEnds() {
        open();
        allocated(4);
        stream();
        ok(JCudaDriver.cuDevicePrimaryCtxRelease(new CUdevice()));
        assertThat(gpu.leftBehind()).isEqualTo("1 allocations, 1 streams");
    }
}
