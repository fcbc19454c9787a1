package org.ieengine.bench.jmh;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.MixtureOperations.MixtureComponents;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSide;
import org.ieengine.engine.tensor.MixtureOperations.MixtureSum;
import org.ieengine.engine.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What estimates and next tokens need beside products on the CPU: statistics and standardisation of 2,048 states of 768, the nearest of
 * 1,024 centroids to each, log-sums of 64 draws over 1,024 components at five noise levels, and the loss of 64 next tokens in GPT-2's
 * vocabulary. One operation is one call.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class EstimatorBenchmark {
    private static final int STATES = 2048;
    private static final int WIDTH = 768;
    private static final int DRAWS = 64;
    private static final int COMPONENTS = 1024;
    private static final int VOCABULARY = 50_257;

    private final double[] weights = new double[STATES];
    private final double[] mean = new double[WIDTH];
    private final double[] variance = new double[WIDTH];
    private final double[] halfNorms = new double[COMPONENTS];
    private final int[] nearest = new int[STATES];
    private final double[] scores = new double[STATES];
    private final double[] sigmas = {0.25, 0.5, 1, 2, 4};
    private final double[] logSums = new double[DRAWS * sigmas.length * MixtureSum.values().length];
    private CpuBackend backend;
    private Tensor states;
    private Tensor shift;
    private Tensor scale;
    private Tensor standardised;
    private Tensor norms;
    private Tensor products;
    private MixtureSide x;
    private MixtureSide y;
    private MixtureComponents components;
    private Tensor logits;
    private Indices rows;
    private Indices targets;
    private Tensor losses;

    @Setup
    public void prepare(Processor processor) {
        backend = processor.backend();
        RandomTensors random = processor.random();
        Arrays.fill(weights, 1);
        states = random.normal(STATES, WIDTH, 1);
        shift = random.normal(1, WIDTH, 1);
        scale = random.normal(1, WIDTH, 1);
        standardised = backend.allocate(STATES, WIDTH);
        norms = backend.allocate(STATES, 1);
        products = random.normal(STATES, COMPONENTS, 1);
        x = side(random);
        y = side(random);
        Tensor logWeights = backend.allocate(COMPONENTS, 1);
        backend.fill(logWeights, (float) -Math.log(COMPONENTS));
        int[] own = new int[DRAWS];
        int[] groupTo = new int[DRAWS];
        Arrays.setAll(own, draw -> draw * COMPONENTS / DRAWS);
        Arrays.fill(groupTo, COMPONENTS / 8);
        components = new MixtureComponents(
                logWeights, backend.indices(own), backend.indices(new int[DRAWS]), backend.indices(groupTo));
        logits = random.normal(DRAWS, VOCABULARY, 1);
        int[] places = new int[DRAWS];
        Arrays.setAll(places, row -> row);
        rows = backend.indices(places);
        targets = backend.indices(own);
        losses = backend.allocate(DRAWS, 2);
    }

    private static MixtureSide side(RandomTensors random) {
        return new MixtureSide(
                random.normal(DRAWS, COMPONENTS, 1),
                random.normal(DRAWS, COMPONENTS, 1),
                random.normal(COMPONENTS, 1, 1));
    }

    @Benchmark
    public void columnMoments() {
        backend.columnMoments(states, weights, mean, variance);
    }

    @Benchmark
    public void standardise() {
        backend.standardise(states, shift, scale, standardised);
    }

    @Benchmark
    public void squaredNorms() {
        backend.squaredNorms(states, norms);
    }

    @Benchmark
    public void nearestCentroid() {
        backend.nearestCentroid(products, halfNorms, nearest, scores);
    }

    @Benchmark
    public void mixtureLogSums() {
        backend.mixtureLogSums(x, y, components, sigmas, logSums);
    }

    @Benchmark
    public void nextToken() {
        backend.nextToken(logits, rows, targets, losses);
    }
}
