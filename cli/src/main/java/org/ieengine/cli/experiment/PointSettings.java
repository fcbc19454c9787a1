package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.Selection;

/**
 * How the points of an experiment are measured.
 *
 * @param base blocks, noise, prediction, seeds, controls and seed that all points share
 * @param critics where critics are trained
 */
public record PointSettings(MeasureSettings base, Critics critics) {
    /** Where critics are trained. */
    public enum Critics {
        /** At three blocks, and at three of the positions or points of the horizontal axis. */
        THREE,
        /** Everywhere. */
        ALL,
        /** Nowhere. */
        NONE
    }

    /** Settings of a measurement without critics at these positions. */
    MeasureSettings exact(Selection positions) {
        MeasureSettings.Builder builder = MeasureSettings.builder()
                .layers(base.layers())
                .positions(positions)
                .estimators(List.of(Estimator.RESOLUTION))
                .noise(base.noise())
                .prediction(base.prediction())
                .bos(base.bos())
                .seed(base.seed());
        base.controls().forEach(builder::control);
        return builder.build();
    }

    /**
     * Settings of a measurement with critics at these positions; null where none are wanted.
     *
     * @param layers number of blocks of the model
     */
    MeasureSettings critic(List<Integer> positions, int layers) {
        if (critics == Critics.NONE) {
            return null;
        }
        List<Integer> blocks = base.layers().resolve(layers, "--layers: block");
        return MeasureSettings.builder()
                .layers(Selection.of(critics == Critics.ALL ? blocks : threeBlocks(blocks)))
                .positions(Selection.of(positions))
                .estimators(List.of(Estimator.DV))
                .prediction(MeasureSettings.PREDICTION_OFF)
                .seeds(base.critics())
                .bos(base.bos())
                .seed(base.seed())
                .build();
    }

    /** First, middle and last of the blocks; block 0, whose input knows only its own token, where there is nothing else. */
    static List<Integer> threeBlocks(List<Integer> blocks) {
        List<Integer> later = blocks.stream().filter(block -> block > 0).toList();
        return three(later.isEmpty() ? blocks : later);
    }

    /** First, middle and last; all where there are no more than three. */
    static <T> List<T> three(List<T> all) {
        TreeSet<Integer> chosen = new TreeSet<>(List.of(0, all.size() / 2, all.size() - 1));
        List<T> three = new ArrayList<>();
        chosen.forEach(index -> three.add(all.get(index)));
        return three;
    }

    /** Three positions of a sequence of {@code tokens}: about a quarter, the half and the last; never the first, where IE is 0. */
    static List<Integer> threePositions(int tokens) {
        if (tokens == 1) {
            return List.of(0);
        }
        TreeSet<Integer> chosen = new TreeSet<>(List.of(Math.max(1, tokens / 4), Math.max(1, tokens / 2), tokens - 1));
        return List.copyOf(chosen);
    }
}
