package org.ieengine.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Entry point of {@code ie-engine.jar}. */
public final class Main {
    private static final int SECONDS_TO_STOP = 20;
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

    private Main() {}

    /** Runs one verb and ends the process with its exit code. Ctrl-C and SIGTERM let it leave its work in order. */
    public static void main(String[] arguments) {
        Interruption interruption = new Interruption();
        CountDownLatch finished = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitStop(interruption, finished), "stop"));
        int code = CommandLine.run(
                arguments,
                System.in,
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                isTerminal(),
                interruption);
        finished.countDown();
        System.exit(code);
    }

    /** In the shutdown that a signal began, gives the run the time to write its journal, then ends the process with 130. */
    private static void awaitStop(Interruption interruption, CountDownLatch finished) {
        if (finished.getCount() == 0) {
            return;
        }
        interruption.request();
        try {
            finished.await(SECONDS_TO_STOP, TimeUnit.SECONDS);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(ExitCode.STOPPED.number());
    }

    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException noSuchLink) {
            return System.console() != null;
        }
    }
}
