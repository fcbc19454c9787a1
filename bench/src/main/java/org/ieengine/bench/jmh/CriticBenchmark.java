package org.ieengine.bench.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.CriticSettings;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
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
 * What stands between the matrix products of the published critic on the CPU: 2,048 permuted pairs of states projected to 768, its
 * layers from 96 units down as one, and Adam over all parameters of states of 768 dimensions (1.57 million). One operation is
 * one call. Backward halves multiply gradients in place: activations there are positive, or gradients would be subnormal after
 * a few calls.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class CriticBenchmark {
    private static final int PAIRS = 2048;
    private static final int TAIL_WIDTH = 96;

    private final List<Parameter> tailWeights = new ArrayList<>();
    private final List<Parameter> tailBiases = new ArrayList<>();
    private CpuBackend backend;
    private OptimiserSteps steps;
    private PairPiece piece;
    private Tensor x;
    private Tensor y;
    private Tensor paired;
    private Tensor positive;
    private Tensor pairedGradient;
    private Tensor xGradient;
    private Tensor yGradient;
    private Tensor sums;
    private Tensor tailIn;
    private Tensor tailGradient;
    private Tensor scores;
    private Tensor weights;
    private Tensor scoreGradients;
    private Tensor value;
    private ParameterTable parameters;

    @Setup
    public void prepare(Processor processor) {
        backend = processor.backend();
        RandomTensors random = processor.random();
        tailWeights.clear();
        tailBiases.clear();
        steps = backend.steps(StepPlan.of(new double[] {1e-9}, new Philox(0, 1, 0, 0, 0)));
        backend.nextStep(steps);
        piece = new PairPiece(new Pairing.Permuted(PAIRS, steps, null), 0);
        List<Integer> widths = CriticSettings.PUBLISHED_WIDTHS;
        int width = widths.get(0);
        x = random.normal(PAIRS, width, 1);
        y = random.normal(PAIRS, width, 1);
        paired = backend.allocate(PAIRS, width);
        positive = backend.allocate(PAIRS, width);
        backend.fill(positive, 1);
        pairedGradient = random.normal(PAIRS, width, 1);
        xGradient = backend.allocate(PAIRS, width);
        yGradient = backend.allocate(PAIRS, width);
        sums = backend.allocate(1, width);
        tailIn = random.normal(PAIRS, TAIL_WIDTH, 1);
        tailGradient = backend.allocate(PAIRS, TAIL_WIDTH);
        scores = random.normal(PAIRS, 1, 1);
        scoreGradients = random.normal(PAIRS, 1, 1);
        value = backend.allocate(1, 1);
        weights = backend.allocate(PAIRS, 2);
        backend.fill(weights, 1f / PAIRS);
        List<Parameter> all = new ArrayList<>(List.of(random.parameter(width, 2 * width), random.parameter(1, width)));
        for (int layer = 1; layer < widths.size(); layer++) {
            Parameter weight = random.parameter(widths.get(layer), widths.get(layer - 1));
            Parameter bias = random.parameter(1, widths.get(layer));
            all.addAll(List.of(weight, bias));
            if (widths.get(layer - 1) <= TAIL_WIDTH) {
                tailWeights.add(weight);
                tailBiases.add(bias);
            }
        }
        parameters = backend.parameters(all);
    }

    @Benchmark
    public void pairRows() {
        backend.pairRows(x, y, piece, paired);
    }

    @Benchmark
    public void pairRowsBackward() {
        backend.pairRowsBackward(pairedGradient, piece, xGradient, yGradient);
    }

    @Benchmark
    public void leakyReluBackward() {
        backend.leakyReluBackward(positive, pairedGradient);
    }

    @Benchmark
    public void columnSums() {
        backend.columnSums(pairedGradient, 0, sums);
    }

    @Benchmark
    public void tailForward() {
        backend.tailForward(tailIn, tailWeights, tailBiases, scores);
    }

    @Benchmark
    public void tailBackward() {
        backend.tailBackward(tailIn, tailWeights, tailBiases, scoreGradients, 0, tailGradient);
    }

    @Benchmark
    public void donskerVaradhan() {
        backend.donskerVaradhan(scores, weights, Exponential.STABLE, 1, scoreGradients, value, null);
    }

    @Benchmark
    public void adam() {
        backend.adam(parameters, steps);
    }
}
