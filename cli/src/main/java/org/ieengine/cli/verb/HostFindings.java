package org.ieengine.cli.verb;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.output.Figures;

/** What {@code doctor} says of Java, memory, processors and directories. */
final class HostFindings {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final long SMALL_HEAP = 512L << 20;

    private HostFindings() {}

    static List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.good(
                "Java",
                System.getProperty("java.version") + ", " + System.getProperty("java.vendor") + ", "
                        + System.getProperty("java.home")));
        findings.add(heap(Runtime.getRuntime().maxMemory()));
        findings.add(Finding.good("direct memory", directMemory()));
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        findings.add(Finding.good(
                "memory",
                Figures.bytes(system.getTotalMemorySize()) + " in all, " + Figures.bytes(system.getFreeMemorySize())
                        + " unused"));
        findings.add(Finding.good(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch")));
        findings.add(Finding.good("CPU", Runtime.getRuntime().availableProcessors() + " cores" + processor()));
        findings.add(directory("home directory", System.getProperty("user.home")));
        findings.add(directory("temporary directory", System.getProperty("java.io.tmpdir")));
        return findings;
    }

    /** The row on a heap of that size. */
    static Finding heap(long bytes) {
        String found = "up to " + Figures.bytes(bytes);
        return bytes >= SMALL_HEAP
                ? Finding.good("Java heap (-Xmx)", found)
                : new Finding(
                        "Java heap (-Xmx)", false, found, "too small for most runs", "start java with -Xmx2g or more");
    }

    private static String directMemory() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long limit = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
        return "up to " + Figures.bytes(limit == 0 ? Runtime.getRuntime().maxMemory() : limit)
                + (limit == 0 ? " (as the heap)" : " (-XX:MaxDirectMemorySize)");
    }

    private static String processor() {
        if (!Files.isReadable(PROCESSORS)) {
            return "";
        }
        try {
            List<String> lines = Files.readString(PROCESSORS, StandardCharsets.ISO_8859_1)
                    .lines()
                    .toList();
            String model = field(lines, "model name");
            String flags = " " + field(lines, "flags") + " ";
            String vectors = flags.contains(" avx512f ") ? "AVX-512" : flags.contains(" avx2 ") ? "AVX2" : "";
            return (model.isEmpty() ? "" : ", " + model) + (vectors.isEmpty() ? "" : ", " + vectors);
        } catch (IOException unreadable) {
            return "";
        }
    }

    private static String field(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("");
    }

    /** Whether a file can be made in a directory, or in its nearest ancestor that exists. */
    static Finding directory(String name, String directory) {
        String remedy = name.startsWith("temporary")
                ? "set -Djava.io.tmpdir to a directory that can be written"
                : "native libraries are unpacked elsewhere; see the rows below";
        try {
            Path path = Path.of(directory).toAbsolutePath();
            if (!Files.isDirectory(path)) {
                return new Finding(name, false, directory, "is not a directory", remedy);
            }
            Files.delete(Files.createTempFile(path, ".ie-engine", ".probe"));
            return Finding.good(name, directory + ", can be written");
        } catch (IOException | InvalidPathException fault) {
            return new Finding(name, false, directory, "cannot be written", remedy);
        }
    }
}
