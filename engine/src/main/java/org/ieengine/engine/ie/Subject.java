package org.ieengine.engine.ie;

import java.util.List;
import java.util.stream.Stream;
import org.ieengine.engine.model.PrefixTree;

/**
 * Who is measured: the model on the sequences, or one of the controls.
 *
 * @param control name of the control; empty for the model itself
 * @param sequences distinct prefixes of the sequences
 * @param pairs which states are paired, and the tokens fed alone
 * @param exact exact information of these sequences
 * @param grid blocks and positions wanted
 * @param nextTokens the next tokens that are predicted; null for none
 */
record Subject(
        String control,
        PrefixTree sequences,
        PairSource pairs,
        ExactInformation exact,
        Grid grid,
        NextTokens nextTokens) {
    /** Blocks that something is computed of, ascending: those wanted and, where next tokens are predicted, the last one. */
    List<Integer> layers() {
        Stream<Integer> last = nextTokens == null ? Stream.empty() : Stream.of(nextTokens.lastLayer());
        return Stream.concat(grid.layers().stream(), last).distinct().sorted().toList();
    }

    /**
     * What is wanted of each subject.
     *
     * @param layers blocks, ascending
     * @param positions ends of the macro sequence, ascending
     * @param noise noise levels, ascending; empty when resolution is not asked for
     * @param segments slices of dimensions with a critic each; one for all of them as a rule
     */
    record Grid(List<Integer> layers, List<Integer> positions, double[] noise, List<Segment> segments) {
        /** The greatest position whose micro term is needed. */
        int lastPosition() {
            return positions.get(positions.size() - 1);
        }

        /** Indices of the states before and after the blocks, ascending. */
        List<Integer> states() {
            return layers.stream()
                    .flatMap(layer -> Stream.of(layer, layer + 1))
                    .distinct()
                    .sorted()
                    .toList();
        }

        /** The leading noise level: the middle one. */
        double leadingNoise() {
            return noise[noise.length / 2];
        }

        /** Index of a slice in keys: -1 when one critic sees all dimensions. */
        int key(int segment) {
            return segments.size() == 1 && segments.get(0).whole() ? -1 : segment;
        }
    }

    /**
     * A slice of dimensions.
     *
     * @param first first dimension
     * @param width number of dimensions
     * @param whole whether these are all dimensions of the states, or the published cut of them
     */
    record Segment(int first, int width, boolean whole) {}
}
