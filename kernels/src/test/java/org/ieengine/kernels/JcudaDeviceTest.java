package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract of {@link GpuDevice}, through JCuda and the driver API, with kernels of the product. */
class JcudaDeviceTest {
    private static final int FLOATS = 256;
    private static final int BYTES = Float.BYTES * FLOATS;
    private static final LaunchShape SHAPE = LaunchShape.of(2, 128);

    private final EmulatedGpu gpu = EmulatedGpu.start();
    private JcudaDevice device;
    private GpuStream stream;
    private GpuMemory memory;
    private PinnedMemory pinned;

    @BeforeEach
    void open() {
        device = JcudaDevice.open(0);
        stream = device.newStream();
        memory = device.allocate(2 * BYTES);
        pinned = device.allocatePinned(2 * BYTES);
    }

    @AfterEach
    void closeInTheOppositeOrder() {
        pinned.close();
        memory.close();
        stream.close();
        device.close();
        assertThat(gpu.leftBehind()).isEmpty();
    }

    /** out[i] = value for the first count elements. */
    private void fill(long out, float value, long count) {
        stream.launch(device.kernel("fill_elements"), SHAPE, out, FLOATS, value, 1L, count);
    }

    /** Copies one row of all elements. */
    private void copyElements(long from, long to) {
        stream.launch(device.kernel("copy_elements"), SHAPE, from, FLOATS, to, FLOATS, 1L, (long) FLOATS);
    }

    private float downloaded(long address) {
        stream.download(address, pinned, BYTES, Float.BYTES);
        stream.synchronise();
        return pinned.buffer().getFloat(BYTES);
    }

    @Test
    void shouldTellWhatTheGpuIs() {
        GpuProperties properties = device.properties();

        assertThat(properties.name()).isEqualTo("Emulated GPU");
        assertThat(properties.capability()).isEqualTo(90);
        assertThat(properties.multiprocessors()).isEqualTo(132);
        assertThat(properties.sharedBytes()).isEqualTo(227 * 1024);
        assertThat(properties.cacheBytes()).isEqualTo(50 << 20);
        assertThat(properties.totalBytes()).isEqualTo(4L << 30);
        assertThat(properties.driverVersion()).isEqualTo(12_040);
        assertThat(device.freeBytes()).isEqualTo((4L << 30) - memory.bytes());
    }

    @Test
    void shouldCarryFloatsThroughUploadKernelAndDownload() {
        for (int i = 0; i < FLOATS; i++) {
            pinned.buffer().putFloat(Float.BYTES * i, i + 0.5f);
        }
        stream.upload(pinned, 0, memory.address(), BYTES);
        copyElements(memory.address(), memory.address() + BYTES);
        stream.download(memory.address() + BYTES, pinned, BYTES, BYTES);
        stream.synchronise();

        for (int i = 0; i < FLOATS; i++) {
            assertThat(pinned.buffer().getFloat(BYTES + Float.BYTES * i)).isEqualTo(i + 0.5f);
        }
    }

    @Test
    void shouldCopyAndFillOnTheDevice() {
        stream.fill(memory.address(), Float.floatToRawIntBits(-2.5f), FLOATS);
        stream.copy(memory.address(), memory.address() + BYTES, BYTES);

        assertThat(downloaded(memory.address() + BYTES + 4)).isEqualTo(-2.5f);
    }

    @Test
    void shouldAlignAllocations() {
        try (GpuMemory odd = device.allocate(1);
                GpuMemory next = device.allocate(3)) {
            assertThat(odd.address() % 256).isZero();
            assertThat(next.address() % 256).isZero();
            assertThat(next.bytes()).isEqualTo(3);
        }
    }

    @Test
    void shouldKeepEveryArgumentOfLaunchesThatAreStillQueued() {
        for (int i = 0; i < FLOATS; i++) {
            fill(memory.address() + Float.BYTES * i, i, 1);
        }
        stream.download(memory.address(), pinned, 0, BYTES);
        stream.synchronise();

        for (int i = 0; i < FLOATS; i++) {
            assertThat(pinned.buffer().getFloat(Float.BYTES * i)).isEqualTo(i);
        }
    }

    @Test
    void shouldServeWhicheverThreadCalls() {
        CompletableFuture.runAsync(() -> fill(memory.address(), 3, FLOATS)).join();
        assertThat(downloaded(memory.address())).isEqualTo(3);
        assertThat(CompletableFuture.supplyAsync(() -> downloaded(memory.address()))
                        .join())
                .isEqualTo(3);
    }

