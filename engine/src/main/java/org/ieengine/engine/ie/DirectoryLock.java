package org.ieengine.engine.ie;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.ieengine.loaders.InputException;

/**
 * Keeps a second run out of an output directory. The lock belongs to the process, so that a killed one leaves none behind; the
 * file it is taken on goes with it and is harmless if it stays.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final String NAME = ".lock";

    private final Path file;
    private final FileChannel channel;

    private DirectoryLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Creates the directory where it is missing and locks it.
     *
     * @throws InputException when another run holds it, or when it cannot be written
     */
    public static DirectoryLock acquire(Path directory) {
        Path file = directory.resolve(NAME);
        try {
            Files.createDirectories(directory);
            while (true) {
                FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (!locked(channel)) {
                    channel.close();
                    throw new InputException(
                            directory.toString(),
                            "",
                            "another run is writing here; wait for it or choose another --out");
                }
                if (isStillThere(file, channel)) {
                    return new DirectoryLock(file, channel);
                }
                // The run before removed the file between our opening and our locking it: what we hold is a file
                // without a name.
                channel.close();
            }
        } catch (IOException e) {
            throw OutputFiles.unwritable(directory, e);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }

    /** Writes a mark through the channel and looks for it under the name. */
    private static boolean isStillThere(Path file, FileChannel channel) throws IOException {
        byte[] mark =
                (ProcessHandle.current().pid() + " " + System.nanoTime() + "\n").getBytes(StandardCharsets.US_ASCII);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(mark));
        return Files.exists(file) && Arrays.equals(mark, Files.readAllBytes(file));
    }

    /** Removes the file and lets the next run in. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
            channel.close();
        } catch (IOException e) {
            throw OutputFiles.unwritable(file, e);
        }
    }
}
