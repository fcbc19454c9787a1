package org.ieengine.bench.tables;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.bench.PlainMine;
import org.ieengine.bench.tasks.SymbolStates;
import org.ieengine.engine.mi.CriticProtocol;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.MiEstimate;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousInformation;
import org.ieengine.engine.mi.continuous.Gaussian;
import org.ieengine.engine.mi.continuous.HeldOutSettings;
import org.ieengine.engine.mi.continuous.InfoNce;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Backend;

/** The estimators of the tables: the one place where a new one is entered. */
final class TableEstimators {
    /** Most samples on which the published protocol is run: its 10,000 epochs take 2 N row passes each. */
    private static final int MOST_OF_PAPER = 3_000;

    private final Backend backend;

    /** With critics on the given backend. */
    TableEstimators(Backend backend) {
        this.backend = backend;
    }

    /** Columns for samples of continuous variables: parts beyond-normal, gaussians and activations. */
    List<TableEstimator<SamplePairs>> continuous() {
        List<TableEstimator<SamplePairs>> entries = new ArrayList<>();
        int few = ContinuousInformation.MOST_NEIGHBOUR_COLUMNS;
        entries.add(new TableEstimator<>(
                List.of("copula", "ksg", "dv", "nwj", "smile", "auto"),
                task -> task.dimensions() <= few,
                (pairs, seed, listener) ->
                        recommended(List.of("copula", "ksg", "dv", "nwj", "smile"), pairs, seed, listener)));
        entries.add(new TableEstimator<>(
                List.of("copula", "dv", "nwj", "smile", "auto"),
                task -> task.dimensions() > few,
                (pairs, seed, listener) ->
                        recommended(List.of("copula", "dv", "nwj", "smile"), pairs, seed, listener)));
        entries.add(TableEstimator.of(Gaussian.ofValues()));
        entries.add(TableEstimator.of(new InfoNce(backend, heldOut())));
        entries.add(TableEstimator.of(new PlainMine(PlainMine.Settings.published())));
        return entries;
    }

    /** One critic: the tables spread over seeds of their own. */
    private static HeldOutSettings heldOut() {
        return HeldOutSettings.standard().withCritics(1);
    }

    /** What is read from one training and what it is compared with; at last the one to believe under the name auto. */
    private List<ContinuousEstimate> recommended(
            List<String> asked, SamplePairs pairs, long seed, TrainingListener listener) {
        ContinuousInformation.Answer answer = new ContinuousInformation(
                        backend, new ContinuousInformation.Options(asked, 3, heldOut()))
                .estimate(pairs, seed, listener);
        List<ContinuousEstimate> estimates = new ArrayList<>(answer.estimates());
        ContinuousEstimate believed = estimates.stream()
                .filter(e -> e.estimator().equals(answer.recommendation().estimator()))
                .findFirst()
                .orElseThrow();
        double seconds = estimates.stream()
                .filter(e -> List.of("copula", "ksg", "dv").contains(e.estimator()))
                .mapToDouble(ContinuousEstimate::seconds)
                .sum();
        estimates.add(new ContinuousEstimate(
                "auto",
                believed.bits(),
                believed.sd(),
                believed.interval(),
                believed.ceilingBits(),
                believed.heldOutBits(),
                believed.rowPasses(),
                seconds,
                List.of("takes " + believed.estimator() + ": "
                        + answer.recommendation().reason())));
        return estimates;
    }

    /** Columns of part growth on samples of continuous variables: those of {@link #continuous()} and variants of their K. */
    List<TableEstimator<SamplePairs>> continuousGrowth() {
        return continuous();
    }

    /** Columns for states that stand for symbols. */
    List<TableEstimator<SymbolStates>> symbols() {
        List<TableEstimator<SymbolStates>> entries = new ArrayList<>();
        entries.add(standardCritics());
        entries.add(protocol("paper", new PaperProtocol(backend, CriticSettings.paper()))
                .where(task -> task.samples() <= MOST_OF_PAPER));
        return entries;
    }

    /** Columns of part growth on symbols: the standard protocol with K = 1, 2 and 4 unmatched pairs a row. */
    List<TableEstimator<SymbolStates>> symbolGrowth() {
        List<TableEstimator<SymbolStates>> entries = new ArrayList<>();
        for (int k : new int[] {1, 2, 4}) {
            entries.add(protocol("dv K=" + k, new StandardProtocol(backend, withPairings(standard(), k))));
        }
        return entries;
    }

    /** One critic: the tables spread over seeds of their own. */
    private static CriticSettings standard() {
        return CriticSettings.standard().withCritics(1);
    }

    private static CriticSettings withPairings(CriticSettings s, int pairings) {
        return new CriticSettings(
                s.widths(),
                s.critics(),
                s.steps(),
                s.batch(),
                s.learningRate(),
                s.holdout(),
                pairings,
                s.evaluationPairings(),
                s.stopShare());
    }

    /** What is read from the critics of one training by the standard protocol. */
    private TableEstimator<SymbolStates> standardCritics() {
        List<String> names = StandardProtocol.estimators();
        return new TableEstimator<>(names, task -> true, (states, seed, listener) -> {
            PairedStates pairs = states.on(backend);
            try {
                long started = System.nanoTime();
                List<MiEstimate> estimates = new StandardProtocol(backend, standard())
                        .estimates(names, pairs, new EstimateContext(seed, 0, 0), listener);
                double seconds = (System.nanoTime() - started) / 1e9;
                return estimates.stream()
                        .map(e -> estimate(e.estimator(), e, seconds))
                        .toList();
            } finally {
                pairs.x().close();
                pairs.y().close();
            }
        });
    }

    private TableEstimator<SymbolStates> protocol(String name, CriticProtocol protocol) {
        return new TableEstimator<>(List.of(name), task -> true, (states, seed, listener) -> {
            PairedStates pairs = states.on(backend);
            try {
                return List.of(estimate(name, protocol, pairs, new Keyed(seed, listener)));
            } finally {
                pairs.x().close();
                pairs.y().close();
            }
        });
    }

    private record Keyed(long seed, TrainingListener listener) {}

    private static ContinuousEstimate estimate(String name, CriticProtocol protocol, PairedStates pairs, Keyed keyed) {
        long started = System.nanoTime();
        MiEstimate estimate = protocol.estimate(pairs, new EstimateContext(keyed.seed, 0, 0), keyed.listener);
        return estimate(name, estimate, (System.nanoTime() - started) / 1e9);
    }

    private static ContinuousEstimate estimate(String name, MiEstimate estimate, double seconds) {
        double heldOut = estimate.seeds().stream()
                .mapToDouble(SeedEstimate::heldOutBits)
                .average()
                .orElse(Double.NaN);
        return new ContinuousEstimate(
                name,
                estimate.bits(),
                estimate.sd(),
                ContinuousEstimate.Interval.NONE,
                estimate.ceiling().bits(),
                heldOut,
                estimate.rowPasses(),
                seconds,
                estimate.warnings());
    }
}
