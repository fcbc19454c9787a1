package org.ieengine.engine.selftest;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuMemory;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.LaunchShape;
import org.ieengine.kernels.PinnedMemory;

/** Random words and permutations of a GPU by themselves: the same bits as on the host. */
final class RandomChecks {
    private static final int COUNT = 1021;

    private final GpuDevice gpu;

    RandomChecks(GpuDevice gpu) {
        this.gpu = gpu;
    }

    List<Check> checks() {
        return List.of(
                new Check("philox words", COUNT + " words", 0, trial -> words()),
                new Check("feistel permutation and inverse", COUNT + " of 100,003", 0, trial -> permutations()));
    }

    private double words() {
        long seed = 0x0123456789ABCDEFL;
        Philox stream = new Philox(seed, 9, 5, 7, 3);
        try (GpuMemory words = gpu.allocate(Integer.BYTES * COUNT);
                GpuStream queue = gpu.newStream()) {
            queue.launch(
                    gpu.kernel("philox_words"),
                    LaunchShape.of(3, 128),
                    words.address(),
                    8L,
                    (long) COUNT,
                    (int) seed,
                    (int) (seed >>> 32),
                    5 << 16 | 7,
                    9,
                    3);
            int[] expected =
                    IntStream.range(0, COUNT).map(i -> stream.word(8L + i)).toArray();
            requireSame(read(queue, words), expected);
        }
        return 0;
    }

    private double permutations() {
        int n = 100_003;
        int first = 98_000;
        FeistelPermutation permutation = FeistelPermutation.of(n, new Philox(4, 1, 2, 3, 0));
        try (GpuMemory keys = gpu.allocate((long) Integer.BYTES * FeistelPermutation.ROUNDS);
                GpuMemory images = gpu.allocate(Integer.BYTES * COUNT);
                GpuMemory origins = gpu.allocate(Integer.BYTES * COUNT);
                PinnedMemory host = gpu.allocatePinned(Integer.BYTES * FeistelPermutation.ROUNDS);
                GpuStream queue = gpu.newStream()) {
            host.buffer().asIntBuffer().put(permutation.keys());
            queue.upload(host, 0, keys.address(), keys.bytes());
            queue.launch(
                    gpu.kernel("permute"),
                    LaunchShape.of(2, 128),
                    keys.address(),
                    (long) n,
                    (long) first,
                    images.address(),
                    origins.address(),
                    (long) COUNT);
            requireSame(
                    read(queue, images),
                    IntStream.range(first, first + COUNT)
                            .map(permutation::apply)
                            .toArray());
            requireSame(
                    read(queue, origins),
                    IntStream.range(first, first + COUNT)
                            .map(permutation::invert)
                            .toArray());
        }
        return 0;
    }

    private int[] read(GpuStream queue, GpuMemory memory) {
        try (PinnedMemory host = gpu.allocatePinned(Math.toIntExact(memory.bytes()))) {
            queue.download(memory.address(), host, 0, memory.bytes());
            queue.synchronise();
            ByteBuffer bytes = host.buffer();
            int[] values = new int[COUNT];
            bytes.asIntBuffer().get(values);
            return values;
        }
    }

    private static void requireSame(int[] got, int[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (got[i] != expected[i]) {
                throw new SelftestFault("element " + i + " is " + got[i] + ", not " + expected[i]);
            }
        }
    }
}
