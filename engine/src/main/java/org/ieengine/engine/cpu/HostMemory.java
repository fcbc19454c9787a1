package org.ieengine.engine.cpu;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory of the host is free. */
public final class HostMemory {
    private static final Path MEMORY_INFORMATION = Path.of("/proc/meminfo");
    private static final Path CONTAINER = Path.of("/sys/fs/cgroup");

    private HostMemory() {}

    /**
     * Bytes that can be had without swapping: on Linux MemAvailable (what is unused and what the page cache can give back), bounded
     * by what the container may still take; elsewhere the free memory that the Java machine reports.
     */
    public static long availableBytes() {
        long available = fromMemoryInformation(MEMORY_INFORMATION);
        if (available < 0) {
            available = reportedByJava();
        }
        return Math.min(available, fromContainer(CONTAINER));
    }

    /** MemAvailable of a file such as /proc/meminfo, in bytes; -1 when it is not there. */
    static long fromMemoryInformation(Path file) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
            return -1;
        } catch (IOException | NumberFormatException absent) {
            return -1;
        }
    }

    /** What a control group (version 2) may still take: its limit less what it uses beyond file cache it can drop. */
    static long fromContainer(Path group) {
        try {
            String limit = Files.readString(group.resolve("memory.max")).trim();
            if (limit.equals("max")) {
                return Long.MAX_VALUE;
            }
            long used = Long.parseLong(
                    Files.readString(group.resolve("memory.current")).trim());
            long cache = 0;
            for (String line : Files.readAllLines(group.resolve("memory.stat"))) {
                if (line.startsWith("inactive_file ")) {
                    cache = Long.parseLong(
                            line.substring("inactive_file ".length()).trim());
                }
            }
            return Math.max(0, Long.parseLong(limit) - used + cache);
        } catch (IOException | NumberFormatException notLimited) {
            return Long.MAX_VALUE;
        }
    }

    private static long reportedByJava() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean bean
                ? bean.getFreeMemorySize()
                : Runtime.getRuntime().maxMemory();
    }
}
