package org.ieengine.kernels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What assembled kernels take, as text: a head and a line for each kernel and target, most registers first. */
final class KernelTable {
    private record Row(String target, PtxAssembler.Kernel kernel) {
        String line() {
            return line(
                    kernel.name(),
                    target,
                    Integer.toString(kernel.registers()),
                    Integer.toString(kernel.sharedBytes()),
                    Integer.toString(kernel.spilled()));
        }

        static String line(String name, String target, String registers, String shared, String spilled) {
            return String.format("%-40s %-7s %9s %13s %12s", name, target, registers, shared, spilled);
        }
    }

    private final List<Row> rows = new ArrayList<>();

    /** Adds the kernels of a module. */
    void add(String target, List<PtxAssembler.Kernel> kernels) {
        kernels.forEach(kernel -> rows.add(new Row(target, kernel)));
    }

    /** The lines. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(Row.line("kernel", "target", "registers", "shared bytes", "spilled"));
        rows.stream()
                .sorted(Comparator.comparing((Row row) -> -row.kernel.registers())
                        .thenComparing(row -> row.kernel.name())
                        .thenComparing(Row::target))
                .map(Row::line)
                .forEach(lines::add);
        return lines;
    }

    void write(Path file) throws IOException {
        Files.write(file, lines());
    }
}
