package org.ieengine.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.ieengine.loaders.FileFault;

/**
 * Standard output or error whose faults are not swallowed, as {@link java.io.PrintStream} does with every
 * {@link IOException}: a closed pipe becomes {@link OutputClosedException}, anything else the fault of a file.
 */
final class WatchedOutput extends FilterOutputStream {
    private final String name;

    WatchedOutput(String name, OutputStream out) {
        super(out);
        this.name = name;
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException fault) {
            throw translate(fault);
        }
    }

    @Override
    public void flush() {
        try {
            out.flush();
        } catch (IOException fault) {
            throw translate(fault);
        }
    }

    private RuntimeException translate(IOException fault) {
        String message = String.valueOf(fault.getMessage());
        boolean closed = message.contains("Broken pipe")
                || message.contains("Pipe closed")
                || message.contains("pipe is being closed")
                || message.contains("Connection reset");
        return closed ? new OutputClosedException(fault) : FileFault.writing(name, fault);
    }
}
