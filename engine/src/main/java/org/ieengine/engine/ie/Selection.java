package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which blocks or positions are wanted, before their number is known: {@code all}, {@code last}, or a list such as
 * {@code 0-3,11}.
 *
 * @param kind whether all, the last or the listed ones
 * @param indices the listed ones, ascending and distinct; empty unless listed
 */
public record Selection(Kind kind, List<Integer> indices) {
    /** The three ways of choosing. */
    public enum Kind {
        /** Every one. */
        ALL,
        /** The last one only. */
        LAST,
        /** Those listed. */
        LISTED
    }

    /** Every one. */
    public static final Selection ALL = new Selection(Kind.ALL, List.of());

    /** The last one only. */
    public static final Selection LAST = new Selection(Kind.LAST, List.of());

    /** Sorts the list and drops repeats. */
    public Selection {
        indices = List.copyOf(new TreeSet<>(indices));
        if ((kind == Kind.LISTED) == indices.isEmpty()) {
            throw new IllegalArgumentException("a list of at least one index is expected for a listed selection only");
        }
        if (!indices.isEmpty() && indices.get(0) < 0) {
            throw new IllegalArgumentException(indices.get(0) + " is negative, indices start at 0");
        }
    }

    /** Those listed. */
    public static Selection of(List<Integer> indices) {
        return new Selection(Kind.LISTED, indices);
    }

    /**
     * Reads {@code all}, {@code last}, or numbers and ranges separated by commas: {@code 0-3,11}.
     *
     * @throws IllegalArgumentException with a sentence on the part that is wrong
     */
    public static Selection parse(String text) {
        String trimmed = text.trim();
        if (trimmed.equals("all")) {
            return ALL;
        }
        if (trimmed.equals("last")) {
            return LAST;
        }
        List<Integer> listed = new ArrayList<>();
        for (String part : trimmed.split(",", -1)) {
            String range = part.trim();
            if (!range.matches("\\d{1,9}(-\\d{1,9})?")) {
                throw new IllegalArgumentException(
                        "'" + part + "' is neither a number nor a range such as 0-3 (all, last or 0-3,11 is expected)");
            }
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            if (last < first || last - first > 1_000_000) {
                throw new IllegalArgumentException("'" + part + "' is not an ascending range");
            }
            IntStream.rangeClosed(first, last).forEach(listed::add);
        }
        return of(listed);
    }

    /**
     * The chosen indices among {@code count}, ascending.
     *
     * @param what the name of the things counted, for the message: {@code block}, {@code position}
     * @throws IllegalArgumentException when one is beyond the last
     */
    public List<Integer> resolve(int count, String what) {
        return switch (kind) {
            case ALL -> IntStream.range(0, count).boxed().toList();
            case LAST -> List.of(count - 1);
            case LISTED -> {
                int greatest = indices.get(indices.size() - 1);
                if (greatest >= count) {
                    throw new IllegalArgumentException(
                            what + " " + greatest + " does not exist, the last one is " + (count - 1));
                }
                yield indices;
            }
        };
    }

    /** As {@link #parse} reads it: {@code all}, {@code last} or the numbers separated by commas. */
    @Override
    public String toString() {
        return switch (kind) {
            case ALL -> "all";
            case LAST -> "last";
            case LISTED ->
                String.join(",", indices.stream().map(String::valueOf).toList());
        };
    }
}
