package org.ieengine.engine.mi;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.ieengine.engine.mi.ResolutionEstimate.Quantity;
import org.ieengine.engine.mi.ResolutionEstimate.StateInformation;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSum;

/**
 * Means over the draws from their log-sums. Without noise a term is the pointwise information of its symbol, whose mean is known
 * exactly: it serves as control variate, with the coefficient of least squares. Values are cut off at the ceiling, which they reach
 * but for rounding and the spread of the draws.
 */
final class ResolutionTerms {
    private static final int KINDS = MixtureSum.values().length;
    private static final double LN2 = Math.log(2);

    private final PairSymbols symbols;
    private final int[] draws;
    private final double[] sums;
    private final int levels;
    private final Ceiling ceiling;
    private final double[] p;
    private final double[] px;
    private final double[] py;
    private final double[] q;
    private final double groupBits;

    ResolutionTerms(PairSymbols symbols, int[] draws, double[] sums, int levels) {
        this.symbols = symbols;
        this.draws = draws;
        this.sums = sums;
        this.levels = levels;
        this.ceiling = symbols.ceiling();
        this.p = symbols.probabilities();
        this.px = normalised(symbols.masses(symbols.x()));
        this.py = normalised(symbols.masses(symbols.y()));
        this.q = symbols.group().length == 0 ? new double[0] : normalised(symbols.masses(symbols.group()));
        this.groupBits = -Arrays.stream(q)
                .filter(v -> v > 0)
                .map(v -> v * Math.log(v) / LN2)
                .sum();
    }

    private static double[] normalised(double[] mass) {
        double total = Arrays.stream(mass).sum();
        return Arrays.stream(mass).map(m -> m / total).toArray();
    }

    private double sum(int r, int s, MixtureSum kind) {
        return sums[(r * levels + s) * KINDS + kind.ordinal()];
    }

    /** Term of draw r: MI(x'; symbol), bits. */
    double xTerm(int r, int s) {
        return (sum(r, s, MixtureSum.X_OWN) - sum(r, s, MixtureSum.X)) / LN2;
    }

    /** Term of draw r: MI(y'; symbol), bits. */
    double yTerm(int r, int s) {
        return (sum(r, s, MixtureSum.Y_OWN) - sum(r, s, MixtureSum.Y)) / LN2;
    }

    /** Term of draw r: MI(x'; y'), bits. */
    double blockTerm(int r, int s) {
        return (sum(r, s, MixtureSum.JOINT) - sum(r, s, MixtureSum.X) - sum(r, s, MixtureSum.Y)) / LN2;
    }

    /** Term of draw r: MI(x'; symbol given the group), bits. */
    double xContextTerm(int r, int s) {
        double logGroup = Math.log(q[symbols.group()[draws[r]]]);
        return (sum(r, s, MixtureSum.X_OWN) - sum(r, s, MixtureSum.X_GROUP) + logGroup) / LN2;
    }

    /** Term of draw r: MI(y'; symbol given the group), bits. */
    double yContextTerm(int r, int s) {
        double logGroup = Math.log(q[symbols.group()[draws[r]]]);
        return (sum(r, s, MixtureSum.Y_OWN) - sum(r, s, MixtureSum.Y_GROUP) + logGroup) / LN2;
    }

    Quantity block(int s) {
        return mean(
                r -> blockTerm(r, s),
                n -> Math.log(p[n] / (px[symbols.x()[n]] * py[symbols.y()[n]])) / LN2,
                ceiling.bits());
    }

    StateInformation x(int s) {
        Quantity total = mean(r -> xTerm(r, s), n -> -Math.log(px[symbols.x()[n]]) / LN2, ceiling.xBits());
        return state(total, r -> xContextTerm(r, s), symbols.x(), px, ceiling.xBits());
    }

    StateInformation y(int s) {
        Quantity total = mean(r -> yTerm(r, s), n -> -Math.log(py[symbols.y()[n]]) / LN2, ceiling.yBits());
        return state(total, r -> yContextTerm(r, s), symbols.y(), py, ceiling.yBits());
    }

    private StateInformation state(
            Quantity total, IntToDoubleFunction contextTerm, int[] symbol, double[] mass, double bits) {
        if (q.length == 0) {
            return new StateInformation(total, Double.NaN, Double.NaN);
        }
        Quantity context = mean(
                contextTerm,
                n -> -Math.log(mass[symbol[n]] / q[symbols.group()[n]]) / LN2,
                Math.max(0, bits - groupBits));
        return new StateInformation(total, total.bits() - context.bits(), context.bits());
    }

    private Quantity mean(IntToDoubleFunction term, IntToDoubleFunction control, double known) {
        int count = draws.length;
        double[] terms = IntStream.range(0, count).mapToDouble(term).toArray();
        double[] controls = IntStream.range(0, count)
                .mapToDouble(r -> control.applyAsDouble(draws[r]))
                .toArray();
        double termMean = Arrays.stream(terms).average().orElseThrow();
        double controlMean = Arrays.stream(controls).average().orElseThrow();
        double both = 0;
        double squares = 0;
        for (int r = 0; r < count; r++) {
            both += (terms[r] - termMean) * (controls[r] - controlMean);
            squares += (controls[r] - controlMean) * (controls[r] - controlMean);
        }
        double coefficient = squares > 1e-12 * count ? both / squares : 0;
        double rest = 0;
        for (int r = 0; r < count; r++) {
            double residual = terms[r] - termMean - coefficient * (controls[r] - controlMean);
            rest += residual * residual;
        }
        double value = termMean - coefficient * (controlMean - known);
        return new Quantity(Math.min(value, known), Math.sqrt(rest / (count - 1) / count));
    }
}
