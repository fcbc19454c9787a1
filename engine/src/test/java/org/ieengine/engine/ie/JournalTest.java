package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir
    Path directory;

    private static final EstimateKey FIRST = new EstimateKey("", 0, 7, "macro", "dv", Double.NaN, 0, -1);
    private static final EstimateKey SECOND = new EstimateKey("untrained", 3, -1, "micro", "resolution", 0.5, -1, 2);

    private static ObjectNode bits(double value) {
        return JsonNodeFactory.instance.objectNode().put("bits", value);
    }

    private static JournalIdentity identity(long seed) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("seed", seed);
        options.put("noise", List.of(0.25, 0.5));
        options.put("epochs", null);
        return JournalIdentity.of(options);
    }

    private void write(EstimateKey... keys) {
        try (Journal journal = Journal.open(directory, false)) {
            journal.begin(identity(0), "cpu, f32", 64);
            for (EstimateKey key : keys) {
                journal.append(key, bits(1.0 / 3 + key.layer()));
            }
        }
    }

    private Path file() {
        return directory.resolve(Journal.NAME);
    }

    @Test
    void givesBackOnResumingWhatWasFinishedToTheLastBit() {
        write(FIRST, SECOND);
        try (Journal journal = Journal.open(directory, true)) {
            journal.begin(identity(0), "cpu, f32", 64);
            assertThat(journal.keys()).containsExactly(FIRST, SECOND);
            assertThat(journal.numbers(SECOND).path("bits").doubleValue()).isEqualTo(1.0 / 3 + 3);
            assertThat(journal.numbers(new EstimateKey("", 0, 7, "macro", "dv", Double.NaN, 1, -1)))
                    .isNull();
        }
    }

    @Test
    void aLineTellsWhatComputedItAndAnotherDeviceMayGoOn() throws IOException {
        write(FIRST);
        try (Journal journal = Journal.open(directory, true)) {
            journal.begin(identity(0), "cuda:0, bf16", 16);
            journal.append(SECOND, bits(2));
            assertThat(journal.estimatesByBatchRows()).containsExactly(entry(64, 1), entry(16, 1));
            assertThat(journal.estimatesByComputer()).containsExactly(entry("cpu, f32", 1), entry("cuda:0, bf16", 1));
        }
        List<String> lines = Files.readAllLines(file());
        assertThat(new ObjectMapper().readTree(lines.get(0)).path("computed_by").textValue())
                .isEqualTo("cpu, f32");
        assertThat(new ObjectMapper().readTree(lines.get(1)).path("computed_by").textValue())
                .isEqualTo("cuda:0, bf16");
        assertThat(new ObjectMapper().readTree(lines.get(1)).path("batch_rows").intValue())
                .isEqualTo(16);
    }

    @Test
    void aLineCarriesKeyHashSettingsAndNumbers() throws IOException {
        write(FIRST);
        var line = new ObjectMapper().readTree(Files.readString(file()));
        assertThat(line.path("key").path("layer").intValue()).isZero();
        assertThat(line.path("key").path("noise").isNull()).isTrue();
        assertThat(line.path("settings_sha256").textValue()).hasSize(64);
        assertThat(line.path("settings").path("seed").intValue()).isZero();
        assertThat(line.path("numbers").path("bits").doubleValue()).isEqualTo(1.0 / 3);
    }

    @Test
    void dropsATornLastLineAndGoesOnAfterTheWholeOnes() throws IOException {
        write(FIRST, SECOND);
        byte[] whole = Files.readAllBytes(file());
        int secondLine = Files.readAllLines(file()).get(0).length() + 1;
        for (int length = secondLine; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            try (Journal journal = Journal.open(directory, true)) {
                assertThat(journal.keys()).containsExactly(FIRST);
                journal.begin(identity(0), "cpu, f32", 64);
                if (length == whole.length - 1) {
                    journal.append(SECOND, bits(1.0 / 3 + 3));
                }
            }
        }
        assertThat(Files.readAllBytes(file())).isEqualTo(whole);
    }

    @Test
    void refusesDamageBeforeTheLastLine() throws IOException {
        write(FIRST, SECOND);
        List<String> lines = Files.readAllLines(file());
        Files.writeString(file(), lines.get(0).substring(5) + "\n" + lines.get(1) + "\n");
        assertThatThrownBy(() -> Journal.open(directory, true))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("journal.jsonl: line 1: is not JSON");
        // The refusal lets go of the directory, and a new start keeps the damaged file.
        write(FIRST);
        assertThat(directory.resolve("journal.1.jsonl")).exists();
    }

    @Test
    void refusesAChangedOptionByItsName() {
        write(FIRST);
        try (Journal journal = Journal.open(directory, true)) {
            assertThatThrownBy(() -> journal.begin(identity(7), "cpu, f32", 64))
                    .isInstanceOf(OptionChangedException.class)
                    .hasMessageContaining("--seed was 0 when the journal was begun and is 7 now");
        }
    }

    @Test
    void setsAnUnfinishedJournalAsideUnderTheNextFreeNumber() throws IOException {
        write(FIRST);
        String first = Files.readString(file());
        write(FIRST, SECOND);
        write();
        assertThat(directory.resolve("journal.1.jsonl")).hasContent(first);
        assertThat(Files.readAllLines(directory.resolve("journal.2.jsonl"))).hasSize(2);
        assertThat(file()).isEmptyFile();
    }

    @Test
    void replacesTheJournalOfAFinishedRun() throws IOException {
        write(FIRST);
        Files.writeString(
                directory.resolve(ResultFiles.RESULTS),
                "{\"journal\": {\"settings_sha256\": \"" + identity(0).sha256() + "\", \"estimates\": 1}}");
        write(SECOND);
        assertThat(directory.resolve("journal.1.jsonl")).doesNotExist();
        assertThat(Files.readAllLines(file())).hasSize(1);
        // Now the results tell of another run.
        Files.writeString(
                directory.resolve(ResultFiles.RESULTS),
                "{\"journal\": {\"settings_sha256\": \"" + identity(1).sha256() + "\", \"estimates\": 1}}");
        write(FIRST);
        assertThat(directory.resolve("journal.1.jsonl")).exists();
    }

    @Test
    void refusesASecondRunInOneDirectory() {
        try (Journal journal = Journal.open(directory, false)) {
            journal.begin(identity(0), "cpu, f32", 64);
            assertThatThrownBy(() -> Journal.open(directory, true))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("another run is writing here");
        }
        write(FIRST);
    }

    @Test
    void theLockOfAnotherProcessHoldsAndTheFileOfADeadOneDoesNot() throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        try (var output = holder.inputReader()) {
            assertThat(output.readLine()).isEqualTo("held");
            assertThatThrownBy(() -> Journal.open(directory, true)).isInstanceOf(InputException.class);
        } finally {
            holder.destroyForcibly().waitFor();
        }
        write(FIRST);
        assertThat(file()).isNotEmptyFile();
    }

    @Test
    void namesPathAndReasonWhereNothingCanBeWritten() throws IOException {
        Path blocked = Files.writeString(directory.resolve("results"), "a file");
        assertThatThrownBy(() -> Journal.open(blocked, false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(blocked.toString())
                .hasMessageContaining("cannot be written");
    }

    /** Takes the lock and waits to be killed. */
    static final class LockHolder {
        public static void main(String[] arguments) throws InterruptedException {
            try (DirectoryLock lock = DirectoryLock.acquire(Path.of(arguments[0]))) {
                System.out.println(lock == null ? "" : "held");
                Thread.sleep(60_000);
            }
        }
    }
}
