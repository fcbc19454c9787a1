package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.continuous.HeldOutSettings;

/**
 * What decides the numbers of a run, apart from model and sequences. Made by {@link #builder()}; a value of 0 for an override
 * stands for what the protocol prescribes.
 *
 * @param layers blocks to estimate
 * @param positions token positions taken as the end of the macro sequence
 * @param protocol how critics are trained
 * @param estimators in the order of the result; the exact ceiling is always computed
 * @param noise noise levels sigma of the resolution estimator, ascending; empty for the standard grid
 *     sqrt(2 d) * (1/32, 1/16, 1/8, 3/16, 5/16), whose middle one leads
 * @param seeds independent critics per estimate; 0 for the protocol's own (standard 3, paper 1)
 * @param training overrides of the protocol
 * @param controls twins measured by the same run
 * @param segment width of the slices of dimensions that get a critic each; 0 for off
 * @param bos whether position 0 holds the beginning-of-sequence token, whose micro term is 0 bits
 * @param draws noisy draws R of the resolution estimator
 * @param prediction sequences whose next tokens are predicted: a number, {@link #PREDICTION_BY_RULE} or {@link #PREDICTION_OFF}
 * @param seed everything random follows from it
 */
public record MeasureSettings(
        Selection layers,
        Selection positions,
        Protocol protocol,
        List<Estimator> estimators,
        List<Double> noise,
        int seeds,
        Training training,
        List<Control> controls,
        int segment,
        boolean bos,
        int draws,
        int prediction,
        long seed) {
    /** As many sequences as hold 16,384 next tokens, but 16 at least and 2,048 at most. */
    public static final int PREDICTION_BY_RULE = 0;

    /** No next tokens are predicted. */
    public static final int PREDICTION_OFF = -1;

    /** How critics are trained and read. */
    public enum Protocol {
        /** Stratified Donsker-Varadhan: cannot overshoot the ceiling. */
        STANDARD,
        /** The published protocol, maximum over epochs: for comparison. */
        PAPER;

        /** The name on the command line and in results. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What estimates mutual information. */
    public enum Estimator {
        /** A critic, by its Donsker-Varadhan value. */
        DV(EstimatorKind.CRITIC),
        /** The same critic, by the bound of Nguyen, Wainwright and Jordan. */
        NWJ(EstimatorKind.CRITIC),
        /** The same critic, by the clipped value of Song and Ermon. */
        SMILE(EstimatorKind.CRITIC),
        /** Exact information through Gaussian noise, by Monte Carlo. */
        RESOLUTION(EstimatorKind.RESOLUTION),
        /** A separable critic of rows, by InfoNCE. */
        INFONCE(EstimatorKind.ROWS),
        /** Covariances of rows. */
        GAUSSIAN(EstimatorKind.ROWS),
        /** Covariances of the normal scores of rows. */
        COPULA(EstimatorKind.ROWS),
        /** Nearest neighbours of rows. */
        KSG(EstimatorKind.ROWS);

        private final EstimatorKind kind;

        Estimator(EstimatorKind kind) {
            this.kind = kind;
        }

        /** What it works on. */
        public EstimatorKind kind() {
            return kind;
        }

        /** The name on the command line and in results. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The same run on something that should carry less. */
    public enum Control {
        /** A twin of the model with random weights. */
        UNTRAINED,
        /** The tokens of each sequence in random order. */
        SHUFFLED;

        /** The name on the command line and in results. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Overrides of the protocol; 0 leaves what it prescribes.
     *
     * @param epochs most optimiser steps
     * @param batch rows B of a minibatch
     * @param learningRate first learning rate of Adam
     * @param holdout share of the samples kept for evaluation, below 1
     */
    public record Training(int epochs, int batch, double learningRate, double holdout) {
        /** The protocol as it is. */
        public static final Training OF_PROTOCOL = new Training(0, 0, 0, 0);

        /** Checks the ranges. */
        public Training {
            require(epochs >= 0, "--epochs is at least 1");
            require(batch == 0 || batch >= 2, "--batch is at least 2");
            require(learningRate >= 0 && learningRate < 1, "--learning-rate lies between 0 and 1");
            require(holdout >= 0 && holdout < 1, "--holdout lies between 0 and 1");
        }
    }

    /** Checks the ranges. */
    public MeasureSettings {
        estimators = List.copyOf(estimators);
        noise = noise.stream().sorted().distinct().toList();
        controls = List.copyOf(controls);
        require(!estimators.isEmpty(), "--estimator names at least one");
        require(estimators.stream().distinct().count() == estimators.size(), "--estimator names one twice");
        require(noise.stream().allMatch(s -> s > 0 && Double.isFinite(s)), "--noise levels are positive numbers");
        require(seeds >= 0 && seeds <= 1000, "--seeds lies between 1 and 1000");
        require(segment >= 0, "--segment is at least 1");
        require(prediction >= PREDICTION_OFF, "--prediction is off or at least 1");
        require(draws >= 2, "draws are at least 2");
        require(layers.kind() != Selection.Kind.LAST, "--layers is all or a list");
        for (Estimator estimator : estimators) {
            require(
                    protocol == Protocol.STANDARD
                            || estimator.kind() != EstimatorKind.CRITIC
                            || estimator == Estimator.DV,
                    "--estimator " + estimator.label()
                            + " is read from the critics of --protocol standard; the published"
                            + " protocol has dv alone");
        }
        require(
                !estimators.contains(Estimator.INFONCE)
                        || training.holdout() == 0
                        || training.holdout() >= 0.01 && training.holdout() <= 0.5,
                "--holdout lies between 0.01 and 0.5 for infonce");
    }

    private static void require(boolean condition, String sentence) {
        if (!condition) {
            throw new IllegalArgumentException(sentence);
        }
    }

    /** Independent critics per estimate, the protocol's own number filled in. */
    public int critics() {
        return seeds > 0 ? seeds : protocol == Protocol.PAPER ? 1 : 3;
    }

    /** Those of a kind, in the order of the result. */
    public List<Estimator> estimators(EstimatorKind kind) {
        return estimators.stream().filter(estimator -> estimator.kind() == kind).toList();
    }

    /** How critics are trained: the protocol with its overrides. */
    public CriticSettings criticSettings() {
        CriticSettings own = protocol == Protocol.PAPER ? CriticSettings.paper() : CriticSettings.standard();
        own = own.withCritics(critics());
        own = training.epochs() > 0 ? own.withSteps(training.epochs()) : own;
        own = training.batch() > 0 ? own.withBatch(training.batch()) : own;
        own = training.learningRate() > 0 ? own.withLearningRate(training.learningRate()) : own;
        return training.holdout() > 0 ? own.withHoldout(training.holdout()) : own;
    }

    /** How one separable critic of rows is trained: its own way with the overrides. */
    HeldOutSettings rowCriticSettings() {
        HeldOutSettings own = HeldOutSettings.standard().withCritics(1);
        own = training.epochs() > 0 ? own.withSteps(training.epochs()) : own;
        own = training.batch() > 0 ? own.withBatch(training.batch()) : own;
        own = training.learningRate() > 0 ? own.withLearningRate(training.learningRate()) : own;
        return training.holdout() > 0 ? own.withHoldout(training.holdout()) : own;
    }

    /**
     * Every option that can change a number with its value, by its name on the command line, for provenance and for the
     * comparison on resuming. Values are strings, numbers, booleans and lists of them.
     */
    public Map<String, Object> asOptions() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("layers", layers.toString());
        options.put("positions", positions.toString());
        options.put("protocol", protocol.label());
        options.put("estimator", estimators.stream().map(Estimator::label).toList());
        options.put("noise", noise);
        options.put("seeds", critics());
        CriticSettings critic = criticSettings();
        options.put("epochs", critic.steps());
        options.put("batch", critic.batch() == 0 ? null : critic.batch());
        options.put("learning-rate", critic.learningRate());
        options.put("holdout", critic.holdout());
        options.put("controls", controls.stream().map(Control::label).toList());
        options.put("segment", segment == 0 ? null : segment);
        options.put("draws", draws);
        for (Estimator estimator : estimators(EstimatorKind.ROWS)) {
            options.put("rows-" + estimator.label(), SampleRows.most(estimator));
        }
        options.put("bos", bos);
        options.put("seed", seed);
        return options;
    }

    /** The defaults of the command line. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; unset ones keep the defaults of the command line. */
    public static final class Builder {
        private Selection layers = Selection.ALL;
        private Selection positions = Selection.LAST;
        private Protocol protocol = Protocol.STANDARD;
        private List<Estimator> estimators = List.of(Estimator.DV, Estimator.RESOLUTION);
        private List<Double> noise = List.of();
        private int seeds;
        private Training training = Training.OF_PROTOCOL;
        private final List<Control> controls = new ArrayList<>();
        private int segment;
        private boolean bos;
        private int draws = 2048;
        private int prediction = PREDICTION_BY_RULE;
        private long seed;

        private Builder() {}

        /** Blocks to estimate; all by default. */
        public Builder layers(Selection value) {
            layers = value;
            return this;
        }

        /** Ends of the macro sequence; the last position by default. */
        public Builder positions(Selection value) {
            positions = value;
            return this;
        }

        /** How critics are trained; standard by default. */
        public Builder protocol(Protocol value) {
            protocol = value;
            return this;
        }

        /** Estimators in the order of the result; dv and resolution by default. */
        public Builder estimators(List<Estimator> value) {
            estimators = value;
            return this;
        }

        /** Noise levels of the resolution estimator; empty for the standard grid. */
        public Builder noise(List<Double> value) {
            noise = value;
            return this;
        }

        /** Critics per estimate; 0 for the protocol's own number. */
        public Builder seeds(int value) {
            seeds = value;
            return this;
        }

        /** Overrides of the protocol. */
        public Builder training(Training value) {
            training = value;
            return this;
        }

        /** Adds a control. */
        public Builder control(Control value) {
            if (!controls.contains(value)) {
                controls.add(value);
            }
            return this;
        }

        /** Width of slices of dimensions with a critic each; 0 for off. */
        public Builder segment(int value) {
            segment = value;
            return this;
        }

        /** Whether position 0 holds the beginning-of-sequence token. */
        public Builder bos(boolean value) {
            bos = value;
            return this;
        }

        /** Noisy draws R of the resolution estimator; 2,048 by default. */
        public Builder draws(int value) {
            draws = value;
            return this;
        }

        /** Sequences whose next tokens are predicted; {@link #PREDICTION_BY_RULE} by default. */
        public Builder prediction(int value) {
            prediction = value;
            return this;
        }

        /** Everything random follows from it; 0 by default. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException naming the option that is out of range
         */
        public MeasureSettings build() {
            return new MeasureSettings(
                    layers,
                    positions,
                    protocol,
                    estimators,
                    noise,
                    seeds,
                    training,
                    controls,
                    segment,
                    bos,
                    draws,
                    prediction,
                    seed);
        }
    }
}
