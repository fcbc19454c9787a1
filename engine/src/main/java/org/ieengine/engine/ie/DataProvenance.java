package org.ieengine.engine.ie;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the sequences came from.
 *
 * @param path the file as the user named it
 * @param sha256 SHA-256 of the file (of what was read from standard input), hexadecimal
 * @param read sentences read
 * @param skipped number of sentences skipped by reason: {@code too_short}, ...
 * @param options options of the command line that decided which sequences were taken ({@code tokens}, {@code cut},
 *     {@code samples}, {@code field}, ...), for the settings of the result and the comparison on resuming; values are strings,
 *     numbers, booleans or null
 */
public record DataProvenance(
        String path, String sha256, long read, Map<String, Long> skipped, Map<String, Object> options) {
    /** Keeps the order of the maps. */
    public DataProvenance {
        skipped = Collections.unmodifiableMap(new LinkedHashMap<>(skipped));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
