package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.verb.PairSettings.Kind;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.Bound;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousEstimator;
import org.ieengine.engine.mi.continuous.ContinuousInformation;
import org.ieengine.engine.mi.continuous.Gaussian;
import org.ieengine.engine.mi.continuous.HeldOutCritics;
import org.ieengine.engine.mi.continuous.InfoNce;
import org.ieengine.engine.mi.continuous.Ksg;
import org.ieengine.engine.mi.continuous.Recommendation;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.mi.continuous.SelfConsistency;
import org.ieengine.engine.tensor.Backend;

/** Makes the estimates that {@code mi} was asked for, beside them what is read where the truth is zero, and checks laws. */
final class PairEstimates {
    private final PairSettings settings;
    private final Kind kind;
    private final Backend backend;
    private final PairProgress progress;
    private final SymbolEstimates ofSymbols;

    PairEstimates(PairSettings settings, Kind kind, Backend backend, PairProgress progress) {
        this.settings = settings;
        this.kind = kind;
        this.backend = backend;
        this.progress = progress;
        this.ofSymbols = new SymbolEstimates(backend, settings);
    }

    /**
     * Estimates.
     *
     * @param decision why the rows are of this kind
     * @param warnings known so far; more are added
     */
    PairAnswer answer(RowPairs rows, String decision, List<String> warnings) {
        List<String> names = settings.estimatorsFor(kind);
        if (rows.x().constant() || rows.y().constant()) {
            Recommendation known = settings.auto()
                    ? new Recommendation(names.get(0), "x or y is constant: nothing can be learned")
                    : null;
            return new PairAnswer(
                    kind, decision, rows, nothing(rows, names), known, settings.check() ? List.of() : null, warnings);
        }
        List<String> symbolNames = names.stream()
                .filter(name -> PairSettings.ofSymbols(name, kind))
                .toList();
        List<String> sampleNames = names.stream()
                .filter(name -> !PairSettings.ofSymbols(name, kind))
                .toList();
        SamplePairs samples = sampleNames.isEmpty() ? null : RowSamples.of(rows.x(), rows.y());
        warnOfRepeats(rows, sampleNames, warnings);

        Map<String, List<EstimateRow>> found = new LinkedHashMap<>(
                ofSymbols.estimate(rows, symbolNames, progress.of(String.join(", ", symbolNames)), warnings));
        Recommendation recommendation = null;
        List<String> order = names;
        if (samples != null) {
            ContinuousInformation.Answer answer = information(settings.auto() ? List.of() : sampleNames)
                    .estimate(samples, settings.seed(), progress.of(String.join(", ", sampleNames)));
            recommendation = answer.recommendation();
            if (settings.auto()) {
                order = answer.estimates().stream()
                        .map(ContinuousEstimate::estimator)
                        .toList();
            }
            for (ContinuousEstimate estimate : answer.estimates()) {
                found.put(estimate.estimator(), List.of(EstimateRow.of(estimate)));
                estimate.warnings().forEach(text -> warnings.add(estimate.estimator() + ": " + text));
            }
        }
        List<EstimateRow> estimates = new ArrayList<>(
                order.stream().flatMap(name -> found.get(name).stream()).toList());
        List<String> believed = settings.auto() ? List.of(order.get(0)) : names;
        if (settings.nulls() > 0) {
            addNulls(estimates, rows, samples, believed);
        }
        List<CheckedLaw> laws = null;
        if (settings.check()) {
            laws = laws(samples, believed.stream().filter(sampleNames::contains).toList(), warnings);
        }
        return new PairAnswer(kind, decision, rows, estimates, recommendation, laws, warnings);
    }

    private ContinuousInformation information(List<String> names) {
        return new ContinuousInformation(backend, settings.options(names));
    }

    private List<EstimateRow> nothing(RowPairs rows, List<String> names) {
        NullValues nulls = settings.nulls() == 0 ? null : NullValues.of(new double[settings.nulls()]);
        List<EstimateRow> zeros = new ArrayList<>();
        for (String name : names) {
            if (name.equals(PairSettings.RESOLUTION)) {
                List<Double> sigmas = settings
                        .resolution()
                        .sigmasFor(rows.x().rows().columns())
                        .stream()
                        .sorted()
                        .toList();
                double leading = sigmas.get(sigmas.size() / 2);
                zeros.add(EstimateRow.zero(name, null, leading).with(nulls));
                sigmas.stream()
                        .filter(sigma -> sigma != leading)
                        .forEach(sigma ->
                                zeros.add(EstimateRow.zero(name, null, sigma).with(nulls)));
            } else {
                zeros.add(EstimateRow.zero(name, protocol(name), Double.NaN).with(nulls));
            }
        }
        return zeros;
    }

