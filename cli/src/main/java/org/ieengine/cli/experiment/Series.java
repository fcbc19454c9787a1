package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.ieengine.cli.output.Figures;

/** Values that belong together, for sentences about them. Values that are not finite are left out. */
final class Series {
    private final double[] values;

    Series(double... values) {
        this.values = Arrays.stream(values).filter(Double::isFinite).toArray();
    }

    static Series of(List<Double> values) {
        return new Series(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    boolean isEmpty() {
        return values.length == 0;
    }

    double least() {
        return Arrays.stream(values).min().orElse(Double.NaN);
    }

    double most() {
        return Arrays.stream(values).max().orElse(Double.NaN);
    }

    double mean() {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /** Smallest and largest in bits: {@code 2.31 to 4.02}. */
    String bits() {
        return range(Figures.bits(least()), Figures.bits(most()));
    }

    /** Smallest and largest share in percent. */
    String percent() {
        return range(Figures.percent(least()), Figures.percent(most()));
    }

    private static String range(String least, String most) {
        return least.equals(most) ? least : least + " to " + most;
    }

    /**
     * Pearson's correlation of two curves over the places where both have a value.
     *
     * @return NaN for fewer than three such places or a curve that does not move
     */
    static double correlation(List<Double> first, List<Double> second) {
        List<double[]> pairs = new ArrayList<>();
        for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
            if (Double.isFinite(first.get(i)) && Double.isFinite(second.get(i))) {
                pairs.add(new double[] {first.get(i), second.get(i)});
            }
        }
        if (pairs.size() < 3) {
            return Double.NaN;
        }
        double[] means = {mean(pairs, 0), mean(pairs, 1)};
        double[] squares = {0, 0};
        double product = 0;
        for (double[] pair : pairs) {
            product += (pair[0] - means[0]) * (pair[1] - means[1]);
            for (int i = 0; i < 2; i++) {
                squares[i] += Math.pow(pair[i] - means[i], 2);
            }
        }
        DoubleUnaryOperator still = sum -> sum < 1e-18 ? Double.NaN : Math.sqrt(sum);
        return product / (still.applyAsDouble(squares[0]) * still.applyAsDouble(squares[1]));
    }

    private static double mean(List<double[]> pairs, int index) {
        return pairs.stream().mapToDouble(pair -> pair[index]).average().orElse(Double.NaN);
    }
}
