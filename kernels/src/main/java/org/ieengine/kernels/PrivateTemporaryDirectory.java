package org.ieengine.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A directory of this process that {@code java.io.tmpdir} points to while it is open. JCuda unpacks its natives under fixed names
 * straight into that directory and trusts what already lies there, so the shared one must never be it.
 */
final class PrivateTemporaryDirectory {
    private static final String PROPERTY = "java.io.tmpdir";

    private final String before;
    private final Path directory;

    /**
     * Does something while it is open.
     *
     * @throws UncheckedIOException when the temporary directory cannot be written
     */
    static void during(Runnable work) {
        PrivateTemporaryDirectory directory = new PrivateTemporaryDirectory();
        try {
            work.run();
        } finally {
            directory.close();
        }
    }

    private PrivateTemporaryDirectory() {
        before = System.getProperty(PROPERTY);
        try {
            directory = Files.createTempDirectory(Path.of(before), "ie-engine-natives")
                    .toAbsolutePath();
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        } catch (InvalidPathException fault) {
            throw new UncheckedIOException(new IOException(fault));
        }
        System.setProperty(PROPERTY, directory.toString());
    }

    /** Restores the property and removes what was unpacked; libraries that were loaded stay loaded. */
    private void close() {
        System.setProperty(PROPERTY, before);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException stillInUse) {
            directory.toFile().deleteOnExit();
        }
    }
}
