package org.ieengine.loaders.text;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/** The bytes of a source of sentences as they are stored: counted and hashed while they pass. */
final class SourceBytes extends FilterInputStream {
    private static final int BUFFER = 1 << 16;

    private final long size;
    private final MessageDigest digest;
    private long passed;

    private SourceBytes(InputStream stored, long size) {
        super(stored);
        this.size = size;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Opens a source.
     *
     * @throws InputException when the file is missing, a directory or unreadable
     */
    static SourceBytes open(DataSource.Sentences source) {
        if (source.file().equals(DataSource.STANDARD_INPUT)) {
            return new SourceBytes(new BufferedInputStream(source.standardInput(), BUFFER), -1);
        }
        Path path = Path.of(source.file());
        if (!Files.exists(path)) {
            throw new InputException(source.file(), "", "there is no such file; check the path given as data");
        }
        if (Files.isDirectory(path)) {
            throw new InputException(
                    source.file(),
                    "",
                    "is a directory; expected a file of sentences (.txt, .jsonl, .json, each also .gz)");
        }
        try {
            long size = Files.isRegularFile(path) ? Files.size(path) : -1;
            return new SourceBytes(new BufferedInputStream(Files.newInputStream(path), BUFFER), size);
        } catch (IOException e) {
            throw FileFault.reading(source.file(), e);
        }
    }

    /** SHA-256 of a file in hexadecimal digits. */
    static String sha256(String file) {
        try (SourceBytes bytes = open(new DataSource.Sentences(file, "", InputStream.nullInputStream()))) {
            return bytes.finishSha256();
        } catch (IOException e) {
            throw FileFault.reading(file, e);
        }
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        if (value >= 0) {
            passed++;
            digest.update((byte) value);
        }
        return value;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        int got = super.read(target, offset, count);
        if (got > 0) {
            passed += got;
            digest.update(target, offset, got);
        }
        return got;
    }

    @Override
    public long skip(long count) throws IOException {
        return read(new byte[(int) Math.min(BUFFER, count)]);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void close() throws IOException {
        if (size >= 0) {
            super.close();
        }
    }

    /** Bytes read so far. */
    long passed() {
        return passed;
    }

    /** Share of the bytes read so far; NaN where the size is not known. */
    double fraction() {
        return size < 0 ? Double.NaN : size == 0 ? 1 : Math.min(1.0, (double) passed / size);
    }

    /** Reads what is left and gives the hexadecimal SHA-256 of all the bytes. */
    String finishSha256() throws IOException {
        byte[] rest = new byte[BUFFER];
        while (read(rest, 0, rest.length) >= 0) {
            continue;
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
