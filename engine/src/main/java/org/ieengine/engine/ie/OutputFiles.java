package org.ieengine.engine.ie;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/** Writes files so that a reader sees the old content or the new, never a part: temporary file, flush to the disk, rename. */
public final class OutputFiles {
    /** Writes the content of a file. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to the stream, which it does not close. */
        void writeTo(OutputStream out) throws IOException;
    }

    private OutputFiles() {}

    /**
     * Writes one file atomically.
     *
     * @throws InputException when the file cannot be written, with path and reason; the temporary file is removed, as it is when the
     *     content throws something else
     */
    public static void write(Path file, Content content) {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                            temporary,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING);
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException e) {
            RuntimeException failure =
                    e instanceof IOException fault ? FileFault.writing(file.toString(), fault) : (RuntimeException) e;
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException remains) {
                failure.addSuppressed(remains);
            }
            throw failure;
        }
    }
}
