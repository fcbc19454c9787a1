package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.verb.Verb;
import org.ieengine.cli.verb.Verbs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private static final String MODEL = "../samples/gpt2-tiny";
    private static final String SENTENCES = "../samples/sentences.txt";

    static java.util.stream.Stream<Verb> verbs() {
        return Verbs.all().stream();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void shouldExplainEveryOptionOfEveryVerb(Verb verb) {
        ProgramRun run = ProgramRun.of(verb.name(), "--help");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        OptionTable table = verb.options();
        assertThat(table.options()).allSatisfy(option -> assertThat(run.out()).contains(option.written()));
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void shouldExplainItselfWithoutAVerb() {
        ProgramRun run = ProgramRun.of("--help");

        assertThat(run.code()).isZero();
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        assertThat(run.out()).contains("measure", "inspect", "doctor", "--weights DIR", "Exit codes");
        assertThat(ProgramRun.of("--version").out()).startsWith("ie-engine ");
    }

    @Test
    void shouldTakeNoVerbForTheMainJob() {
        ProgramRun run = ProgramRun.of();

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.firstError()).isEqualTo("ie-engine: --weights: required: -w, --weights DIR");
        assertThat(run.err()).contains("usage: java -jar ie-engine.jar measure --weights DIR");
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mesure                                   | mesure: unknown verb",
                "experiment                               | NAME: required: one of length, shots, perturbation",
                "compare                                  | DIR: a comparison needs the directories of at least two runs",
                "compare a b --weights M                  | --weights: unknown option",
                "bench now                                | now: unexpected word",
                "bench --budget 0                         | --budget: 0 is out of range",
                "bench --weights M                        | --weights: is of meaning to --end-to-end alone",
                "bench --end-to-end --list                | --list: cannot stand beside --end-to-end",
                "bench --end-to-end --filter adam         | --filter: cannot stand beside --end-to-end",
                "bench --libraries own                    | --libraries: unknown option",
                "bench --device cpu --filter nothing-such | --filter: nothing that would be measured holds any of these",
                "--weight M                               | --weight: unknown option",
                "-w M                                     | --data: required",
                "-w M -d S --token-ids x                  | --data: cannot stand beside --token-ids",
                "-w M -d S --tokens 0                     | --tokens: 0 is out of range",
                "-w M -d S --tokens 65                    | --tokens: 65 is beyond the 64 positions of the model",
                "-w M -d S --cut middle                   | --cut: 'middle' is none of start, end, windows",
                "-w M -d S --samples none                 | --samples: 'none' is not a whole number",
                "-w M -d S --samples 0                    | --samples: 0 is out of range",
                "-w M -d S --bos --tokens 1               | --bos: takes the only token",
                "-w M -d S --layers 4 -n 10               | --layers: block 4 does not exist",
                "-w M -d S --layers last                  | --layers: 'last' is no choice here",
                "-w M -d S --layers 3-1                   | --layers: '3-1'",
                "-w M -d S --positions 8 -n 10            | --positions: position 8 does not exist",
                "-w M -d S --positions x                  | --positions: 'x'",
                "-w M -d S --protocol best                | --protocol: 'best' is none of standard, paper",
                "-w M -d S --estimator dv,nwj --protocol paper | --estimator: nwj is read from the critics of --protocol",
                "-w M -d S --estimator infonce --holdout 0.9 | --holdout: lies between 0.01 and 0.5 for infonce",
                "-w M -d S --estimator magic              | --estimator: 'magic' is none of dv, nwj, smile, resolution, inf",
                "-w M -d S --estimator ksg,ksg            | --estimator: 'ksg' comes twice",
                "-w M -d S --estimator dv,dv              | --estimator: 'dv' comes twice",
                "-w M -d S --estimator dv --noise 1       | --noise: is of meaning to the estimator resolution",
                "-w M -d S --noise 0                      | --noise: 0 is out of range",
                "-w M -d S --seeds 0                      | --seeds: 0 is out of range",
                "-w M -d S --epochs many                  | --epochs: 'many' is not a whole number",
                "-w M -d S --batch 1                      | --batch: 1 is out of range",
                "-w M -d S --learning-rate 0              | --learning-rate: 0 is out of range",
                "-w M -d S --holdout 1                    | --holdout: 1 is out of range",
                "-w M -d S --controls random              | --controls: 'random' is none of untrained, shuffled",
                "-w M -d S --segment 0                    | --segment: 0 is out of range",
                "-w M -d S --threads 0                    | --threads: 0 is out of range",
                "-w M -d S --memory -1                    | --memory: -1 is out of range",
                "-w M -d S --time-limit 0                 | --time-limit: 0 is out of range",
                "-w M -d S --seed 1.5                     | --seed: '1.5' is not a whole number",
                "-w M -d S --device gpu                   | --device: 'gpu' is none of auto, cpu, cuda",
                "-w M -d S --device cuda:0,0              | --device: 'cuda:0,0' names a GPU twice",
                "-w M -d S --precision f64                | --precision: 'f64' is none of",
                "-w M -d S --libraries all                | --libraries: 'all' is none of own, vendor",
                "-w M -d S --out a --out b                | --out: given twice",
                "-w M -d S more                           | more: unexpected word",
                "inspect                                  | DIR: required",
                "inspect a b                              | b: unexpected word",
                "doctor now                               | now: unexpected word",
                "activations -w M                         | --data: required",
                "activations -w M -d S --layers 9 -n 4    | --layers: block 9 does not exist",
            })
    void shouldEndWithTwoNamingTheOptionThenTheUsage(String words, String sentence) {
        String[] arguments = words.replace("-w M", "-w " + MODEL)
                .replace("-d S", "-d " + SENTENCES)
                .split(" +");

        ProgramRun run = ProgramRun.of(arguments);

        assertThat(run.firstError()).startsWith("ie-engine: " + sentence);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines().skip(1).findFirst().orElse("")).startsWith("usage: ");
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--device cuda        | --device cuda: ",
                "--device cuda:0,1    | --device cuda:0,1: ",
                "--device cpu --precision bf16   | --precision bf16: the CPU computes in f32; leave the option out",
                "--device cpu --precision tf32   | --precision tf32: the CPU computes in f32",
                "--device cpu --libraries vendor | --libraries vendor: cuBLAS and cuDNN need a CUDA device",
                "--precision bf16     | --precision bf16: the CPU computes in f32, and no GPU can be used: ",
            })
    void shouldEndWithFourAndTheRemedyForADeviceThatItDoesNotServe(String words, String sentence) {
        String[] arguments = ("-w " + MODEL + " -d " + SENTENCES + " " + words).split(" +");

        ProgramRun run = ProgramRun.of(arguments);

        assertThat(run.code()).isEqualTo(4);
        assertThat(run.err()).startsWith("ie-engine: " + sentence).hasLineCount(1);
        assertThat(run.err()).contains("leave the option out");
    }

    @Test
    void shouldEndWithThreeOnOneLineForAFileAtFault(@TempDir Path directory) throws IOException {
        Path empty = Files.createFile(directory.resolve("empty.txt"));
        for (String[] arguments : new String[][] {
            {"inspect", directory.resolve("none").toString()},
            {"inspect", directory.toString()},
            {"-w", MODEL, "-d", directory.resolve("none.txt").toString()},
            {"-w", MODEL, "-d", empty.toString()},
            {"-w", MODEL, "--token-ids", SENTENCES},
            {"activations", "-w", MODEL, "-d", directory.resolve("none.txt").toString()},
        }) {
            ProgramRun run = ProgramRun.of(arguments);

            assertThat(run.code()).as(String.join(" ", arguments)).isEqualTo(3);
            assertThat(run.err()).startsWith("ie-engine: ").hasLineCount(1);
            assertThat(run.out()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"measure", "activations"})
    void shouldLeaveTheOutputAloneUntilInputsAreChecked(String verb, @TempDir Path directory) {
        Path out = directory.resolve("out");

        ProgramRun run = ProgramRun.of(verb, "-w", MODEL, "-d", "none.txt", "--out", out.toString());

        assertThat(run.code()).isEqualTo(3);
        assertThat(out).doesNotExist();
    }

    /** Standard output that breaks after some bytes. */
    private static OutputStream failing(String message) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException(message);
            }
        };
    }

    private static int runOnto(OutputStream out, OutputStream err) {
        return CommandLine.run(new String[] {"inspect", MODEL}, new ByteArrayInputStream(new byte[0]), out, err);
    }

    @Test
    void shouldEndQuietlyWhenNobodyReadsItsOutput() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        assertThat(runOnto(failing("Broken pipe"), err)).isZero();
        assertThat(err.toByteArray()).isEmpty();
    }

    @Test
    void shouldEndWithThreeWhenItsOutputCannotBeWritten() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        assertThat(runOnto(failing("No space left on device"), err)).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("ie-engine: standard output: cannot be written: no space left on the device")
                .hasLineCount(1);
    }

    @Test
    void shouldKeepItsExitCodeWhenNobodyReadsItsErrors() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        int code = CommandLine.run(
                new String[] {"nonsense"}, new ByteArrayInputStream(new byte[0]), out, failing("Broken pipe"));

        assertThat(code).isEqualTo(2);
    }

    @Test
    void shouldShowStackTracesWhenAsked() {
        assertThat(ProgramRun.of("inspect", "none").err()).doesNotContain("    at ");
        assertThat(ProgramRun.of("inspect", "none", "--verbose").err()).contains("    at org.ieengine");
    }
}
