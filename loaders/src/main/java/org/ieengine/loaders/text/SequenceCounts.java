package org.ieengine.loaders.text;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What became of the sentences or rows that were read.
 *
 * @param read sentences (blank ones included) or rows read
 * @param blank sentences of nothing but white space, skipped
 * @param tooShort sentences or rows with fewer than T tokens, skipped
 * @param available sequences that the rest made: as many as sentences, more with {@link Cut#WINDOWS}
 * @param used sequences kept of those: all, or the number asked for
 * @param distinct different sequences among those used
 */
public record SequenceCounts(long read, long blank, long tooShort, long available, int used, int distinct) {
    /** Skipped sentences or rows by reason, as {@code results.json} has them. */
    public Map<String, Long> skipped() {
        Map<String, Long> reasons = new LinkedHashMap<>();
        reasons.put("blank", blank);
        reasons.put("too_short", tooShort);
        return reasons;
    }
}
