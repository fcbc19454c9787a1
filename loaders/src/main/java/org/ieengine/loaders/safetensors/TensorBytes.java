package org.ieengine.loaders.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/** The bytes of an open file, read at any position by any number of threads. Owns the channel and the windows. */
final class TensorBytes implements AutoCloseable {
    /** Takes {@code count} elements out of a filled window; they belong {@code at} elements after the first asked for. */
    interface WindowReader {
        void take(ElementWindow window, int at, int count);
    }

    private final Path path;
    private final FileChannel channel;
    private final ConcurrentLinkedQueue<ElementWindow> idleWindows = new ConcurrentLinkedQueue<>();

    private TensorBytes(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    static TensorBytes open(Path path) throws IOException {
        return new TensorBytes(path, FileChannel.open(path, StandardOpenOption.READ));
    }

    Path path() {
        return path;
    }

    long size() throws IOException {
        return channel.size();
    }

    /** Fills the buffer up to its limit from {@code position} on; false when the file ends before. */
    boolean fill(ByteBuffer buffer, long position) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count < 0) {
                return false;
            }
            at += count;
        }
        return true;
    }

    void forEachWindow(TensorEntry entry, long first, int count, WindowReader reader) {
        int width = entry.type().bytes();
        int perWindow = ElementWindow.BYTES / width;
        ElementWindow window = idleWindows.poll();
        if (window == null) {
            window = new ElementWindow();
        }
        for (int done = 0; done < count; ) {
            int now = Math.min(perWindow, count - done);
            fill(window.cleared(now * width), entry, first + done);
            reader.take(window, done, now);
            done += now;
        }
        idleWindows.add(window);
    }

    /** Fills the buffer up to its limit with the stored bytes of a tensor from {@code element} on. */
    void fill(ByteBuffer buffer, TensorEntry entry, long element) {
        try {
            if (!fill(buffer, entry.position() + element * entry.type().bytes())) {
                throw new InputException(
                        path.toString(),
                        "tensor " + entry.name(),
                        "found the end of the file within the tensor although it was long enough when opened: it was"
                                + " shortened meanwhile; restore the file and start again");
            }
        } catch (ClosedByInterruptException interrupted) {
            throw new IllegalStateException("reading " + path + " was interrupted", interrupted);
        } catch (ClosedChannelException closed) {
            throw new IllegalStateException(path + " was read after it had been closed", closed);
        } catch (IOException failure) {
            throw FileFault.reading(path.toString(), "tensor " + entry.name(), failure);
        }
    }

    @Override
    public void close() {
        idleWindows.clear();
        try {
            channel.close();
        } catch (IOException failure) {
            throw new InputException(path.toString(), "", "cannot be closed: " + failure.getMessage(), failure);
        }
    }
}
