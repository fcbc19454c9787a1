package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.ProgramRun;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code dataset} refuses: a sentence, the exit code of its kind, and nothing written. */
class DatasetFaultsTest {
    private static final String GPT2 = "../samples/gpt2-tiny";
    private static final String SENTENCES = "../samples/sentences.txt";

    @TempDir
    private Path directory;

    private Path out(String name) {
        return directory.resolve(name);
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content).toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                                              | dataset: a kind is missing: one of icl, windows, perturb",
                "lists                                         | lists: no kind of data set; there are icl, windows",
                "icl windows                                   | windows: unexpected word",
                "icl --shots 2                                 | --entities: required",
                "icl --entities color                          | --shots: required",
                "icl --entities color --shots 0                | --shots: 0 is out of range: from 1 to",
                "icl --entities color --shots 16               | --shots: 16 entities without repetition are more than the 15",
                "icl --entities country --shots 20 --samples all | --samples: 129260083694424883200000 lists",
                "icl --entities color --shots 2 --samples 0    | --samples: 0 is out of range",
                "icl --entities color --shots 2 --separator \\q | --separator: '\\q' holds a \\ that begins none",
                "icl --entities color --shots 2 --strict       | --strict: is of meaning to tokens",
                "icl --entities color --shots 2 --anchor end   | --anchor: is no option of dataset icl but of windows",
                "icl --entities color --shots 2 --tokens 4     | --tokens: is no option of dataset icl but of windows and perturb",
                "icl --entities country --shots 25 -w M -n 9 --separator === | --shots: sequences of",
                "windows -d S                                  | --weights: required",
                "windows -w M                                  | --data: required",
                "windows -w M -d a.safetensors                 | --data: windows are cut from text",
                "windows -w M -d S --tokens 65                 | --tokens: sequences of 65 tokens are beyond the 64",
                "windows -w M -d S --anchor middle             | --anchor: 'middle' is none of start, end",
                "windows -w M -d S --rate 0.5                  | --rate: is no option of dataset windows but of perturb",
                "windows -w M -d S --shots 3                   | --shots: is no option of dataset windows but of icl",
                "windows -w M -d S --token-ids x               | --token-ids: is no option of dataset windows but of perturb",
                "perturb -w M -d S --by shuffle                | --rate: required",
                "perturb -w M -d S --rate 1                    | --by: required",
                "perturb -w M --by shuffle --rate 1            | --data: required",
                "perturb -w M -d S --by swap --rate 1          | --by: 'swap' is none of shuffle, replace, repeat",
                "perturb -w M -d S --by shuffle --rate 1.5     | --rate: 1.5 is out of range: from 0 to 1",
                "perturb -w M -d S --by shuffle --rate -0.1    | --rate: -0.1 is out of range: from 0 to 1",
                "perturb -w M -d S --by shuffle --rate half    | --rate: 'half' is not a number",
                "perturb -w M -d S --by shuffle --rate NaN     | --rate: NaN is out of range",
                "perturb -w M -d S --by shuffle --rate 1 --distinct | --distinct: is no option of dataset perturb",
            })
    void shouldNameTheOptionAtFault(String words, String message) {
        List<String> arguments = new ArrayList<>(List.of("dataset"));
        for (String word : words == null ? new String[0] : words.split(" +")) {
            arguments.add(word.equals("M") ? GPT2 : word.equals("S") ? SENTENCES : word);
        }
        arguments.addAll(List.of("--out", out("never").toString()));
        ProgramRun run = ProgramRun.of(arguments.toArray(String[]::new));

        assertThat(run.firstError()).startsWith("ie-engine: " + message);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("usage: java -jar ie-engine.jar dataset icl|windows|perturb");
        assertThat(run.out()).isEmpty();
        assertThat(out("never")).doesNotExist();
    }

    @Test
    void shouldNameTheFileAndLineAtFault() throws IOException {
        assertFault(
                "line 3: 'a' is on line 1 already", "icl", "--entities", file("1.txt", "a\nb\na\n"), "--shots", "1");
        assertFault("line 2: is empty", "icl", "--entities", file("2.txt", "a\n\nb\n"), "--shots", "1");
        assertFault(
                "line 2: 'b,c' contains the separator", "icl", "--entities", file("3.txt", "a\nb,c\n"), "--shots", "1");
        assertFault("there is no such file, nor a built-in list", "icl", "--entities", "planets", "--shots", "1");
        Path bytes = Files.write(directory.resolve("4.txt"), new byte[] {'a', '\n', (byte) 0xFF});
        assertFault(
                "line 2: byte 1 of the line (0xFF) is not UTF-8",
                "icl",
                "--entities",
                bytes.toString(),
                "--shots",
                "1");
        assertFault("gives no window of 8 tokens", "windows", "-w", GPT2, "-d", file("5.txt", "Short.\n"));
        assertFault(
                "has no field 'a.b'", "windows", "-w", GPT2, "-d", file("6.jsonl", "{\"a\": {}}"), "--field", "a.b");
        assertFault(
                "no sequence",
                "perturb",
                "-w",
                GPT2,
                "-d",
                file("7.txt", "Short.\n"),
                "--by",
                "shuffle",
                "--rate",
                "1");
        assertFault("nowhere", "windows", "-w", directory.resolve("nowhere").toString(), "-d", SENTENCES);
    }

    private void assertFault(String message, String... words) {
        List<String> arguments = new ArrayList<>(List.of("dataset"));
        arguments.addAll(List.of(words));
        arguments.addAll(List.of("--out", out("never").toString()));
        ProgramRun run = ProgramRun.of(arguments.toArray(String[]::new));

        assertThat(run.firstError()).startsWith("ie-engine: ").contains(message);
        assertThat(run.code()).isEqualTo(3);
        assertThat(out("never")).doesNotExist();
    }

    @Test
    void shouldRefuseIdsThatTheTokenizerCannotSpell() {
        Path file = directory.resolve("ids.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(
                file, List.of(TensorDeclaration.of("token_ids", ElementType.I64, 1, 2)), Map.of())) {
            writer.write("token_ids", 0, new long[] {5, 2048}, 0, 2);
        }
        assertFault("2048", "perturb", "-w", GPT2, "--token-ids", file.toString(), "--by", "shuffle", "--rate", "1");
    }

    @Test
    void shouldRefuseAPlaceWhereNothingCanBeWritten() throws IOException {
        String blocked = file("file", "x");
        ProgramRun run =
                ProgramRun.of("dataset", "icl", "--entities", "color", "--shots", "1", "--out", blocked + "/a");

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.firstError()).contains("cannot be written");
    }
}
