package org.ieengine.cli.verb;

import java.util.List;
import java.util.stream.Collectors;
import org.ieengine.cli.option.UsageException;

/** The verbs there are. */
public final class Verbs {
    private static final Verb STANDARD = new Measure();

    private static final List<Verb> ALL = List.of(
            STANDARD,
            new Activations(),
            new MutualInformation(),
            new Dataset(),
            new Experiment(),
            new Compare(),
            new Inspect(),
            new Doctor(),
            new Selftest(),
            new Bench());

    private Verbs() {}

    /** All of them, the main job first. */
    public static List<Verb> all() {
        return ALL;
    }

    /** What runs when no verb is named. */
    public static Verb standard() {
        return STANDARD;
    }

    /** Their names for a message. */
    public static String names() {
        return ALL.stream().map(Verb::name).collect(Collectors.joining(", "));
    }

    /**
     * The verb of that name.
     *
     * @throws UsageException when there is none
     */
    public static Verb find(String name) {
        return ALL.stream()
                .filter(verb -> verb.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(name, "unknown verb; there are " + names()));
    }
}
