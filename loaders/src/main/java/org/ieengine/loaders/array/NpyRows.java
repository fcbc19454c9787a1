package org.ieengine.loaders.array;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.HalfPrecision;

/**
 * A {@code .npy} file [N, d] or [N], versions 1 to 3, elements bool, integer or float of 16 to 64 bits, either byte order, either
 * index order. Mapped, never read whole.
 */
public final class NpyRows implements ArrayRows {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int CHUNK_BITS = 30;
    private static final int LONGEST_HEADER = 1 << 20;
    private static final long EXACT = 1L << 53;

    private final String file;
    private final NpyHeader header;
    private final ByteBuffer[] chunks;
    private final long rows;
    private final int columns;

    private NpyRows(String file, NpyHeader header, ByteBuffer[] chunks) {
        this.file = file;
        this.header = header;
        this.chunks = chunks;
        this.rows = header.shape()[0];
        this.columns = header.shape().length == 1 ? 1 : (int) header.shape()[1];
    }

    /**
     * Opens a file and checks its header against its length.
     *
     * @throws InputException when it is missing or malformed, or its shape is not [N] or [N, d]
     */
    public static NpyRows open(Path path) {
        String file = path.toString();
        try (FileChannel channel = open(path, file)) {
            ByteBuffer start = read(channel, file, 0, 10);
            byte[] magic = new byte[MAGIC.length];
            start.get(magic);
            if (!Arrays.equals(magic, MAGIC)) {
                throw new InputException(file, "byte 0", "does not start as a .npy file does");
            }
            int version = start.get();
            if (version < 1 || version > 3) {
                throw new InputException(file, "byte 6", "version " + version + " is unknown; 1 to 3 are read here");
            }
            start.get();
            int prefix = version == 1 ? 10 : 12;
            long length = version == 1
                    ? start.getShort() & 0xFFFFL
                    : read(channel, file, 8, 4).getInt() & 0xFFFFFFFFL;
            if (length > LONGEST_HEADER) {
                throw new InputException(file, "byte 8", "claims a header of " + length + " bytes");
            }
            byte[] text = new byte[(int) length];
            read(channel, file, prefix, text.length).get(text);
            NpyHeader header = NpyHeader.parse(
                    file, new String(text, version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
            return new NpyRows(file, header, map(channel, file, header, prefix + length));
        } catch (IOException fault) {
            throw FileFault.reading(file, fault);
        }
    }

    private static FileChannel open(Path path, String file) throws IOException {
        if (!Files.exists(path)) {
            throw new InputException(file, "", "no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new InputException(file, "", "is not a regular file");
        }
        return FileChannel.open(path);
    }

    private static ByteBuffer read(FileChannel channel, String file, long position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new InputException(file, "byte " + channel.size(), "ends within its header", new EOFException());
            }
        }
        return buffer.flip();
    }

    private static ByteBuffer[] map(FileChannel channel, String file, NpyHeader header, long start) throws IOException {
        long[] shape = header.shape();
        if (shape.length < 1 || shape.length > 2 || (shape.length == 2 && shape[1] > Integer.MAX_VALUE)) {
            throw new InputException(
                    file, "header", "shape " + Arrays.toString(shape) + " where [N, d] or [N] is expected");
        }
        long elements = header.elements(file);
        long held = channel.size() - start;
        if (elements > Long.MAX_VALUE / header.width() || held != elements * header.width()) {
            throw new InputException(
                    file,
                    "byte " + start,
                    held + " bytes follow the header, shape " + Arrays.toString(shape) + " of " + header.width()
                            + "-byte elements has another length");
        }
        ByteBuffer[] chunks = new ByteBuffer[(int) ((held + (1L << CHUNK_BITS) - 1) >> CHUNK_BITS)];
        for (int i = 0; i < chunks.length; i++) {
            long first = (long) i << CHUNK_BITS;
            chunks[i] = channel.map(
                            FileChannel.MapMode.READ_ONLY, start + first, Math.min(1L << CHUNK_BITS, held - first))
                    .order(header.order());
        }
        return chunks;
    }

    @Override
    public String name() {
        return file;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void read(long firstRow, int count, double[] target) {
        if (firstRow < 0 || firstRow + count > rows || (long) count * columns > target.length) {
            throw new IndexOutOfBoundsException(
                    count + " rows from " + firstRow + " of " + rows + " into " + target.length);
        }
        // Column by column where columns are contiguous, so that pages of the file are touched in order.
        if (header.fortranOrder()) {
            for (int column = 0; column < columns; column++) {
                for (int row = 0; row < count; row++) {
                    target[row * columns + column] = element(firstRow + row, column, column * rows + firstRow + row);
                }
            }
        } else {
            for (int row = 0; row < count; row++) {
                for (int column = 0; column < columns; column++) {
                    target[row * columns + column] =
                            element(firstRow + row, column, (firstRow + row) * columns + column);
                }
            }
        }
    }

    private double element(long row, int column, long index) {
        long position = index * header.width();
        ByteBuffer chunk = chunks[(int) (position >> CHUNK_BITS)];
        int at = (int) (position & ((1L << CHUNK_BITS) - 1));
        if (header.kind() == 'f') {
            return switch (header.width()) {
                case 2 -> HalfPrecision.widenF16(chunk.getShort(at));
                case 4 -> chunk.getFloat(at);
                default -> chunk.getDouble(at);
            };
        }
        boolean signed = header.kind() == 'i';
        return switch (header.width()) {
            case 1 -> signed ? chunk.get(at) : chunk.get(at) & 0xFF;
            case 2 -> signed ? chunk.getShort(at) : chunk.getShort(at) & 0xFFFF;
            case 4 -> signed ? chunk.getInt(at) : chunk.getInt(at) & 0xFFFFFFFFL;
            default -> exact(chunk.getLong(at), row, column);
        };
    }

    private double exact(long value, long row, int column) {
        boolean negativeUnsigned = header.kind() == 'u' && value < 0;
        if (negativeUnsigned || value > EXACT || value < -EXACT) {
            throw new InputException(
                    file,
                    "row " + row + ", column " + column,
                    Long.toUnsignedString(value) + " is beyond 2^53; number the values from 0 upwards instead");
        }
        return value;
    }

    /** Does nothing: mapped pages go when they are no longer reachable. */
    @Override
    public void close() {}
}
