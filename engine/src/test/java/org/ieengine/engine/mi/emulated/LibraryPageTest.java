package org.ieengine.engine.mi.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs of {@code docs/library.md} compile without a warning, run, and print what the page says; the GPU is the emulated one. */
class LibraryPageTest {
    private static final Pattern PROGRAM =
            Pattern.compile("```java\\n(.*?)```\\n\\n```text\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("public final class (\\w+) \\{");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+\\.\\d+");

    @TempDir
    private Path directory;

    record Program(String name, String source, String output) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("../docs/library.md"));
    }

    static List<Program> programs() throws IOException {
        List<Program> programs = new ArrayList<>();
        Matcher found = PROGRAM.matcher(page());
        while (found.find()) {
            Matcher name = NAME.matcher(found.group(1));
            assertThat(name.find()).as(found.group(1)).isTrue();
            programs.add(new Program(name.group(1), found.group(1), found.group(2)));
        }
        return programs;
    }

    @Test
    void everyBlockOfTheCodeIsAProgramWithWhatItPrints() throws IOException {
        assertThat(page().split("```java\\n", -1))
                .hasSize(1 + programs().size())
                .hasSize(7);
        assertThat(page().split("```", -1)).hasSize(1 + 4 * programs().size());
    }

    @ParameterizedTest
    @MethodSource("programs")
    void aProgramPrintsWhatThePageSays(Program program) throws Exception {
        compile(program);
        EmulatedGpu.start();
        String printed = run(program.name);
        List<Double> numbers = numbers(printed);
        List<Double> expected = numbers(program.output);
        assertThat(NUMBER.matcher(printed).replaceAll("#"))
                .isEqualTo(NUMBER.matcher(program.output).replaceAll("#"));
        for (int i = 0; i < expected.size(); i++) {
            // Training on another processor rounds otherwise, and its result is printed to two places.
            assertThat(numbers.get(i)).as("number %d of%n%s", i, printed).isCloseTo(expected.get(i), within(0.031));
        }
    }

    private void compile(Program program) throws IOException {
        Path source = directory.resolve(program.name + ".java");
        Files.writeString(source, program.source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            List<String> options = List.of(
                    "-d",
                    directory.toString(),
                    "-classpath",
                    System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                    "--release",
                    "17",
                    "-proc:none",
                    "-Xlint:all,-classfile,-path",
                    "-Werror");
            boolean compiled = compiler.getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
                    .call();
            assertThat(compiled).as(messages.toString()).isTrue();
        }
    }

    private String run(String name) throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try (URLClassLoader loader = new URLClassLoader(
                        new URL[] {directory.toUri().toURL()}, LibraryPageTest.class.getClassLoader());
                PrintStream caught = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            System.setOut(caught);
            loader.loadClass(name).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    private static List<Double> numbers(String text) {
        List<Double> numbers = new ArrayList<>();
        Matcher found = NUMBER.matcher(text);
        while (found.find()) {
            numbers.add(Double.valueOf(found.group()));
        }
        return numbers;
    }
}
