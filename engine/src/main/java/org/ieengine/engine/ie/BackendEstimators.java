package org.ieengine.engine.ie;

import java.util.List;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;

/** The estimators of the settings on a backend. */
final class BackendEstimators implements Estimators {
    BackendEstimators(MeasureSettings settings, Backend backend) {}

    @Override
    public SeedEstimate critic(PairedStates pairs, EstimateContext context, int critic, TrainingListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public PooledEstimate pooledCritic(
            PairedStates pairs, List<double[]> weights, EstimateContext context, Critic critic) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ResolutionEstimate resolution(PairedStates pairs, TrainingListener listener) {
        throw new UnsupportedOperationException();
    }
}
