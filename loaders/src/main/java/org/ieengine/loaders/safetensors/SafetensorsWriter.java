package org.ieengine.loaders.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * Writes a safetensors file of any size in pieces: names, types and shapes are declared first, then elements are written in
 * any order. The bytes go to a temporary file beside the target; {@link #close()} puts it in the target's place in one step
 * when every element has been written, and removes it otherwise. For one thread.
 *
 * <p>Tensors lie in the file by falling width of their elements, as the reference implementation orders them, so that each is
 * aligned to its elements.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private static final int ALIGNMENT = 8;

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(ElementWindow.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Map<String, OpenTensor> tensors = new LinkedHashMap<>();
    private boolean failed;

    private record OpenTensor(TensorDeclaration declaration, long position, WrittenRanges written) {}

    /** Puts {@code count} elements of the source from {@code from} on into the cleared buffer. */
    private interface ElementWriter {
        void put(ByteBuffer buffer, int from, int count);
    }

    /** Puts one element of the source at the end of the buffer. */
    private interface OneWriter {
        void put(ByteBuffer buffer, int index);
    }

    private static ElementWriter each(OneWriter one) {
        return (bytes, from, count) -> {
            for (int i = from; i < from + count; i++) {
                one.put(bytes, i);
            }
        };
    }

    private SafetensorsWriter(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
    }

    /**
     * Starts a file.
     *
     * @param metadata pairs for {@code __metadata__}; may be empty
     * @throws InputException when nothing can be written there
     * @throws IllegalArgumentException when two tensors have the same name
     */
    public static SafetensorsWriter create(Path file, List<TensorDeclaration> tensors, Map<String, String> metadata) {
        List<TensorDeclaration> ordered = tensors.stream()
                .sorted(Comparator.comparingInt(
                        (TensorDeclaration tensor) -> -tensor.type().bytes()))
                .toList();
        Path name = file.getFileName();
        Path temporary = file.resolveSibling(
                "." + name + "." + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime()) + ".part");
        SafetensorsWriter writer = null;
        try {
            writer = new SafetensorsWriter(
                    file,
                    temporary,
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
            writer.begin(ordered, metadata);
            SafetensorsWriter begun = writer;
            writer = null;
            return begun;
        } catch (IOException failure) {
            throw FileFault.writing(file.toString(), failure);
        } finally {
            if (writer != null) {
                writer.discard();
            }
        }
    }

    private void begin(List<TensorDeclaration> ordered, Map<String, String> metadata) throws IOException {
        byte[] header = header(ordered, metadata);
        ByteBuffer start = ByteBuffer.allocate(ALIGNMENT + header.length).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(header.length).put(header).flip();
        while (start.hasRemaining()) {
            channel.write(start);
        }
        long position = ALIGNMENT + header.length;
        for (TensorDeclaration declaration : ordered) {
            tensors.put(declaration.name(), new OpenTensor(declaration, position, new WrittenRanges()));
            position = Math.addExact(position, declaration.bytes());
        }
    }

    private static byte[] header(List<TensorDeclaration> ordered, Map<String, String> metadata) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Map<String, Boolean> seen = new HashMap<>();
        long begin = 0;
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (Map.Entry<String, String> entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            for (TensorDeclaration tensor : ordered) {
                if (seen.put(tensor.name(), true) != null) {
                    throw new IllegalArgumentException("two tensors are named " + tensor.name());
                }
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.type().name());
                json.writeArrayFieldStart("shape");
                for (long extent : tensor.shape()) {
                    json.writeNumber(extent);
                }
                json.writeEndArray();
                json.writeArrayFieldStart("data_offsets");
                json.writeNumber(begin);
                begin = Math.addExact(begin, tensor.bytes());
                json.writeNumber(begin);
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        while (bytes.size() % ALIGNMENT != 0) {
            bytes.write(' ');
        }
        if (bytes.size() > SafetensorsHeader.LONGEST) {
            throw new IllegalArgumentException(
                    "a header of " + bytes.size() + " bytes, at most " + SafetensorsHeader.LONGEST + " can be read");
        }
        return bytes.toByteArray();
    }

    /**
     * Writes {@code count} elements from {@code first} on (row-major), rounded to nearest even where the tensor is F16 or BF16.
     *
     * @throws IndexOutOfBoundsException when the range leaves the tensor or the source
     * @throws IllegalArgumentException when no such tensor was declared or it holds integers
     * @throws InputException when the file system refuses, e.g. because it is full
     */
    public void write(String name, long first, float[] source, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, source.length);
        OpenTensor tensor = open(name, first, count);
        ElementWriter elements =
                switch (tensor.declaration().type()) {
                    case F32 ->
                        (bytes, from, n) -> {
                            bytes.asFloatBuffer().put(source, offset + from, n);
                            bytes.position(n * Float.BYTES);
                        };
                    case F64 -> each((bytes, i) -> bytes.putDouble(source[offset + i]));
                    case F16 -> each((bytes, i) -> bytes.putShort(HalfPrecision.narrowF16(source[offset + i])));
                    case BF16 -> each((bytes, i) -> bytes.putShort(HalfPrecision.narrowBf16(source[offset + i])));
                    default -> throw wrongType(tensor, "floating-point numbers");
                };
        write(tensor, first, count, elements);
    }

    /** As {@link #write(String, long, float[], int, int)}, from float64, into F64 or F32 only: no double rounding. */
    public void write(String name, long first, double[] source, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, source.length);
        OpenTensor tensor = open(name, first, count);
        ElementWriter elements =
                switch (tensor.declaration().type()) {
                    case F32 -> each((bytes, i) -> bytes.putFloat((float) source[offset + i]));
                    case F64 -> each((bytes, i) -> bytes.putDouble(source[offset + i]));
                    default -> throw wrongType(tensor, "float64 numbers");
                };
        write(tensor, first, count, elements);
    }

    /**
     * As {@link #write(String, long, float[], int, int)}, for tensors of integers and booleans.
     *
     * @throws IllegalArgumentException when a number does not fit the type
     */
    public void write(String name, long first, long[] source, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, source.length);
        OpenTensor tensor = open(name, first, count);
        ElementWriter elements =
                switch (tensor.declaration().type()) {
                    case I64 -> each((bytes, i) -> bytes.putLong(source[offset + i]));
                    case I32 ->
                        each((bytes, i) -> bytes.putInt(
                                (int) within(tensor, source[offset + i], Integer.MIN_VALUE, Integer.MAX_VALUE)));
                    case U8 -> each((bytes, i) -> bytes.put((byte) within(tensor, source[offset + i], 0, 255)));
                    case BOOL -> each((bytes, i) -> bytes.put((byte) within(tensor, source[offset + i], 0, 1)));
                    default -> throw wrongType(tensor, "integers");
                };
        write(tensor, first, count, elements);
    }

    private OpenTensor open(String name, long first, int count) {
        OpenTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor " + name + " was declared for " + target);
        }
        if (first < 0 || first > tensor.declaration().elements() - count) {
            throw new IndexOutOfBoundsException("elements " + first + " to " + first + " + " + count + " of tensor "
                    + name + ", which has " + tensor.declaration().elements());
        }
        return tensor;
    }

    private static long within(OpenTensor tensor, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    value + " does not fit " + tensor.declaration().type() + " of tensor "
                            + tensor.declaration().name());
        }
        return value;
    }

    private static IllegalArgumentException wrongType(OpenTensor tensor, String source) {
        return new IllegalArgumentException(source + " for tensor "
                + tensor.declaration().name() + " of " + tensor.declaration().type());
    }

    private void write(OpenTensor tensor, long first, int count, ElementWriter elements) {
        int width = tensor.declaration().type().bytes();
        int perBuffer = ElementWindow.BYTES / width;
        try {
            for (int done = 0; done < count; done += perBuffer) {
                buffer.clear();
                elements.put(buffer, done, Math.min(perBuffer, count - done));
                buffer.flip();
                long position = tensor.position() + (first + done) * width;
                while (buffer.hasRemaining()) {
                    position += channel.write(buffer, position);
                }
            }
        } catch (IOException failure) {
            failed = true;
            throw FileFault.writing(
                    target.toString(), "tensor " + tensor.declaration().name(), failure);
        }
        tensor.written().add(first, first + count);
    }

    /**
     * Finishes the file: when every element has been written it takes the target's place.
     *
     * @throws IllegalStateException when elements are missing; the target is left as it was
     * @throws InputException when the file system refuses; the target is left as it was
     */
    @Override
    public void close() {
        if (!channel.isOpen()) {
            return;
        }
        OpenTensor incomplete = tensors.values().stream()
                .filter(tensor ->
                        tensor.written().firstMissing() < tensor.declaration().elements())
                .findFirst()
                .orElse(null);
        if (failed || incomplete != null) {
            discard();
            if (!failed) {
                throw new IllegalStateException(target + " was closed before element "
                        + incomplete.written().firstMissing() + " of tensor "
                        + incomplete.declaration().name() + " was written");
            }
            return;
        }
        try {
            channel.force(true);
            channel.close();
            replaceTarget();
        } catch (IOException failure) {
            discard();
            throw FileFault.writing(target.toString(), failure);
        }
    }

    private void replaceTarget() throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException unsupported) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Gives the file up: removes what was written and leaves the target as it was. */
    public void discard() {
        try {
            channel.close();
            Files.deleteIfExists(temporary);
        } catch (IOException failure) {
            throw FileFault.writing(target.toString(), failure);
        }
    }
}
