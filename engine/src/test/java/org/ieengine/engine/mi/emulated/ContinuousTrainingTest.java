package org.ieengine.engine.mi.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.Bound;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousEstimator;
import org.ieengine.engine.mi.continuous.HeldOutCritics;
import org.ieengine.engine.mi.continuous.HeldOutSettings;
import org.ieengine.engine.mi.continuous.InfoNce;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.kernels.emulated.EmulatedGpu.Timing;
import org.junit.jupiter.api.Test;

/** Critics of continuous pairs trained on the emulated device, where a step is a recording that is replayed, and on the processor. */
class ContinuousTrainingTest {
    private static final int N = 300;

    private static final HeldOutSettings SETTINGS = HeldOutSettings.standard()
            .withWidths(List.of(12, 5, 1))
            .withSteps(30)
            .withBatch(24)
            .withLearningRate(1e-2)
            .withCritics(1);

    /** Pairs that are not Gaussian: the networks have something to learn. */
    private static SamplePairs pairs() {
        float[] x = new float[2 * N];
        float[] y = new float[3 * N];
        new Philox(1, 0, 0, 0, 0).normals(0, 1, x);
        new Philox(2, 0, 0, 0, 0).normals(0, 0.2, y);
        for (int i = 0; i < N; i++) {
            y[3 * i] += x[2 * i];
            y[3 * i + 1] += x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1];
        }
        return new SamplePairs(x, 2, y, 3);
    }

    private interface Estimators {
        ContinuousEstimator on(Backend backend);
    }

    private static ContinuousEstimate onDevice(Timing timing, Estimators estimators) {
        EmulatedGpu gpu = EmulatedGpu.start().streams(timing).copies(timing);
        try (GpuDevice device = JcudaDevice.open(0);
                CudaBackend backend = new CudaBackend(device, Precision.F32, Long.MAX_VALUE)) {
            ContinuousEstimate estimate = estimators.on(backend).estimate(pairs(), 3, TrainingListener.SILENT);
            assertThat(backend.allocatedBytes())
                    .as("what is left on the device")
                    .isLessThan(1 << 20);
            return estimate;
        } finally {
            assertThat(gpu.lastError()).isEmpty();
        }
    }

    private static ContinuousEstimate onProcessor(HeldOutSettings settings, Bound bound) {
        try (CpuBackend processor = new CpuBackend(1)) {
            ContinuousEstimator estimator = bound == null
                    ? new InfoNce(processor, settings)
                    : new HeldOutCritics(processor, settings).reading(bound);
            return estimator.estimate(pairs(), 3, TrainingListener.SILENT);
        }
    }

    private static void same(Bound bound) {
        ContinuousEstimate expected = onProcessor(SETTINGS, bound);
        // Training took place: with half the steps another value comes out.
        assertThat(expected.bits())
                .isNotCloseTo(onProcessor(SETTINGS.withSteps(15), bound).bits(), within(2e-3));
        Estimators estimators = backend ->
                bound == null ? new InfoNce(backend, SETTINGS) : new HeldOutCritics(backend, SETTINGS).reading(bound);
        ContinuousEstimate late = onDevice(Timing.LATE, estimators);
        ContinuousEstimate early = onDevice(Timing.EARLY, estimators);
        // The same first weights, batches and pairs: what is left is rounding, grown by thirty steps.
        assertThat(late.bits()).isCloseTo(expected.bits(), within(5e-4));
        assertThat(late.interval().low()).isCloseTo(expected.interval().low(), within(1e-3));
        assertThat(late.interval().high()).isCloseTo(expected.interval().high(), within(1e-3));
        assertThat(late.rowPasses()).isEqualTo(expected.rowPasses());
        assertThat(early.bits()).isEqualTo(late.bits());
    }

    @Test
    void heldOutCriticsOfTheDeviceAreThoseOfTheProcessor() {
        same(Bound.DV);
    }

    @Test
    void separableCriticsOfTheDeviceAreThoseOfTheProcessor() {
        same(null);
    }
}
