package org.ieengine.loaders.safetensors;

import java.util.Map;
import java.util.TreeMap;

/** Which elements of a tensor have been written, as disjoint ranges that grow together; one range when written in order. */
final class WrittenRanges {
    private final TreeMap<Long, Long> endOfBegin = new TreeMap<>();

    void add(long begin, long end) {
        if (begin == end) {
            return;
        }
        long from = begin;
        long to = end;
        Map.Entry<Long, Long> before = endOfBegin.floorEntry(begin);
        if (before != null && before.getValue() >= begin) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        for (Map.Entry<Long, Long> after = endOfBegin.ceilingEntry(from);
                after != null && after.getKey() <= to;
                after = endOfBegin.ceilingEntry(from)) {
            to = Math.max(to, after.getValue());
            endOfBegin.remove(after.getKey());
        }
        endOfBegin.put(from, to);
    }

    /** First element from 0 on that has not been written. */
    long firstMissing() {
        return endOfBegin.isEmpty() || endOfBegin.firstKey() > 0
                ? 0
                : endOfBegin.firstEntry().getValue();
    }
}
