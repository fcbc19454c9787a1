package org.ieengine.cli;

/** Entry point of {@code ie-engine.jar}. */
public final class Main {
    private Main() {}

    /** Runs one verb and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(2);
    }
}