    private String protocol(String name) {
        if (PairSettings.ofSymbols(name, kind)) {
            return settings.paper() ? "paper" : "standard";
        }
        return EstimateRow.protocolOf(name);
    }

    private void warnOfRepeats(RowPairs rows, List<String> sampleNames, List<String> warnings) {
        if (kind == Kind.CONTINUOUS) {
            for (RowSymbols side : List.of(rows.x(), rows.y())) {
                if (side.repeated() >= MutualInformation.REPEATED_SHARE) {
                    warnings.add(side.rows().name() + " repeats " + Figures.percent(side.repeated())
                            + " of its rows, which are taken for measured values: their order and distances count");
                }
            }
        } else if (!sampleNames.isEmpty()
                && (rows.x().repeated() > 0 || rows.y().repeated() > 0)) {
            warnings.add(String.join(", ", sampleNames)
                    + ": made for continuous data, and here rows repeat; dv and resolution are made for that");
        }
    }

    /** Replaces the estimates by ones that know what is read where the truth is zero. */
    private void addNulls(List<EstimateRow> estimates, RowPairs rows, SamplePairs samples, List<String> names) {
        List<String> symbolNames = names.stream()
                .filter(name -> PairSettings.ofSymbols(name, kind))
                .toList();
        List<String> sampleNames = names.stream()
                .filter(name -> !PairSettings.ofSymbols(name, kind))
                .toList();
        int runs = settings.nulls();
        double[][] bits = new double[estimates.size()][runs];
        for (int run = 0; run < runs; run++) {
            progress.stopWhenInterrupted();
            TrainingListener listener = progress.of(
                    "random pairing " + (run + 1) + " of " + Figures.count(runs) + ": " + String.join(", ", names));
            List<EstimateRow> found = new ArrayList<>();
            if (!symbolNames.isEmpty()) {
                RowPairs shuffled = RowPairs.shuffled(rows.x(), rows.y(), settings.seed(), run);
                ofSymbols
                        .estimate(shuffled, symbolNames, listener, new ArrayList<>())
                        .values()
                        .forEach(found::addAll);
            }
            if (!sampleNames.isEmpty()) {
                SamplePairs shuffled = ContinuousInformation.shuffled(samples, settings.seed(), run);
                information(sampleNames).estimate(shuffled, settings.seed(), listener).estimates().stream()
                        .map(EstimateRow::of)
                        .forEach(found::add);
            }
            for (EstimateRow row : found) {
                for (int i = 0; i < estimates.size(); i++) {
                    if (row.alike(estimates.get(i))) {
                        bits[i][run] = row.bits();
                    }
                }
            }
        }
        for (int i = 0; i < bits.length; i++) {
            EstimateRow row = estimates.get(i);
            if (names.contains(row.estimator())) {
                estimates.set(i, row.with(NullValues.of(bits[i])));
            }
        }
    }

    private List<CheckedLaw> laws(SamplePairs samples, List<String> names, List<String> warnings) {
        List<CheckedLaw> laws = new ArrayList<>();
        for (String name : names) {
            new SelfConsistency(estimator(name))
                    .check(samples, settings.seed(), progress.of("checks of " + name))
                    .forEach(law -> laws.add(new CheckedLaw(name, law)));
        }
        for (CheckedLaw checked : laws) {
            SelfConsistency.Law law = checked.law();
            if (!law.holds()) {
                warnings.add(checked.estimator() + " does not keep the law '" + law.name() + "' (" + law.statement()
                        + "): expected " + Figures.bits(law.expectedBits()) + ", read " + Figures.bits(law.readBits())
                        + " bits");
            }
        }
        return laws;
    }

    private ContinuousEstimator estimator(String name) {
        ContinuousInformation.Options options = settings.options(List.of(name));
        return switch (name) {
            case "gaussian" -> Gaussian.ofValues();
            case "copula" -> Gaussian.ofNormalScores();
            case "ksg" -> new Ksg(options.neighbours(), Ksg.Margins.NORMAL_SCORES);
            case "infonce" -> new InfoNce(backend, options.critics());
            default -> new HeldOutCritics(backend, options.critics()).reading(bound(name));
        };
    }

    private static Bound bound(String name) {
        for (Bound bound : Bound.values()) {
            if (bound.label().equals(name)) {
                return bound;
            }
        }
        throw new IllegalArgumentException("no bound is called " + name);
    }
}
