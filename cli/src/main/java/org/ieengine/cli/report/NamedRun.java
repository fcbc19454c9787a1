package org.ieengine.cli.report;

import java.util.List;

/**
 * One of several runs that stand side by side.
 *
 * @param name tells it apart from the others; short
 * @param directory where its results are, as the user named it
 * @param document its results
 * @param numbers the leading numbers of its blocks and of its controls'
 */
public record NamedRun(String name, String directory, RunDocument document, List<BlockNumbers> numbers) {
    /** Copies the list. */
    public NamedRun {
        numbers = List.copyOf(numbers);
    }

    /** A run of these results. */
    public static NamedRun of(String name, String directory, RunDocument document) {
        return new NamedRun(name, directory, document, BlockNumbers.of(document));
    }
}
