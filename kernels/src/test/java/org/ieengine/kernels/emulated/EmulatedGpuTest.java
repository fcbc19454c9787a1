package org.ieengine.kernels.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.GpuGraph;
import org.ieengine.kernels.GpuMemory;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.LaunchShape;
import org.ieengine.kernels.PinnedMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The product's device over the emulated driver. */
final class EmulatedGpuTest {
    private static final LaunchShape ONE_BLOCK = LaunchShape.of(1, 256);

    /** out [1, columns] is set to 3. */
    private static void fill(GpuDevice device, GpuStream stream, GpuMemory out, long columns) {
        stream.launch(device.kernel("fill_elements"), ONE_BLOCK, out.address(), (int) columns, 3f, 1L, columns);
    }

    private static float read(GpuDevice device, GpuStream stream, GpuMemory memory, int index) {
        try (PinnedMemory host = device.allocatePinned(4)) {
            stream.download(memory.address() + 4L * index, host, 0, 4);
            stream.synchronise();
            return host.buffer().getFloat(0);
        }
    }

    @Test
    void kernelsOfThePtxRunFromTheirSources() {
        EmulatedGpu gpu = EmulatedGpu.start().order(EmulatedGpu.Order.RANDOM);
        try (GpuDevice device = gpu.open();
                GpuStream stream = device.newStream();
                GpuMemory out = device.allocate(400)) {
            fill(device, stream, out, 100);
            assertThat(gpu.launches()).as("queued only").isZero();
            assertThat(read(device, stream, out, 99)).isEqualTo(3f);
            assertThat(gpu.launchedKernels()).containsExactly("fill_elements");
        }
        assertThat(gpu.leftBehind()).doesNotContain("allocations").doesNotContain("streams");
    }

    @Test
    void everyKernelOfTheEmulationCanBeLoadedFromItsPtx() {
        EmulatedGpu gpu = EmulatedGpu.start();
        try (GpuDevice device = gpu.open()) {
            for (String name : gpu.kernels()) {
                assertThat(device.kernel(name).name()).isEqualTo(name);
            }
        }
    }

    @Test
    void aRecordedGraphRunsItsKernelsAtEachReplay() {
        EmulatedGpu gpu = EmulatedGpu.start();
        try (GpuDevice device = gpu.open();
                GpuStream stream = device.newStream();
                GpuMemory out = device.allocate(400)) {
            try (GpuGraph graph = stream.capture(() -> fill(device, stream, out, 100))) {
                stream.replay(graph);
                stream.replay(graph);
                assertThat(read(device, stream, out, 5)).isEqualTo(3f);
                assertThat(gpu.launches()).isEqualTo(2);
            }
        }
    }

    @Test
    void aKernelThatLeavesItsMemoryIsAFaultWithKernelLineAndThread() {
        EmulatedGpu gpu = EmulatedGpu.start();
        GpuDevice device = gpu.open();
        GpuStream stream = device.newStream();
        GpuMemory out = device.allocate(400);
        fill(device, stream, out, 40_000);
        assertThatExceptionOfType(GpuException.class)
                .isThrownBy(stream::synchronise)
                .extracting(GpuException::kind)
                .isEqualTo(GpuException.Kind.LOST);
        assertThat(gpu.lastError())
                .contains("fill_elements")
                .contains("bytes behind the end of an allocation of 400")
                .containsPattern("block \\(0,0,0\\), thread \\(\\d+,0,0\\)")
                .containsPattern(" at \\w+\\.cuh?:\\d+");
    }

    @Test
    void aSmallOverrunInsideThePaddingOfAnAllocationIsSeenToo() {
        EmulatedGpu gpu = EmulatedGpu.start();
        GpuDevice device = gpu.open();
        GpuStream stream = device.newStream();
        GpuMemory out = device.allocate(400);
        fill(device, stream, out, 101);
        assertThatExceptionOfType(GpuException.class).isThrownBy(stream::synchronise);
        assertThat(gpu.lastError()).contains("something wrote at 0 bytes behind the end of an allocation of 400");
    }

    @Test
    void aKernelThatUsesFreedMemoryIsAFault() {
        EmulatedGpu gpu = EmulatedGpu.start();
        GpuDevice device = gpu.open();
        GpuStream stream = device.newStream();
        GpuMemory out = device.allocate(400);
        fill(device, stream, out, 100);
        out.close();
        assertThatExceptionOfType(GpuException.class).isThrownBy(stream::synchronise);
        assertThat(gpu.lastError()).contains("freed");
    }

    @Test
    void aNumberInPlaceOfAnAddressIsRefused() {
        EmulatedGpu gpu = EmulatedGpu.start();
        try (GpuDevice device = gpu.open();
                GpuStream stream = device.newStream()) {
            assertThatThrownBy(() ->
                            stream.launch(device.kernel("fill_elements"), ONE_BLOCK, 12_345_678L, 100, 3f, 1L, 100L))
                    .isInstanceOf(GpuException.class);
            assertThat(gpu.lastError()).contains("argument 0 is no device address");
        }
    }

    @Test
    void aDeviceThatIsSetToBeLostIsLostThen() {
        EmulatedGpu gpu = EmulatedGpu.start();
        GpuDevice device = gpu.open();
        GpuStream stream = device.newStream();
        GpuMemory out = device.allocate(400);
        gpu.fault("lost:1");
        fill(device, stream, out, 100);
        stream.synchronise();
        fill(device, stream, out, 100);
        assertThatExceptionOfType(GpuException.class)
                .isThrownBy(stream::synchronise)
                .extracting(GpuException::kind)
                .isEqualTo(GpuException.Kind.LOST);
    }

    @Test
    void faultsByTheHundredLeaveTheJvmHealthy() {
        for (int i = 0; i < 100; i++) {
            aKernelThatUsesFreedMemoryIsAFault();
        }
    }

    @Test
    void withoutACompilerTheRemedyIsNamed(@TempDir Path made) {
        EmulatedDriverBuild build =
                new EmulatedDriverBuild(EmulatedDriverBuild.ofThisCheckout().module(), "no-such-compiler", made);
        assertThatThrownBy(() -> build.library(List.of(), List.of())).hasMessageContaining("apt-get install g++");
    }
}
