package org.ieengine.loaders.safetensors;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names for the end of a sentence, cut short where they are many. */
final class NameList {
    private static final int SHOWN = 8;

    private NameList() {}

    static String of(Collection<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        return names.stream()
                .limit(SHOWN)
                .collect(Collectors.joining(", ", " (", names.size() > SHOWN ? ", ...)" : ")"));
    }
}
