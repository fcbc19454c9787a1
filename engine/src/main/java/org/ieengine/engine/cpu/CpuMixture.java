package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.MixtureOperations;
import org.ieengine.engine.tensor.Tensor;

/** Log-sums over Gaussian mixtures, one draw at a time, draws shared out over the threads. */
final class CpuMixture implements MixtureOperations {
    private static final int KINDS = MixtureSum.values().length;

    private final RowPanels panels;
    private final CpuMoments moments;
    private final CpuNearestCentroid nearestCentroid;

    CpuMixture(Workers workers) {
        this.panels = new RowPanels(workers);
        this.moments = new CpuMoments(panels);
        this.nearestCentroid = new CpuNearestCentroid(panels);
    }

    @Override
    public void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance) {
        moments.columnMoments(x, weights, mean, variance);
    }

    @Override
    public void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out) {
        moments.standardise(x, shift, scale, out);
    }

    @Override
    public void squaredNorms(Tensor x, Tensor out) {
        moments.squaredNorms(x, out);
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
        CpuTensor first = left.states;
        Shapes.same("mixtureLogSums", first, right.states);
        int[] own = CpuIndices.open(components.own());
        int[] groupFrom = CpuIndices.open(components.groupFrom());
        int[] groupTo = CpuIndices.open(components.groupTo());
        Shapes.requireIndices("mixtureLogSums: own", own, first);
        Shapes.requireIndices("mixtureLogSums: groups from", groupFrom, first);
        Shapes.requireIndices("mixtureLogSums: groups to", groupTo, first);
        int count = first.columns();
        float[] logWeights = Side.column(components.logWeights(), first);
        if (sums.length != first.rows() * sigmas.length * KINDS) {
            throw new IllegalArgumentException("mixtureLogSums: " + sums.length + " results for " + first.rows()
                    + " draws, " + sigmas.length + " noise levels and " + KINDS + " kinds");
        }
        panels.forEach(first.rows(), count, (index, from, rows, scratch) -> {
            for (int row = (int) from; row < from + rows; row++) {
                Draw draw = new Draw(own[row], groupFrom[row], groupTo[row], count);
                int nearX = left.read(row, scratch, 0);
                int nearY = right.read(row, scratch, 2);
                for (int s = 0; s < sigmas.length; s++) {
                    double offsetX = left.exponents(scratch, 0, nearX, sigmas[s], scratch.floats(4, count));
                    double offsetY = right.exponents(scratch, 2, nearY, sigmas[s], scratch.floats(5, count));
                    draw.sum(
                            logWeights,
                            scratch,
                            new Offsets(offsetX, offsetY),
                            sums,
                            (row * sigmas.length + s) * KINDS);
                }
            }
        });
    }

    /** What was subtracted from the exponents of each side. */
    private record Offsets(double x, double y) {}

    /** Products of one side, with the squared norms of its components. */
    private record Side(CpuTensor states, CpuTensor noise, float[] norms) {
        static Side of(MixtureSide side) {
            CpuTensor states = CpuTensor.open(side.stateProducts());
            CpuTensor noise = CpuTensor.open(side.noiseProducts());
            Shapes.same("mixtureLogSums: products", states, noise);
            return new Side(states, noise, column(side.squaredNorms(), states));
        }

        static float[] column(Tensor tensor, CpuTensor products) {
            CpuTensor from = CpuTensor.open(tensor);
            Shapes.require("mixtureLogSums: components", from, products.columns(), 1, "products " + products);
            float[] values = new float[products.columns()];
            from.readRows(0, values.length, values, 0);
            return values;
        }

        /** Reads the products of a draw; the component nearest to its state. */
        int read(int row, Scratch scratch, int slot) {
            float[] product = scratch.floats(slot, norms.length);
            states.readRows(row, 1, product, 0);
            noise.readRows(row, 1, scratch.floats(slot + 1, norms.length), 0);
            int nearest = 0;
            float least = norms[0] - 2 * product[0];
            for (int m = 1; m < norms.length; m++) {
                float distance = norms[m] - 2 * product[m];
                if (distance < least) {
                    least = distance;
                    nearest = m;
                }
            }
            return nearest;
        }

        /**
         * Exponents less that of the nearest component, which is returned: where terms matter the differences are small, so little
         * of float32 is lost.
         */
        double exponents(Scratch scratch, int slot, int near, double sigma, float[] out) {
            float[] product = scratch.floats(slot, norms.length);
            float[] noisy = scratch.floats(slot + 1, norms.length);
            double precision = 0.5 / (sigma * sigma);
            float nearProduct = product[near];
            float nearNoise = noisy[near];
            float nearNorm = norms[near];
            float byDistance = (float) precision;
            float byNoise = (float) (2 * sigma * precision);
            for (int m = 0; m < norms.length; m++) {
                float distance = (norms[m] - nearNorm) - 2 * (product[m] - nearProduct);
                out[m] = byNoise * (noisy[m] - nearNoise) - byDistance * distance;
            }
            return precision * (2 * (nearProduct + sigma * nearNoise) - nearNorm);
        }
    }

    /** Where one draw finds its own component and its group. */
    private record Draw(int own, int groupFrom, int groupTo, int count) {
        /** Exponents of x in slot 4, of y in slot 5, less their offsets. */
        void sum(float[] logWeights, Scratch scratch, Offsets offsets, double[] sums, int at) {
            float[] x = scratch.floats(4, count);
            float[] y = scratch.floats(5, count);
            float[] weighted = scratch.floats(6, count);
            float[] terms = scratch.floats(7, count);
            sums[at + MixtureSum.X_OWN.ordinal()] = own < 0 ? Double.NaN : offsets.x + x[own];
            sums[at + MixtureSum.Y_OWN.ordinal()] = own < 0 ? Double.NaN : offsets.y + y[own];
            add(x, logWeights, weighted, count);
            sums[at + MixtureSum.X.ordinal()] = offsets.x + ExponentialLoops.logSum(weighted, 0, count, terms);
            sums[at + MixtureSum.X_GROUP.ordinal()] =
                    offsets.x + ExponentialLoops.logSum(weighted, groupFrom, groupTo, terms);
            add(weighted, y, x, count);
            sums[at + MixtureSum.JOINT.ordinal()] = offsets.x + offsets.y + ExponentialLoops.logSum(x, 0, count, terms);
            add(y, logWeights, weighted, count);
            sums[at + MixtureSum.Y.ordinal()] = offsets.y + ExponentialLoops.logSum(weighted, 0, count, terms);
            sums[at + MixtureSum.Y_GROUP.ordinal()] =
                    offsets.y + ExponentialLoops.logSum(weighted, groupFrom, groupTo, terms);
        }

        private static void add(float[] a, float[] b, float[] out, int count) {
            for (int i = 0; i < count; i++) {
                out[i] = a[i] + b[i];
            }
        }
    }
}
