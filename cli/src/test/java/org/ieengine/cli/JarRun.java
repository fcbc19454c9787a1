package org.ieengine.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One run of the finished jar as a process of its own: what a user gets who types the command. */
record JarRun(int code, String out, String err) {
    private static final long SECONDS = 120;

    /**
     * Runs the jar that the build made and waits for its end.
     *
     * @param arguments what is typed after {@code java -jar ie-engine.jar}
     * @throws IllegalStateException when it has not ended after two minutes
     */
    static JarRun of(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("ie-engine", ".out");
        Path err = Files.createTempFile("ie-engine", ".err");
        try {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-jar",
                    System.getProperty("ie.engine.jar")));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " has not ended after " + SECONDS + " s");
            }
            return new JarRun(process.exitValue(), text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
