package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.MiEstimate;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.mi.Resolution;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/** Estimators of discrete data: critics of the distinct pairs, and resolution. */
final class SymbolEstimates {
    private final Backend backend;
    private final PairSettings settings;

    SymbolEstimates(Backend backend, PairSettings settings) {
        this.backend = backend;
        this.settings = settings;
    }

    /**
     * Estimates by each of several estimators.
     *
     * @param names some of dv, nwj, smile and resolution; of the published protocol dv alone is a critic's
     * @param warnings takes what the user should know
     * @return rows by name; resolution has one for each noise level, the leading one first
     */
    Map<String, List<EstimateRow>> estimate(
            RowPairs rows, List<String> names, TrainingListener listener, List<String> warnings) {
        Map<String, List<EstimateRow>> found = new LinkedHashMap<>();
        if (names.isEmpty()) {
            return found;
        }
        try (Tensor x = rows.xStates(backend);
                Tensor y = rows.yStates(backend)) {
            PairedStates states = new PairedStates(x, y, rows.pairs());
            List<String> critics = names.stream()
                    .filter(name -> !name.equals(PairSettings.RESOLUTION))
                    .toList();
            for (MiEstimate estimate : critics.isEmpty() ? List.<MiEstimate>of() : critics(states, critics, listener)) {
                found.put(estimate.estimator(), List.of(EstimateRow.of(estimate)));
                warn(estimate, warnings);
            }
            if (names.contains(PairSettings.RESOLUTION)) {
                found.put(PairSettings.RESOLUTION, resolution(states, listener));
            }
        }
        return found;
    }

    /** What is read from one training of critics. */
    private List<MiEstimate> critics(PairedStates states, List<String> names, TrainingListener listener) {
        EstimateContext context = new EstimateContext(settings.seed(), 0, 0);
        return settings.paper()
                ? List.of(new PaperProtocol(backend, settings.critics()).estimate(states, context, listener))
                : new StandardProtocol(backend, settings.critics()).estimates(names, states, context, listener);
    }

    private static void warn(MiEstimate estimate, List<String> warnings) {
        warnings.addAll(estimate.warnings());
        if (estimate.aboveCeiling()) {
            warnings.add(estimate.estimator() + " (" + estimate.protocol()
                    + ") reads above the exact value of the symbols, "
                    + Figures.bits(estimate.ceiling().bits()) + " bits: it cannot be right");
        }
    }

    private List<EstimateRow> resolution(PairedStates states, TrainingListener listener) {
        try (Resolution estimator = new Resolution(backend, settings.resolution())) {
            ResolutionEstimate estimate = estimator.estimate(states, listener);
            List<EstimateRow> rows = new ArrayList<>();
            rows.add(EstimateRow.of(estimate, estimate.leading()));
            estimate.levels().stream()
                    .filter(level -> level != estimate.leading())
                    .forEach(level -> rows.add(EstimateRow.of(estimate, level)));
            return rows;
        }
    }
}
