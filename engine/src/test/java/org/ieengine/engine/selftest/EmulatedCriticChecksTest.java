package org.ieengine.engine.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What selftest tries of critics, next tokens and mixtures, against float64 on dense, aligned and odd matrices with NaN around them, on the
 * emulated device: every tensor between inaccessible pages, threads in every order.
 */
class EmulatedCriticChecksTest {
    @ParameterizedTest
    @EnumSource(EmulatedGpu.Order.class)
    void criticsAndMixturesAreRightWhateverTheOrderOfThreads(EmulatedGpu.Order order) {
        EmulatedGpu.start().order(order);
        try (GpuDevice device = JcudaDevice.open(0);
                Backend backend = CudaBackend.withTensorsApart(device, Precision.F32)) {
            List<Check> checks = new ArrayList<>(new CriticChecks(SelftestScale.SMALL).checks());
            checks.addAll(new PairChecks(SelftestScale.SMALL, false).checks());
            checks.addAll(new ScoreChecks(SelftestScale.SMALL).checks());
            checks.addAll(new NextTokenChecks(SelftestScale.SMALL).checks());
            checks.addAll(new TailChecks(SelftestScale.SMALL, false).checks(backend));
            checks.addAll(new MixtureChecks(SelftestScale.SMALL).checks());
            assertThat(checks).hasSizeGreaterThan(120);
            assertRight(backend, checks);
        }
    }

    @ParameterizedTest
    @EnumSource(EmulatedGpu.Order.class)
    void operandsOfCriticsAreRightWhateverTheOrderOfThreads(EmulatedGpu.Order order) {
        EmulatedGpu.start().order(order);
        try (GpuDevice device = JcudaDevice.open(0);
                Backend backend = CudaBackend.withTensorsApart(device, Precision.BF16)) {
            List<Check> checks = new ArrayList<>(new PairChecks(SelftestScale.SMALL, true).checks());
            checks.addAll(new TailChecks(SelftestScale.SMALL, true).checks(backend));
            assertThat(checks).hasSizeGreaterThan(60);
            assertRight(backend, checks);
        }
    }

    private static void assertRight(Backend backend, List<Check> checks) {
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            Check check = checks.get(i);
            Trial.Placement placement = Trial.Placement.values()[i % Trial.Placement.values().length];
            try (Trial trial = new Trial(backend, placement, check.operation() + check.shape())) {
                double error = check.body().error(trial);
                if (!(error <= check.tolerance())) {
                    wrong.add(check.operation() + " of " + check.shape() + ", " + placement + ": " + error);
                }
            } catch (SelftestFault fault) {
                wrong.add(check.operation() + " of " + check.shape() + ", " + placement + ": " + fault.getMessage());
            }
        }
        assertThat(wrong).isEmpty();
    }
}
