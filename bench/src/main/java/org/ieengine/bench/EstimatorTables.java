package org.ieengine.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ieengine.bench.tables.TableDirectory;
import org.ieengine.bench.tables.TableDirectory.Outcome;
import org.ieengine.bench.tables.TableDirectory.Selection;

/**
 * Measures estimators of mutual information on tasks with known truth, and writes tables of what they read.
 *
 * <pre>EstimatorTables --out DIR [--part NAME[,NAME]] [--seeds 10] [--samples N[,N]] [--states FILE[,FILE]]
 *     [--task TEXT[;TEXT]] [--estimators NAME[,NAME]] [--limit MINUTES] [--report] [--device cpu|cuda[:I]] [--precision f32|tf32|bf16] [--threads K]</pre>
 *
 * Parts: {@code beyond-normal}, {@code symbols}, {@code gaussians}, {@code growth}, and {@code activations} of
 * the hidden states in {@code --states} (files of {@code ie-engine activations}, one position). Every finished estimate is a line of
 * {@code DIR/estimates.jsonl}, and the same command goes on where it stopped; {@code --limit} stops it in order. {@code --samples}
 * replaces each part's own numbers of samples, {@code --task} keeps the tasks whose name contains one of the texts. {@code --report}
 * writes {@code DIR/tables.md} at the end, or alone without {@code --part}. Exit code 0: all there; 1: an estimator threw (the rest
 * is there); 2: wrong options; 3: time was up.
 */
public final class EstimatorTables {
    private static final String USAGE =
            "usage: EstimatorTables --out DIR [--part NAME[,NAME]] [--seeds 10] [--samples N[,N]]"
                    + " [--states FILE[,FILE]]"
                    + " [--task TEXT[;TEXT]] [--estimators NAME[,NAME]] [--limit MINUTES] [--report]"
                    + " [--device cpu|cuda[:I]] [--precision f32|tf32|bf16] [--threads K]";

    private static final Set<String> WITH_VALUE = Set.of(
            "--out",
            "--part",
            "--seeds",
            "--samples",
            "--states",
            "--task",
            "--estimators",
            "--limit",
            "--device",
            "--precision",
            "--threads");

    private EstimatorTables() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        Command command;
        try {
            command = Command.parse(arguments);
        } catch (IllegalArgumentException wrong) {
            System.err.println(wrong.getMessage() + "\n" + USAGE);
            return 2;
        }
        TableDirectory directory = new TableDirectory(command.out, System.out);
        int code = 0;
        if (!command.selection.parts().isEmpty()) {
            try (BenchDevice device = BenchDevice.open(command.device, command.threads)) {
                Outcome outcome = directory.fill(command.selection, device.backend());
                outcome.faults().forEach(System.err::println);
                code = !outcome.faults().isEmpty() ? 1 : outcome.complete() ? 0 : 3;
            }
        }
        if (command.report) {
            System.out.println(directory.report());
        }
        return code;
    }

    /**
     * What was asked for.
     *
     * @param out directory
     * @param selection what to compute
     * @param device options of the device
     * @param threads threads of the processor
     * @param report whether to write the tables
     */
    record Command(Path out, Selection selection, List<String> device, int threads, boolean report) {
        static Command parse(String... arguments) {
            Map<String, String> options = new LinkedHashMap<>();
            boolean report = false;
            Iterator<String> words = List.of(arguments).iterator();
            while (words.hasNext()) {
                String word = words.next();
                if (word.equals("--report")) {
                    report = true;
                } else if (WITH_VALUE.contains(word) && words.hasNext()) {
                    options.put(word, words.next());
                } else {
                    throw new IllegalArgumentException("unknown option or no value: " + word);
                }
            }
            List<String> parts = list(options.get("--part"), ",");
            if (!options.containsKey("--out") || (parts.isEmpty() && !report)) {
                throw new IllegalArgumentException("--out and one of --part and --report are needed");
            }
            Selection selection = new Selection(
                    parts,
                    Integer.parseInt(options.getOrDefault("--seeds", "10")),
                    list(options.get("--samples"), ",").stream()
                            .map(Integer::valueOf)
                            .toList(),
                    list(options.get("--states"), ",").stream().map(Path::of).toList(),
                    list(options.get("--task"), ";"),
                    list(options.get("--estimators"), ","),
                    Double.parseDouble(options.getOrDefault("--limit", "Infinity")));
            List<String> device = new ArrayList<>();
            for (String name : List.of("--device", "--precision")) {
                if (options.containsKey(name)) {
                    device.addAll(List.of(name, options.get(name)));
                }
            }
            String cores = String.valueOf(Runtime.getRuntime().availableProcessors());
            int threads = Integer.parseInt(options.getOrDefault("--threads", cores));
            return new Command(Path.of(options.get("--out")), selection, device, threads, report);
        }

        private static List<String> list(String value, String separator) {
            return value == null
                    ? List.of()
                    : Arrays.stream(value.split(separator)).map(String::strip).toList();
        }
    }
}
