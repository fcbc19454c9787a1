package org.ieengine.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which bytes the arena hands out, on a device of addresses alone. */
class DeviceArenaTest {
    private static final long MEBIBYTE = 1 << 20;

    private final AddressDevice device = new AddressDevice(1024 * MEBIBYTE);
    private final CountingWork work = new CountingWork();

    private static final class CountingWork implements DeviceArena.Work {
        private long moment;
        private int finished;

        @Override
        public long mark() {
            return ++moment;
        }

        @Override
        public void finish() {
            finished++;
        }
    }

    private DeviceArena arena(long cap) {
        return new DeviceArena(device, cap, DeviceArena.Placement.PACKED, work);
    }

    @ParameterizedTest
    @EnumSource
    void blocksNeverOverlapWhateverIsAllocatedAndFreed(DeviceArena.Placement placement) {
        SplittableRandom random = new SplittableRandom(11);
        DeviceArena arena = new DeviceArena(device, Long.MAX_VALUE, placement, work);
        TreeMap<Long, DeviceArena.Block> held = new TreeMap<>();
        long heldBytes = 0;
        long most = 0;
        for (int i = 0; i < 5000; i++) {
            if (held.isEmpty() || random.nextInt(100) < (i / 1000 % 2 == 0 ? 60 : 40)) {
                long bytes = 1L << random.nextInt(23);
                long asked = bytes - random.nextLong(bytes);
                DeviceArena.Block block = random.nextBoolean() ? arena.allocate(asked) : arena.allocateBriefly(asked);
                assertThat(block.address() % 256).isZero();
                assertThat(device.holds(block.address(), block.bytes())).isTrue();
                var before = held.floorEntry(block.address());
                var after = held.ceilingEntry(block.address());
                assertThat(before == null || end(before.getValue()) <= block.address())
                        .isTrue();
                assertThat(after == null || end(block) <= after.getKey()).isTrue();
                held.put(block.address(), block);
                heldBytes += block.bytes();
                most = Math.max(most, heldBytes);
            } else {
                Long key = new ArrayList<>(held.keySet()).get(random.nextInt(held.size()));
                DeviceArena.Block block = held.remove(key);
                block.release();
                heldBytes -= block.bytes();
            }
            assertThat(arena.allocatedBytes()).isEqualTo(heldBytes);
        }
        assertThat(arena.peakBytes()).isEqualTo(most);
        held.values().forEach(DeviceArena.Block::release);
        assertThat(arena.allocatedBytes()).isZero();
        assertThat(arena.segmentBytes()).isEqualTo(device.usedBytes());
        arena.close();
        assertThat(device.usedBytes()).isZero();
    }

    private static long end(DeviceArena.Block block) {
        return block.address() + block.bytes();
    }

