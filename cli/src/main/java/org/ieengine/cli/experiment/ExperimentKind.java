package org.ieengine.cli.experiment;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The experiments of Chen et al., arXiv 2405.12617, by name. */
public enum ExperimentKind {
    /** E by token position. */
    LENGTH("Length of the text", "position", "IE by token position: E(l, t) for every prefix of the sequences."),
    /** E by number of demonstrations. */
    SHOTS("Demonstrations", "position", "IE by number of demonstrations: lists of entities against natural text."),
    /** E against the rate of a perturbation. */
    PERTURBATION("Perturbed text", "rate", "IE of text whose tokens are shuffled, replaced or repeated, by rate."),
    /** E of several models on one text. */
    MODEL_SIZE("Size of the model", "log₁₀ parameters", "IE of several models on the same text."),
    /** E of several texts through one model. */
    TEXT_SOURCE("Source of the text", "text", "IE of several texts through one model."),
    /** E by block. */
    LAYERS("Blocks", "block", "IE by block at the end of the sequences.");

    private final String title;
    private final String axis;
    private final String summary;

    ExperimentKind(String title, String axis, String summary) {
        this.title = title;
        this.axis = axis;
        this.summary = summary;
    }

    /** The name on the command line and in results. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Heading of its page. */
    public String title() {
        return title;
    }

    /** What runs along the horizontal axis. */
    public String axis() {
        return axis;
    }

    /** What it measures, one sentence. */
    public String summary() {
        return summary;
    }

    /** Whether what lies on the horizontal axis are positions of the token in the sequence, all measured by one point. */
    public boolean byPosition() {
        return this == LENGTH || this == SHOTS;
    }

    /** The experiment of that name. */
    public static Optional<ExperimentKind> find(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.label().equals(label))
                .findFirst();
    }

    /** All names for a message. */
    public static String labels() {
        return Arrays.stream(values()).map(ExperimentKind::label).collect(Collectors.joining(", "));
    }
}
