package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class BestParametersTest {
    private static float[] read(CpuBackend backend, Tensor tensor) {
        float[] values = new float[(int) (tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    @Test
    void restoreGoesBackToTheGreatestValueOffered() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor value = backend.allocate(2, 3);
            Tensor other = backend.allocate(2, 3);
            long before = backend.allocatedBytes();
            try (BestParameters best =
                    new BestParameters(backend, List.of(new Parameter(value, other, other, other)))) {
                double[] offered = {0.5, Double.NaN, 0.9, 0.9, 0.1};
                for (int step = 0; step < offered.length; step++) {
                    backend.fill(value, step);
                    best.offer(10 * step, offered[step]);
                }
                // The first of two equal ones.
                assertThat(best.step()).isEqualTo(20);
                best.restore();
                assertThat(read(backend, value)).containsOnly(2);
            }
            assertThat(backend.allocatedBytes()).isEqualTo(before);
            value.close();
            other.close();
        }
    }

    @Test
    void withoutAnyNumberThereIsNothingToGoBackTo() {
        try (CpuBackend backend = new CpuBackend(1);
                Tensor value = backend.allocate(1, 1);
                BestParameters best = new BestParameters(backend, List.of(new Parameter(value, value, value, value)))) {
            best.offer(0, Double.NaN);
            assertThatThrownBy(best::restore).isInstanceOf(ArithmeticException.class);
        }
    }
}
