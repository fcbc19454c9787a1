package org.ieengine.engine.ie;

import java.util.List;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.mi.CriticProtocol;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.mi.Resolution;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.ResolutionSettings;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;

/** The estimators of the settings on a backend. */
final class BackendEstimators implements Estimators {
    private final MeasureSettings settings;
    private final Backend backend;
    private final StandardProtocol standard;
    private final CriticProtocol protocol;
    private final Resolution resolution;

    BackendEstimators(MeasureSettings settings, Backend backend) {
        this.settings = settings;
        this.backend = backend;
        CriticSettings critic = settings.criticSettings();
        this.standard = new StandardProtocol(backend, critic);
        this.protocol = settings.protocol() == Protocol.PAPER ? new PaperProtocol(backend, critic) : standard;
        this.resolution =
                new Resolution(backend, new ResolutionSettings(settings.noise(), settings.draws(), settings.seed()));
    }

    @Override
    public SeedEstimate critic(PairedStates pairs, EstimateContext context, int critic, TrainingListener listener) {
        return protocol.train(pairs, context, critic, listener);
    }

    @Override
    public PooledEstimate pooledCritic(
            PairedStates pairs, List<double[]> weights, EstimateContext context, Critic critic) {
        List<SeedEstimate> estimates =
                standard.trainPooled(pairs, weights, context, critic.number(), critic.listener());
        double[] bits = estimates.stream().mapToDouble(SeedEstimate::bits).toArray();
        return new PooledEstimate(estimates.get(0), bits);
    }

    @Override
    public ResolutionEstimate resolution(PairedStates pairs, TrainingListener listener) {
        return resolution.estimate(pairs, listener);
    }

    @Override
    public long criticBytes(long pairs, int dimensions, long samples) {
        return settings.protocol() == Protocol.PAPER
                ? PaperProtocol.workspaceBytes(backend, settings.criticSettings(), pairs, samples, dimensions)
                : StandardProtocol.workspaceBytes(backend, settings.criticSettings(), pairs, dimensions);
    }

    @Override
    public long resolutionBytes(long pairs, int dimensions) {
        return Resolution.workspaceBytes(settings.draws(), pairs, dimensions);
    }

    @Override
    public long heldBytes(int dimensions) {
        return settings.estimators().contains(Estimator.RESOLUTION)
                ? Resolution.noiseBytes(settings.draws(), dimensions)
                : 0;
    }

    @Override
    public void close() {
        resolution.close();
    }
}
