package org.ieengine.loaders.safetensors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds files byte by byte, right and wrong ones, without the writer that is tested. */
public final class SafetensorsBytes {
    private SafetensorsBytes() {}

    /** Header length, header, and so many zero bytes of tensors. */
    public static byte[] of(String json, int tensorBytes) {
        return of(json.getBytes(StandardCharsets.UTF_8), new byte[tensorBytes]);
    }

    static byte[] of(byte[] header, byte[] tensors) {
        return ByteBuffer.allocate(8 + header.length + tensors.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(tensors)
                .array();
    }

    /** A header of one tensor. */
    static String entry(String name, String type, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    public static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
