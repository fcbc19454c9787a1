package org.ieengine.loaders.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts the spellings of special tokens out of a text: leftmost first, the longest of those that begin there
 * ({@code transformers}, PreTrainedTokenizer.tokenize and its Trie).
 */
final class SpecialTokenSplitter {
    private final Map<Character, List<TokenizerConfiguration.SpecialToken>> byFirst = new HashMap<>();

    SpecialTokenSplitter(List<TokenizerConfiguration.SpecialToken> tokens) {
        for (TokenizerConfiguration.SpecialToken token : tokens) {
            byFirst.computeIfAbsent(token.content().charAt(0), first -> new ArrayList<>())
                    .add(token);
        }
        Comparator<TokenizerConfiguration.SpecialToken> longestFirst =
                Comparator.comparingInt(token -> -token.content().length());
        byFirst.values().forEach(list -> list.sort(longestFirst));
    }

    /**
     * A stretch of ordinary text, or one special token.
     *
     * @param text the stretch; what is spelt, for a special token
     * @param id the special token's id; -1 for ordinary text
     */
    record Part(String text, int id) {
        boolean special() {
            return id >= 0;
        }
    }

    /** The parts in order, none of them empty. */
    List<Part> split(String text) {
        List<Part> parts = new ArrayList<>(1);
        int start = 0;
        int at = 0;
        boolean swallowSpace = false;
        while (at < text.length()) {
            TokenizerConfiguration.SpecialToken found = at(text, at);
            if (found == null) {
                at++;
                continue;
            }
            ordinary(parts, text.substring(start, at), swallowSpace, found.lstrip());
            parts.add(new Part(found.content(), found.id()));
            swallowSpace = found.rstrip();
            at += found.content().length();
            start = at;
        }
        ordinary(parts, text.substring(start), swallowSpace, false);
        return parts;
    }

    private TokenizerConfiguration.SpecialToken at(String text, int position) {
        List<TokenizerConfiguration.SpecialToken> candidates = byFirst.get(text.charAt(position));
        if (candidates != null) {
            for (TokenizerConfiguration.SpecialToken candidate : candidates) {
                if (text.startsWith(candidate.content(), position)) {
                    return candidate;
                }
            }
        }
        return null;
    }

    private static void ordinary(List<Part> parts, String text, boolean stripStart, boolean stripEnd) {
        String kept = stripStart ? text.stripLeading() : text;
        kept = stripEnd ? kept.stripTrailing() : kept;
        if (!kept.isEmpty()) {
            parts.add(new Part(kept, -1));
        }
    }
}
