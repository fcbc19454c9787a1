package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.MixtureOperations;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** What values by mixtures need: columns, and log-sums over Gaussian mixtures, a block for each draw and noise level. */
final class CudaMixture implements MixtureOperations {
    private static final int KINDS = MixtureSum.values().length;
    private static final int THREADS = 256;

    private final CudaLauncher device;
    private final CudaColumns columns;
    private final CudaNearestCentroid nearestCentroid;

    CudaMixture(CudaLauncher device, CudaColumns columns) {
        this.device = device;
        this.columns = columns;
        this.nearestCentroid = new CudaNearestCentroid(device);
    }

    @Override
    public void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance) {
        columns.columnMoments(x, weights, mean, variance);
    }

    @Override
    public void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out) {
        columns.standardise(x, shift, scale, out);
    }

    @Override
    public void squaredNorms(Tensor x, Tensor out) {
        columns.squaredNorms(x, out);
    }

    @Override
    public void nearestCentroid(Tensor products, double[] halfNorms, int[] nearest, double[] scores) {
        nearestCentroid.run(products, halfNorms, nearest, scores);
    }

    @Override
    public void mixtureLogSums(
            MixtureSide x, MixtureSide y, MixtureComponents components, double[] sigmas, double[] sums) {
        Side left = Side.of(x);
        Side right = Side.of(y);
        CudaTensor first = left.states;
        CudaShapes.same("mixtureLogSums", first, right.states);
        CudaTensor logWeights = Side.column(components.logWeights(), first);
        CudaIndices own = CudaIndices.open(components.own());
        CudaIndices groupFrom = CudaIndices.open(components.groupFrom());
        CudaIndices groupTo = CudaIndices.open(components.groupTo());
        CudaShapes.requireIndices("mixtureLogSums: own", own, first);
        CudaShapes.requireIndices("mixtureLogSums: groups from", groupFrom, first);
        CudaShapes.requireIndices("mixtureLogSums: groups to", groupTo, first);
        if (sums.length != first.rows() * sigmas.length * KINDS) {
            throw new IllegalArgumentException("mixtureLogSums: " + sums.length + " results for " + first.rows()
                    + " draws, " + sigmas.length + " noise levels and " + KINDS + " kinds");
        }
        device.requireNoRecording("read log-sums");
        if (sums.length == 0) {
            return;
        }
        double[] levels = new double[2 * sigmas.length];
        for (int s = 0; s < sigmas.length; s++) {
            levels[2 * s] = sigmas[s];
            levels[2 * s + 1] = 0.5 / (sigmas[s] * sigmas[s]);
        }
        long results = device.scratch((long) Double.BYTES * (sums.length + levels.length));
        long noise = results + (long) Double.BYTES * sums.length;
        device.write(levels, noise);
        device.launch(
                "mixture_log_sums",
                new LaunchShape(Math.toIntExact(first.rows()), sigmas.length, 1, THREADS, 0),
                left.states.address(),
                left.states.stride(),
                left.noise.address(),
                left.noise.stride(),
                left.norms.address(),
                left.norms.stride(),
                right.states.address(),
                right.states.stride(),
                right.noise.address(),
                right.noise.stride(),
                right.norms.address(),
                right.norms.stride(),
                logWeights.address(),
                logWeights.stride(),
                own.address(),
                groupFrom.address(),
                groupTo.address(),
                noise,
                first.columns(),
                results);
        device.read(results, sums);
    }

    /** Products of one side, with the squared norms of its components. */
    private record Side(CudaTensor states, CudaTensor noise, CudaTensor norms) {
        static Side of(MixtureSide side) {
            CudaTensor states = CudaTensor.open(side.stateProducts());
            CudaTensor noise = CudaTensor.open(side.noiseProducts());
            CudaShapes.same("mixtureLogSums: products", states, noise);
            return new Side(states, noise, column(side.squaredNorms(), states));
        }

        static CudaTensor column(Tensor tensor, CudaTensor products) {
            CudaTensor from = CudaTensor.open(tensor);
            CudaShapes.require("mixtureLogSums: components", from, products.columns(), 1, "products " + products);
            return from;
        }
    }
}
