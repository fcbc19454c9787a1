package org.ieengine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.bench.EstimatorTables.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command: its options, and a small run of real estimators to its tables. */
class EstimatorTablesTest {
    @TempDir
    private Path path;

    @Test
    void optionsAreRead() {
        Command command = Command.parse(
                "--part",
                "symbols,growth",
                "--out",
                "there",
                "--seeds",
                "3",
                "--samples",
                "50,60",
                "--task",
                "a, b;c",
                "--estimators",
                "dv,mine",
                "--limit",
                "2.5",
                "--device",
                "cuda:1",
                "--threads",
                "7",
                "--report");
        assertThat(command.out()).isEqualTo(Path.of("there"));
        assertThat(command.selection().parts()).containsExactly("symbols", "growth");
        assertThat(command.selection().seeds()).isEqualTo(3);
        assertThat(command.selection().samples()).containsExactly(50, 60);
        assertThat(command.selection().tasks()).containsExactly("a, b", "c");
        assertThat(command.selection().estimators()).containsExactly("dv", "mine");
        assertThat(command.selection().minutes()).isEqualTo(2.5);
        assertThat(command.device()).containsExactly("--device", "cuda:1");
        assertThat(command.threads()).isEqualTo(7);
        assertThat(command.report()).isTrue();
    }

    @Test
    void withoutOptionsThereAreTenSeedsAndNoLimit() {
        Command command = Command.parse("--part", "symbols", "--out", "there");
        assertThat(command.selection().seeds()).isEqualTo(10);
        assertThat(command.selection().minutes()).isInfinite();
        assertThat(command.device()).isEmpty();
        assertThat(command.report()).isFalse();
    }

    @Test
    void whatIsWrongIsRefusedByName() {
        for (List<String> wrong : List.of(
                List.of("--part", "symbols"),
                List.of("--out", "there"),
                List.of("--part", "unheard", "--out", "there"),
                List.of("--part", "symbols", "--out"),
                List.of("--part", "symbols", "--out", "there", "--seeds", "many"),
                List.of("--unheard", "1", "--part", "symbols", "--out", "there"))) {
            assertThatThrownBy(() -> Command.parse(wrong.toArray(String[]::new)))
                    .as("%s", wrong)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(EstimatorTables.run(wrong.toArray(String[]::new))).isEqualTo(2);
        }
    }

    @Test
    void aRunOfContinuousPairsAndOneOfSymbolsFillOneDirectory() throws IOException {
        String out = path.resolve("tables").toString();
        assertThat(EstimatorTables.run(
                        "--part",
                        "beyond-normal",
                        "--out",
                        out,
                        "--seeds",
                        "1",
                        "--samples",
                        "64",
                        "--task",
                        "Uniform 1x1;Swiss",
                        "--estimators",
                        "mine",
                        "--threads",
                        "1"))
                .isZero();
        assertThat(EstimatorTables.run(
                        "--part",
                        "symbols",
                        "--out",
                        out,
                        "--seeds",
                        "1",
                        "--samples",
                        "50",
                        "--task",
                        "distinct",
                        "--estimators",
                        "dv",
                        "--threads",
                        "1",
                        "--report"))
                .isZero();
        // Two tasks by one estimator, and what is read from one training on symbols: dv, nwj, smile.
        assertThat(Files.readAllLines(Path.of(out, "estimates.jsonl"))).hasSize(5);
        String tables = Files.readString(Path.of(out, "tables.md"));
        assertThat(tables).contains("| Uniform 1x1 | 0.413 |").contains("| Swiss roll 2x1 | 0.413 |");
        String symbols = tables.lines()
                .filter(line -> line.startsWith("| distinct states, N = 50 | 3.912 |"))
                .findFirst()
                .orElseThrow();
        double read = Double.parseDouble(symbols.split("\\|")[3].strip());
        assertThat(read)
                .as("dv of 50 distinct states, never above their entropy")
                .isBetween(3.8, 3.912);
    }

    @Test
    void aSelectionOfNothingIsSaid() {
        assertThatThrownBy(() -> EstimatorTables.run(
                        "--part", "symbols", "--out", path.toString(), "--task", "unheard", "--threads", "1"))
                .hasMessageContaining("unheard");
    }
}
