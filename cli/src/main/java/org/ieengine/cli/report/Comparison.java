package org.ieengine.cli.report;

import java.util.List;

/**
 * Several runs, and what a reader has to know before comparing their numbers.
 *
 * @param runs in the order given; the first is what the others are compared with
 * @param notes what keeps numbers from being comparable, one sentence each
 * @param settings values of every setting, side by side
 */
public record Comparison(List<NamedRun> runs, List<String> notes, List<Setting> settings) {
    /** Copies the lists. */
    public Comparison {
        runs = List.copyOf(runs);
        notes = List.copyOf(notes);
        settings = List.copyOf(settings);
    }

    /**
     * One setting or fact of provenance.
     *
     * @param name the part of the results and the key, e.g. {@code settings: seed}
     * @param values one for each run, in their order; a dash where a run has none
     */
    public record Setting(String name, List<String> values) {
        /** Copies the list. */
        public Setting {
            values = List.copyOf(values);
        }

        /** Whether the runs do not agree. */
        public boolean differs() {
            return values.stream().distinct().count() > 1;
        }
    }
}
