package org.ieengine.loaders.dataset;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.ieengine.loaders.text.Tokenizer;

/**
 * Entities that take equally many tokens in every place of a list, so that all lists of them have the same length and the same
 * place for each entity. What counts is an entity with the separator after it: at the start of a text, and after another
 * separator (the two may differ: a dummy space, a leading space).
 *
 * @param kept those of the most common length, the shorter one where two are as common, in the order of the list
 * @param dropped the others
 * @param slot length of those kept
 */
record FittedEntities(List<String> kept, List<Dropped> dropped, Slot slot) {
    private static final int SEPARATED = 2;

    /**
     * Tokens that an entity and the separator after it take.
     *
     * @param first at the start of a text
     * @param later after a separator
     */
    record Slot(int first, int later) {
        /** Tokens of a list of that many entities. */
        int tokens(int entities) {
            return Math.addExact(first, Math.multiplyExact(entities - 1, later));
        }
    }

    /** The entities as they are, each one symbol and each separator one. */
    static FittedEntities inPieces(EntityList list) {
        return new FittedEntities(list.entities(), List.of(), new Slot(SEPARATED, SEPARATED));
    }

    /** The entities that fit each other in the eyes of a tokenizer. */
    static FittedEntities inTokens(EntityList list, String separator, Tokenizer tokenizer) {
        List<String> entities = list.entities();
        List<int[]> once = tokenizer.encode(
                entities.stream().map(entity -> entity + separator).toList());
        List<int[]> twice = tokenizer.encode(entities.stream()
                .map(entity -> entity + separator + entity + separator)
                .toList());
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < entities.size(); i++) {
            slots.add(new Slot(once.get(i).length, twice.get(i).length - once.get(i).length));
        }
        Slot common = mostCommon(slots);
        List<String> kept = new ArrayList<>();
        List<Dropped> dropped = new ArrayList<>();
        for (int i = 0; i < entities.size(); i++) {
            if (slots.get(i).equals(common)) {
                kept.add(entities.get(i));
            } else {
                dropped.add(new Dropped(
                        entities.get(i), slots.get(i).first(), slots.get(i).later()));
            }
        }
        return new FittedEntities(List.copyOf(kept), List.copyOf(dropped), common);
    }

    private static Slot mostCommon(List<Slot> slots) {
        Map<Slot, Long> counts =
                slots.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        Comparator<Map.Entry<Slot, Long>> shorter = Comparator.comparingInt(
                entry -> -(entry.getKey().first() + entry.getKey().later()));
        return counts.entrySet().stream()
                .max(Map.Entry.<Slot, Long>comparingByValue()
                        .thenComparing(shorter)
                        .thenComparingInt(entry -> -entry.getKey().first()))
                .orElseThrow()
                .getKey();
    }
}