    @Test
    void whatThePlanHoldsLiesInOneSegment() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        List<Long> plan = List.of(40 * MEBIBYTE, 3L, 1000L, 7 * MEBIBYTE + 1, 100 * MEBIBYTE - 7);
        long bytes = plan.stream().mapToLong(Long::longValue).sum();
        arena.reserve(bytes);
        long reserved = arena.segmentBytes();
        assertThat((double) reserved).isBetween((double) bytes, 1.05 * bytes);
        for (int round = 0; round < 3; round++) {
            List<DeviceArena.Block> blocks = plan.stream().map(arena::allocate).toList();
            blocks.forEach(DeviceArena.Block::release);
        }
        arena.reserve(bytes);
        assertThat(arena.segmentBytes()).isEqualTo(reserved);
        assertThat(device.allocations()).isEqualTo(1);
    }

    @Test
    void neighboursAreJoinedInWhateverOrderTheyAreFreed() {
        for (int[] order : new int[][] {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
            DeviceArena arena = arena(Long.MAX_VALUE);
            arena.reserve(96 * MEBIBYTE);
            List<DeviceArena.Block> blocks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                blocks.add(arena.allocate(32 * MEBIBYTE));
            }
            for (int i : order) {
                blocks.get(i).release();
            }
            assertThat(arena.allocate(96 * MEBIBYTE).address())
                    .isEqualTo(blocks.get(0).address());
            arena.close();
        }
    }

    @Test
    void theSmallestHoleThatIsLargeEnoughIsTaken() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        arena.reserve(64 * MEBIBYTE);
        DeviceArena.Block large = arena.allocate(10 * MEBIBYTE);
        DeviceArena.Block between = arena.allocate(1);
        DeviceArena.Block small = arena.allocate(5 * MEBIBYTE);
        DeviceArena.Block after = arena.allocate(1);
        large.release();
        small.release();
        assertThat(arena.allocate(4 * MEBIBYTE).address()).isEqualTo(small.address());
        assertThat(arena.allocate(6 * MEBIBYTE).address()).isEqualTo(large.address());
        assertThat(between.released() || after.released()).isFalse();
    }

    @Test
    void memoryRemembersUpToWhenItWasUsed() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        DeviceArena.Block first = arena.allocate(256);
        DeviceArena.Block second = arena.allocate(256);
        assertThat(first.freedAt()).isZero();
        first.release();
        second.release();
        assertThat(work.moment).isEqualTo(2);
        DeviceArena.Block again = arena.allocate(256);
        DeviceArena.Block unused = arena.allocateBriefly(256);
        assertThat(again.freedAt()).isEqualTo(1);
        // Half of what was the second, half of what never was in use.
        assertThat(arena.allocate(512).freedAt()).isEqualTo(2);
        assertThat(arena.allocate(512).freedAt()).isZero();
        assertThat(unused.freedAt()).isZero();
        assertThat(work.finished).isZero();
    }

    @Test
    void whatSoonGoesAgainDoesNotMarkTheMemoryBesideIt() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        arena.reserve(64 * MEBIBYTE);
        arena.allocate(30 * MEBIBYTE).release();
        long before = work.moment;
        for (int i = 0; i < 100; i++) {
            DeviceArena.Block brief = arena.allocateBriefly(1000);
            DeviceArena.Block other = arena.allocateBriefly(3000);
            brief.release();
            other.release();
        }
        assertThat(arena.allocate(20 * MEBIBYTE).freedAt()).isEqualTo(before);
        assertThat(arena.allocate(20 * MEBIBYTE).freedAt()).isEqualTo(before);
        assertThat(arena.allocate(20 * MEBIBYTE).freedAt()).isZero();
    }

    @Test
    void anUnplannedNeedTakesAFurtherSegmentAndUnusedOnesMakeRoomForALargerOne() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        DeviceArena.Block first = arena.allocate(600 * MEBIBYTE);
        DeviceArena.Block second = arena.allocate(300 * MEBIBYTE);
        assertThat(arena.segmentBytes()).isEqualTo(900 * MEBIBYTE);
        second.release();
        first.release();
        assertThat(work.finished).isZero();
        // The device has 1,024 MiB: neither segment is large enough, and beside them there is no room.
        DeviceArena.Block whole = arena.allocate(1000 * MEBIBYTE);
        assertThat(work.finished).isEqualTo(1);
        assertThat(arena.segmentBytes()).isEqualTo(1000 * MEBIBYTE);
        assertThat(whole.released()).isFalse();
    }

    @Test
    void moreThanTheDeviceHasNamesTheBytesAndTheOptionsThatHelp() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        arena.allocate(100 * MEBIBYTE);
        assertThatThrownBy(() -> arena.allocate(2000 * MEBIBYTE - 1))
                .isInstanceOfSatisfying(MemoryExhaustedException.class, fault -> assertThat(fault.bytes())
                        .isEqualTo(2000 * MEBIBYTE - 1))
                .hasMessage("the GPU cannot hold 2,000 MiB more: 100 MiB of its memory are in use here and 924 MiB"
                        + " could still be had; use fewer or shorter sentences (--samples), a smaller --batch, a smaller"
                        + " model, or more device memory (--device-memory)");
        assertThatThrownBy(() -> arena.reserve(2000 * MEBIBYTE)).isInstanceOf(MemoryExhaustedException.class);
        assertThatThrownBy(() -> arena.allocate(Long.MAX_VALUE)).isInstanceOf(MemoryExhaustedException.class);
        assertThat(arena.freeBytes()).isEqualTo(924 * MEBIBYTE);
        assertThat(arena.allocate(900 * MEBIBYTE).bytes()).isEqualTo(900 * MEBIBYTE);
    }

    @Test
    void theLimitHolds() {
        DeviceArena arena = arena(100 * MEBIBYTE);
        arena.reserve(99 * MEBIBYTE);
        assertThat(arena.segmentBytes()).isEqualTo(100 * MEBIBYTE);
        arena.allocate(90 * MEBIBYTE);
        assertThat(arena.freeBytes()).isEqualTo(10 * MEBIBYTE);
        assertThatThrownBy(() -> arena.allocate(11 * MEBIBYTE))
                .isInstanceOf(MemoryExhaustedException.class)
                .hasMessageContaining("10 MiB could still be had, limited to 100 MiB");
        assertThatThrownBy(() -> arena(100 * MEBIBYTE).reserve(101 * MEBIBYTE))
                .isInstanceOf(MemoryExhaustedException.class);
    }

    @Test
    void smallNeedsShareASegment() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        for (int i = 0; i < 1000; i++) {
            arena.allocate(1 + i);
        }
        assertThat(device.allocations()).isEqualTo(1);
    }

    @Test
    void closedBlocksAndArenasAreRefused() {
        DeviceArena arena = arena(Long.MAX_VALUE);
        DeviceArena.Block block = arena.allocate(1);
        block.release();
        assertThat(block.released()).isTrue();
        assertThatThrownBy(block::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice");
        DeviceArena.Block left = arena.allocate(1);
        arena.close();
        assertThat(left.released()).isTrue();
        assertThatThrownBy(() -> arena.allocate(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        arena.close();
    }
}