    @Test
    void shouldKnowAKernelsParametersAndItsLocalMemory() {
        GpuKernel kernel = device.kernel("fill_elements");

        assertThat(kernel.name()).isEqualTo("fill_elements");
        assertThat(kernel.parameterBytes()).containsExactly(8, 4, 4, 8, 8);
        assertThat(kernel.registers()).isPositive();
        assertThat(kernel.localBytes()).isZero();
        assertThat(device.kernel("fill_elements")).isSameAs(kernel);
    }

    @Test
    void shouldRefuseAKernelThatDoesNotExist() {
        assertThatThrownBy(() -> device.kernel("no_such"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no kernel no_such");
    }

    @Test
    void shouldRefuseArgumentsOfAnotherNumberOrType() {
        GpuKernel kernel = device.kernel("fill_elements");
        long out = memory.address();

        assertThatThrownBy(() -> stream.launch(kernel, SHAPE, out, 1, 2f, 1L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("fill_elements takes 5 arguments, not 4");
        assertThatThrownBy(() -> stream.launch(kernel, SHAPE, 7, 1, 2f, 1L, 1L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("argument 0 of fill_elements is of long type, not Integer");
        assertThatThrownBy(() -> stream.launch(kernel, SHAPE, out, 1L, 2f, 1L, 1L))
                .hasMessage("argument 1 of fill_elements is of int type, not Long");
        assertThatThrownBy(() -> stream.launch(kernel, SHAPE, out, 1, 2, 1L, 1L))
                .hasMessage("argument 2 of fill_elements is of float type, not Integer");
        assertThatThrownBy(() -> stream.launch(kernel, SHAPE, out, 1, null, 1L, 1L))
                .hasMessage("argument 2 of fill_elements is of float type, not null");
        assertThat(gpu.launches()).isZero();
    }

    @Test
    void shouldRefuseABlockOfMoreThreadsThanTheKernelsBounds() {
        LaunchShape wide = LaunchShape.of(1, 257);

        assertThatThrownBy(() -> stream.launch(device.kernel("fill_elements"), wide, memory.address(), 1, 0f, 1L, 1L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("fill_elements with 257 threads a block, it has at most 256");
    }

    @Test
    void shouldAskForDynamicSharedMemoryBeyond48KbAndRefuseMoreThanThereIs() {
        GpuKernel kernel = device.kernel("fill_elements");
        int most = device.properties().sharedBytes();
        for (int shared : new int[] {48 * 1024, 48 * 1024 + 1, most, 100}) {
            stream.launch(kernel, new LaunchShape(1, 1, 1, 128, shared), memory.address(), FLOATS, 4f, 1L, 4L);
        }
        assertThat(downloaded(memory.address())).isEqualTo(4);
        LaunchShape more = new LaunchShape(1, 1, 1, 128, most + 1);
        assertThatThrownBy(() -> stream.launch(kernel, more, memory.address(), FLOATS, 4f, 1L, 4L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining((most + 1) + " bytes of shared memory");
        GpuKernel fresh = device.kernel("copy_elements");
        assertThatThrownBy(() -> stream.launch(fresh, more, memory.address(), 1, memory.address(), 1, 1L, 1L))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldRefuseCopiesBeyondPinnedMemory() {
        assertThatThrownBy(() -> stream.upload(pinned, 1, memory.address(), 2 * BYTES))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> stream.download(memory.address(), pinned, -1, 4))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldOrderStreamsByEvents() {
        try (GpuStream other = device.newStream();
                GpuEvent begun = device.newEvent();
                GpuEvent done = device.newEvent()) {
            stream.record(begun);
            fill(memory.address(), 6, FLOATS);
            stream.record(done);
            assertThat(done.reached()).isFalse();
            other.waitFor(done);
            other.copy(memory.address(), memory.address() + BYTES, BYTES);
            other.download(memory.address() + BYTES, pinned, 0, 4);
            other.synchronise();
            assertThat(pinned.buffer().getFloat(0)).isEqualTo(6);
            assertThat(done.reached()).isTrue();
            assertThat(done.millisecondsSince(begun)).isNotNegative();
        }
    }

    @Test
    void shouldReturnAtOnceFromAnEventThatWasNeverRecorded() {
        try (GpuEvent event = device.newEvent()) {
            event.synchronise();
            assertThat(event.reached()).isTrue();
        }
    }

    @Test
    void shouldReplayWhatWasCapturedAndCountItsNodes() {
        fill(memory.address(), 1, FLOATS);
        long before = launchesSoFar();
        try (GpuGraph graph = stream.capture(() -> {
            fill(memory.address() + 4, 5, 1);
            copyElements(memory.address(), memory.address() + BYTES);
            stream.copy(memory.address() + BYTES, memory.address(), 4);
            stream.fill(memory.address() + 8, 0, 1);
            stream.download(memory.address() + BYTES + 4, pinned, 0, 4);
        })) {
            assertThat(launchesSoFar()).isEqualTo(before);
            assertThat(graph.nodes())
                    .isEqualTo(Map.of(
                            GpuGraph.Node.KERNEL, 2,
                            GpuGraph.Node.COPY, 1,
                            GpuGraph.Node.FILL, 1,
                            GpuGraph.Node.OTHER, 1));
            for (int i = 0; i < 3; i++) {
                pinned.buffer().putFloat(0, -1);
                stream.replay(graph);
                stream.synchronise();
                assertThat(pinned.buffer().getFloat(0)).isEqualTo(5);
            }
            assertThat(gpu.launches()).isEqualTo(before + 6);
        }
    }

    private long launchesSoFar() {
        stream.synchronise();
        return gpu.launches();
    }

    @Test
    void shouldCountWorkOfAJoinedStreamAsItsOwn() {
        try (GpuStream other = device.newStream();
                GpuEvent forked = device.newEvent();
                GpuEvent joined = device.newEvent();
                GpuGraph graph = stream.capture(() -> {
                    stream.record(forked);
                    other.waitFor(forked);
                    other.fill(memory.address(), 1, 1);
                    other.record(joined);
                    stream.waitFor(joined);
                })) {
            assertThat(graph.nodes()).isEqualTo(Map.of(GpuGraph.Node.FILL, 1));
            other.fill(memory.address(), 2, 1);
            assertThat(graph.nodes()).as("after it has ended").isEqualTo(Map.of(GpuGraph.Node.FILL, 1));
        }
    }

    @Test
    void shouldRefuseUploadsAndWaitsWhileCapturingAndGoOnAfterwards() {
        assertThatThrownBy(() -> stream.capture(() -> stream.upload(pinned, 0, memory.address(), 4)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("an upload while a graph is recorded");
        assertThatThrownBy(() -> stream.capture(stream::synchronise))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("waiting for the device while a graph is recorded");
        assertThatThrownBy(() -> stream.capture(() -> stream.capture(() -> {})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a graph is being recorded already");
        fill(memory.address(), 8, 1);
        assertThat(downloaded(memory.address())).isEqualTo(8);
    }

    @Test
    void shouldRefuseWhatIsClosed() {
        GpuEvent event = device.newEvent();
        event.close();
        event.close();
        GpuMemory freed = device.allocate(16);
        freed.close();
        freed.close();
        GpuGraph graph = stream.capture(() -> stream.fill(memory.address(), 1, 1));
        graph.close();
        graph.close();

        assertThatThrownBy(event::reached).hasMessage("the event is closed");
        assertThatThrownBy(() -> stream.record(event)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(freed::address).hasMessage("the device memory is closed");
        assertThatThrownBy(() -> stream.replay(graph)).hasMessage("the graph is closed");
        JcudaDevice other = JcudaDevice.open(0);
        other.close();
        other.close();
        assertThatThrownBy(other::newStream).hasMessage("the device is closed");
    }

    @Test
    void shouldRefuseThingsOfAnotherDevice() {
        try (JcudaDevice other = JcudaDevice.open(0);
                GpuEvent event = other.newEvent()) {
            GpuKernel kernel = other.kernel("fill_elements");
            assertThatThrownBy(() -> stream.record(event)).hasMessage("the event is of another device");
            assertThatThrownBy(() -> stream.launch(kernel, SHAPE, memory.address(), 1, 0f, 1L, 1L))
                    .hasMessage("fill_elements is of another device");
        }
    }

    @Test
    void shouldLoadEveryShippedKernelWithTheParametersOfItsSource() {
        // The emulated driver compares the parameters in the PTX with those of the compiled source, module by module.
        for (String name : PtxModules.shipped(90).names()) {
            assertThat(device.kernel(name).name()).isEqualTo(name);
        }
        assertThat(PtxModules.shipped(90).names()).isEqualTo(gpu.kernels());
    }
}
