package org.ieengine.engine.ie;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * Keeps a second run out of an output directory. The lock belongs to the process, so that a killed one leaves none behind. The
 * empty file {@code .lock} that it is taken on stays: were it removed, a run that had opened it just before could lock a file
 * without a name while a third one locks its successor.
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
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!locked(channel)) {
                channel.close();
                throw new InputException(
                        directory.toString(), "", "another run is writing here; wait for it or choose another --out");
            }
            return new DirectoryLock(file, channel);
        } catch (IOException e) {
            throw FileFault.writing(directory.toString(), e);
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

    /** Lets the next run in. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileFault.writing(file.toString(), e);
        }
    }
}
