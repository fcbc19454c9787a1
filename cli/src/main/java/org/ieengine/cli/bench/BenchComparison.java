package org.ieengine.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.ieengine.engine.benchmark.BenchmarkRow;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.JsonFile;

/**
 * The times of an older benchmark, read from its {@code bench.json}.
 *
 * @param device what computed then; empty for no comparison
 * @param commit what ran then; empty when it is not known
 * @param rows by kernel, place and precision
 */
public record BenchComparison(String device, String commit, Map<String, Old> rows) {
    /** No comparison. */
    public static final BenchComparison NONE = new BenchComparison("", "", Map.of());

    /**
     * A row of then.
     *
     * @param seconds of one call
     * @param bytes that it moved at the least
     * @param flop that it took
     */
    public record Old(double seconds, double bytes, double flop) {}

    /** Keeps the rows. */
    public BenchComparison {
        rows = Map.copyOf(rows);
    }

    /**
     * Reads a document of this format.
     *
     * @throws InputException when the file is missing or unreadable, of another format, or lacks something, naming the place
     */
    public static BenchComparison read(Path file) {
        JsonNode root = JsonFile.readObject(file);
        JsonNode format = root.path("format");
        if (!BenchJson.FORMAT.equals(format.textValue())) {
            throw new InputException(
                    file.toString(),
                    "format",
                    "found " + JsonFile.described(format) + ", expected \"" + BenchJson.FORMAT
                            + "\": a bench.json of this program");
        }
        JsonNode list = root.path("rows");
        if (!list.isArray()) {
            throw new InputException(
                    file.toString(), "rows", "found " + JsonFile.described(list) + ", expected an array");
        }
        Map<String, Old> rows = new HashMap<>();
        for (int i = 0; i < list.size(); i++) {
            Place place = new Place(file.toString(), "rows[" + i + "]", list.get(i));
            String key = key(place.text("kernel"), place.text("place"), place.text("precision"));
            if (!list.get(i).path("seconds").isNull()) {
                rows.put(
                        key,
                        new Old(
                                place.number("seconds", true),
                                place.number("bytes", true),
                                place.number("flop", false)));
            }
        }
        String device = new Place(file.toString(), "", root).text("device");
        return new BenchComparison(device, root.path("commit").asText(""), rows);
    }

    /** Where something is looked for. */
    private record Place(String file, String name, JsonNode node) {
        String text(String key) {
            JsonNode value = node.path(key);
            if (!value.isTextual()) {
                throw fault(key, value, "a string");
            }
            return value.textValue();
        }

        double number(String key, boolean positive) {
            JsonNode value = node.path(key);
            if (!value.isNumber() || value.doubleValue() < 0 || positive && value.doubleValue() == 0) {
                throw fault(key, value, positive ? "a number above 0" : "a number, 0 or above");
            }
            return value.doubleValue();
        }

        private InputException fault(String key, JsonNode value, String expected) {
            return new InputException(
                    file,
                    name.isEmpty() ? key : name + "." + key,
                    "found " + JsonFile.described(value) + ", expected " + expected);
        }
    }

    /** Whether there is one. */
    public boolean present() {
        return !device.isEmpty();
    }

    private static String key(String kernel, String place, String precision) {
        return kernel + "\n" + place + "\n" + precision;
    }

    /**
     * Seconds of then for a row of now: scaled by float operations, or bytes where there are none, when its size is another. NaN when
     * either was not timed.
     */
    public double oldSeconds(BenchmarkRow row) {
        Old old = rows.get(
                key(row.operation(), row.place(), row.precision().name().toLowerCase(Locale.ROOT)));
        if (old == null || row.timing() == null) {
            return Double.NaN;
        }
        boolean counted = old.flop > 0 && row.cost().flop() > 0;
        return old.seconds
                * (counted ? row.cost().flop() / old.flop : row.cost().bytes() / old.bytes);
    }

    /** How many times as fast a row is now; NaN when either was not timed. */
    public double speedup(BenchmarkRow row) {
        double old = oldSeconds(row);
        return Double.isNaN(old) ? old : old / row.timing().seconds();
    }
}
