package org.ieengine.loaders.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * One safetensors file, opened: its header is read and checked in full, its tensors are read on demand. Any number of threads
 * may read at once.
 *
 * <p>Elements are fetched by positional reads of 256 KiB into direct memory and widened into the caller's array, not through a
 * memory mapping. Both are served from the page cache. With everything cached a mapping takes fewer CPU seconds (median of
 * 0.5 GB of F32 in sequence on Java 17: 3.3 GB per CPU-second by reads, 4.8 mapped), a tenth of a second for a GB that no
 * forward pass notices; but a mapped page of a file that somebody truncates raises SIGBUS where a read raises an error with a
 * sentence, Java 17 cannot release a mapping when a tensor has been read, and one mapping cannot exceed 2 GiB. An interrupt of
 * a reading thread closes the file ({@link java.nio.channels.ClosedByInterruptException}).
 *
 * <p>Format: 8 bytes header length N (unsigned, little-endian), N bytes of JSON, then the tensors' bytes, contiguous and
 * without holes (huggingface/safetensors, README, section Format).
 */
public final class SafetensorsFile implements TensorCollection {
    private final TensorBytes bytes;
    private final long size;
    private final Map<String, TensorEntry> entries;
    private final Map<String, String> metadata;

    private SafetensorsFile(TensorBytes bytes, long size, SafetensorsHeader header) {
        this.bytes = bytes;
        this.size = size;
        this.metadata = Collections.unmodifiableMap(header.metadata());
        this.entries = new LinkedHashMap<>();
        for (TensorEntry entry : header.tensors()) {
            entries.put(entry.name(), entry);
        }
    }

    /**
     * Opens a file and checks its header against its size.
     *
     * @throws InputException when there is no such file, it is something else than safetensors, or its header is at fault
     */
    public static SafetensorsFile open(Path path) {
        if (Files.isDirectory(path)) {
            throw new InputException(
                    path.toString(), "", "found a directory, expected a safetensors file; name a file within it");
        }
        if (!Files.exists(path)) {
            throw new InputException(path.toString(), "", "not found, expected a safetensors file; check the path");
        }
        TensorBytes bytes = null;
        try {
            bytes = TensorBytes.open(path);
            long size = bytes.size();
            ForeignFile.refuse(bytes, size);
            SafetensorsFile file = new SafetensorsFile(bytes, size, SafetensorsHeader.read(bytes, size));
            bytes = null;
            return file;
        } catch (IOException failure) {
            throw FileFault.reading(path.toString(), failure);
        } finally {
            if (bytes != null) {
                bytes.close();
            }
        }
    }

    /** The file as it was named when opened. */
    public Path path() {
        return bytes.path();
    }

    /** Length of the file in bytes. */
    public long size() {
        return size;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /** Key-value pairs under {@code __metadata__}; empty when there are none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public StoredTensor tensor(String name) {
        return new FileTensor(bytes, entry(name));
    }

    @Override
    public Path fileOf(String name) {
        entry(name);
        return path();
    }

    @Override
    public List<Path> files() {
        return List.of(path());
    }

    private TensorEntry entry(String name) {
        TensorEntry entry = entries.get(name);
        if (entry == null) {
            throw new InputException(
                    path().toString(),
                    "tensor " + name,
                    "not found among " + entries.size() + " tensors" + NameList.of(entries.keySet()));
        }
        return entry;
    }

    @Override
    public void close() {
        bytes.close();
    }
}
