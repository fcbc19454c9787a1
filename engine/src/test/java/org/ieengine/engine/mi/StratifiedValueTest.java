package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stratified value against float64 goldens, and its bound for any critic and any sample of pairs. */
class StratifiedValueTest {
    private record Table(double[] counts, double[] critic, int across, PairSymbols symbols) {
        static Table of(StoredArrays golden, String name) {
            double[] counts = golden.doubles(name + ".counts");
            int across = name.equals("general") ? 8 : 12;
            List<int[]> cells = new ArrayList<>();
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] > 0) {
                    cells.add(new int[] {i / across, i % across});
                }
            }
            PairSymbols symbols = new PairSymbols(
                    cells.stream().mapToInt(c -> c[0]).toArray(),
                    cells.stream().mapToInt(c -> c[1]).toArray(),
                    new int[0],
                    cells.stream()
                            .mapToDouble(c -> counts[c[0] * across + c[1]])
                            .toArray());
            return new Table(counts, golden.doubles(name + ".critic"), across, symbols);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"one-to-one-uniform", "one-to-one-counts", "many-y-per-x", "general"})
    void agreesWithTheStoredValuesAndTheBestCriticReachesThePlugIn(String name) {
        StoredArrays golden = StoredArrays.open("estimators/stratified");
        Table table = Table.of(golden, name);
        PairLaw law = new PairLaw(table.symbols);
        assertThat(table.symbols.ceiling().bits()).isCloseTo(golden.doubles(name + ".plug_in_bits")[0], within(1e-12));
        assertThat(law.sameMass() + law.otherMass())
                .isCloseTo(golden.doubles(name + ".unmatched_mass")[0], within(1e-12));
        StratifiedValue value = new StratifiedValue(law);
        StratifiedValue best = new StratifiedValue(law);
        double total = 0;
        for (double c : table.counts) {
            total += c;
        }
        double[] px = table.symbols.masses(table.symbols.x());
        double[] py = table.symbols.masses(table.symbols.y());
        int row = 0;
        for (int i = 0; i < table.counts.length; i++) {
            double product = px[i / table.across] * py[i % table.across] / total / total;
            if (table.counts[i] > 0) {
                value.addOwn(row, table.critic[i]);
                best.addOwn(row, Math.log(table.counts[i] / total / product));
                row++;
            } else {
                value.addUnmatched(false, product, table.critic[i]);
                best.addUnmatched(false, product, -1000);
            }
        }
        assertThat(value.bits()).isCloseTo(golden.doubles(name + ".value_bits")[0], within(1e-12));
        assertThat(best.bits()).isCloseTo(table.symbols.ceiling().bits(), within(1e-12));
    }

    @Test
    void noScoresReadAboveThePlugInValue() {
        Philox stream = new Philox(11, 0, 0, 0, 0);
        long at = 0;
        for (int trial = 0; trial < 300; trial++) {
            int n = 2 + stream.below(40, at++);
            boolean grouped = trial % 2 == 0;
            int[] group = new int[grouped ? n : 0];
            double[] weight = new double[n];
            int[] x = new int[n];
            int[] y = new int[n];
            for (int i = 0; i < n; i++) {
                weight[i] = 1 + stream.below(9, at++);
                x[i] = trial % 3 == 0 ? i / 2 : i;
                y[i] = trial % 3 == 1 ? i / 3 * 3 + i % 3 : i;
                if (grouped) {
                    group[i] = stream.below(4, at++);
                }
            }
            PairSymbols symbols = new PairSymbols(x, y, group, weight);
            PairLaw law = new PairLaw(symbols);
            int[] rows = IntStream.range(0, n).toArray();
            int[] order = RunOrder.of(rows, law, 4, new Philox(trial, 1, 0, 0, 0));
            assertThat(order).containsExactlyInAnyOrder(rows);
            StratifiedPairs pairs = StratifiedPairs.draw(order, law, 1 + trial % 5, new Philox(trial, 0, 0, 0, 0));
            double[] scores = new double[pairs.size()];
            double scale = Math.pow(10, trial % 7 - 2);
            for (int i = 0; i < scores.length; i++) {
                double bonus = i < n ? scale * 3 * (trial % 4) : 0;
                scores[i] = scale * stream.normal(at++) + bonus;
            }
            StratifiedValue value = new StratifiedValue(law);
            value.add(order, pairs, scores);
            assertThat(value.bits()).isLessThanOrEqualTo(symbols.ceiling().bits() + 1e-9 * (1 + scale));
        }
    }

    @Test
    void strataHaveTheMassesOfTheProduct() {
        int n = 30;
        int[] group = IntStream.range(0, n).map(i -> i % 4).toArray();
        double[] weight = IntStream.range(0, n).mapToDouble(i -> 1 + i % 3).toArray();
        PairLaw law = new PairLaw(PairSymbols.oneToOne(group, weight));
        double same = 0;
        double other = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double product = law.probability(i) * law.probability(j);
                same += i != j && group[i] == group[j] ? product : 0;
                other += group[i] != group[j] ? product : 0;
            }
        }
        assertThat(law.sameMass()).isCloseTo(same, within(1e-12));
        assertThat(law.otherMass()).isCloseTo(other, within(1e-12));
    }

    @Test
    void unmatchedMeansAreUnbiasedForUnequalWeights() {
        int n = 24;
        int[] group = IntStream.range(0, n).map(i -> i % 3).toArray();
        double[] weight = IntStream.range(0, n).mapToDouble(i -> 1 + i % 5).toArray();
        PairLaw law = new PairLaw(PairSymbols.oneToOne(group, weight));
        double[] exact = new double[2];
        double[] mass = new double[2];
        double[] sampled = new double[2];
        double[] drawn = new double[2];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (i != j) {
                    int stratum = group[i] == group[j] ? 0 : 1;
                    exact[stratum] += law.probability(i) * law.probability(j) * Math.sin(3 * i + j);
                    mass[stratum] += law.probability(i) * law.probability(j);
                }
            }
        }
        int[] rows = IntStream.range(0, n).toArray();
        for (int trial = 0; trial < 4000; trial++) {
            int[] order = RunOrder.of(rows, law, 8, new Philox(trial, 0, 0, 0, 0));
            StratifiedPairs pairs = StratifiedPairs.draw(order, law, 2, new Philox(trial, 1, 0, 0, 0));
            for (int k = n; k < pairs.size(); k++) {
                int stratum = k < n + pairs.same() ? 0 : 1;
                double w = pairs.importance()[k];
                sampled[stratum] += w * Math.sin(3 * order[pairs.x()[k]] + order[pairs.y()[k]]);
                drawn[stratum] += w;
            }
        }
        for (int s = 0; s < 2; s++) {
            assertThat(sampled[s] / drawn[s]).isCloseTo(exact[s] / mass[s], within(0.02));
        }
    }
}
