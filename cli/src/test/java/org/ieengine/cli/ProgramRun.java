package org.ieengine.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** One run of the program in this process: its exit code and what it printed. */
public record ProgramRun(int code, String out, String err) {
    /** Runs with nothing on standard input. */
    public static ProgramRun of(String... arguments) {
        return withInput("", arguments);
    }

    /** Runs with a text on standard input. */
    public static ProgramRun withInput(String input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code =
                CommandLine.run(arguments, new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out, err);
        return new ProgramRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The first line on standard error. */
    public String firstError() {
        return err.lines().findFirst().orElse("");
    }
}
