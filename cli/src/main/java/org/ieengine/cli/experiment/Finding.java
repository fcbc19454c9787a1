package org.ieengine.cli.experiment;

import java.util.Locale;

/**
 * Something that is seen in the numbers of an experiment.
 *
 * @param part whose doing it is
 * @param text one or a few sentences with the numbers
 */
public record Finding(Part part, String text) {
    /** Whose doing a finding is. */
    public enum Part {
        /** Counts of the token ids alone: the same for every model. */
        CEILING("What the token ids alone predict"),
        /** Geometry of the states, seen through noise. */
        GEOMETRY("What the geometry of the states adds"),
        /** Budget and form of the critic. */
        CRITIC("What is the critic's"),
        /** The untrained twin and the shuffled sequences. */
        CONTROLS("What the controls show"),
        /** Prediction of the next token. */
        PREDICTION("What the next token shows"),
        /** Where this differs from the published account. */
        PAPER("Against the paper");

        private final String heading;

        Part(String heading) {
            this.heading = heading;
        }

        /** For a person. */
        public String heading() {
            return heading;
        }

        /** The name in results. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
