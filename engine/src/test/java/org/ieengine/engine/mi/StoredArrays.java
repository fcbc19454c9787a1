package org.ieengine.engine.mi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reference arrays of a safetensors resource in full precision (the product reader widens to float32). */
final class StoredArrays {
    private final ByteBuffer bytes;
    private final String header;
    private final int start;

    private StoredArrays(byte[] content) {
        this.bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        this.start = 8 + (int) bytes.getLong(0);
        this.header = new String(content, 8, start - 8, StandardCharsets.UTF_8);
    }

    static StoredArrays open(String resource) {
        try (InputStream in = StoredArrays.class.getResourceAsStream("/golden/" + resource + ".safetensors")) {
            return new StoredArrays(in.readAllBytes());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    boolean has(String name) {
        return header.contains("\"" + name + "\"");
    }

    double[] doubles(String name) {
        Matcher entry = Pattern.compile(
                        "\"" + Pattern.quote(name)
                                + "\"\\s*:\\s*\\{\\s*\"dtype\"\\s*:\\s*\"(\\w+)\"[^}]*?\"data_offsets\"\\s*:\\s*\\[\\s*(\\d+)\\s*,\\s*(\\d+)")
                .matcher(header);
        if (!entry.find()) {
            throw new AssertionError("no tensor " + name);
        }
        int from = start + Integer.parseInt(entry.group(2));
        int to = start + Integer.parseInt(entry.group(3));
        int size = entry.group(1).endsWith("64") ? 8 : 4;
        double[] values = new double[(to - from) / size];
        for (int i = 0; i < values.length; i++) {
            int at = from + i * size;
            values[i] = switch (entry.group(1)) {
                case "F64" -> bytes.getDouble(at);
                case "F32" -> bytes.getFloat(at);
                case "I64" -> bytes.getLong(at);
                default -> throw new AssertionError(entry.group(1));
            };
        }
        return values;
    }

    float[] floats(String name) {
        double[] values = doubles(name);
        float[] narrow = new float[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }

    int[] ints(String name) {
        double[] values = doubles(name);
        int[] whole = new int[values.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (int) values[i];
        }
        return whole;
    }
}
