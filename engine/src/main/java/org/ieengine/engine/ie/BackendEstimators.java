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
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousInformation;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Backend;

/** The estimators of the settings on a backend. */
final class BackendEstimators implements Estimators {
    /** Nearest neighbours of ksg, as its authors advise: 2 to 4. */
    private static final int NEIGHBOURS = 3;

    private final MeasureSettings settings;
    private final Backend backend;
    private final StandardProtocol standard;
    private final CriticProtocol paper;
    private final Resolution resolution;

    BackendEstimators(MeasureSettings settings, Backend backend) {
        this.settings = settings;
        this.backend = backend;
        CriticSettings critic = settings.criticSettings();
        this.standard = new StandardProtocol(backend, critic);
        this.paper = new PaperProtocol(backend, critic);
        this.resolution =
                new Resolution(backend, new ResolutionSettings(settings.noise(), settings.draws(), settings.seed()));
    }

    @Override
    public List<SeedEstimate> critic(PairedStates pairs, EstimateContext context, Critic critic) {
        if (settings.protocol() == Protocol.PAPER) {
            return List.of(paper.train(pairs, context, critic.number(), critic.listener()));
        }
        return pooledCritic(pairs, List.of(pairs.symbols().weight()), context, critic)
                .get(0);
    }

    @Override
    public List<List<SeedEstimate>> pooledCritic(
            PairedStates pairs, List<double[]> weights, EstimateContext context, Critic critic) {
        List<String> names = critic.readings().stream().map(Estimator::label).toList();
        return standard.trainPooled(names, pairs, weights, context, critic.number(), critic.listener());
    }

    @Override
    public ContinuousEstimate rows(Estimator estimator, SamplePairs rows, long seed, TrainingListener listener) {
        ContinuousInformation.Options options =
                new ContinuousInformation.Options(List.of(estimator.label()), NEIGHBOURS, settings.rowCriticSettings());
        return new ContinuousInformation(backend, options)
                .estimate(rows, seed, listener)
                .estimates()
                .get(0);
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
    public long rowsBytes(Estimator estimator, int rows, int dimensions) {
        return estimator == Estimator.INFONCE
                ? RowsMemory.backendBytes(settings.rowCriticSettings(), rows, dimensions)
                : 0;
    }

    @Override
    public long heldBytes(int dimensions) {
        return settings.estimators().contains(Estimator.RESOLUTION)
                ? Resolution.noiseBytes(settings.draws(), dimensions)
                : 0;
    }

    @Override
    public void close() {
        standard.close();
        resolution.close();
    }
}
