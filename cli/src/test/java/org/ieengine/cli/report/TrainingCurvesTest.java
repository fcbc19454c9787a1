package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingCurvesTest {
    @Test
    void longCurvesAreThinnedButKeepTheirLargestAndLastValue() {
        List<String> lines = new ArrayList<>(List.of("layer,position,term,seed,step,bits"));
        for (int step = 0; step < 10_000; step++) {
            lines.add("1,7,macro,0," + step + "," + (step == 6_543 ? 36.5 : 10 + 0.001 * (step % 7)));
        }
        List<TrainingCurves.Value> curve =
                TrainingCurves.read(lines).panels().get(0).curves().get(0);
        assertThat(curve).hasSizeLessThan(130).contains(new TrainingCurves.Value(6_543, 36.5));
        assertThat(curve.get(curve.size() - 1).step()).isEqualTo(9_999);
        assertThat(curve).extracting(TrainingCurves.Value::step).isSorted();
    }

    @Test
    void seedsAndSlicesBecomeCurvesOfTheirOwnAndAbsentValuesAreLeftOut() {
        TrainingCurves curves = TrainingCurves.read(List.of(
                "0,7,macro,0,0,1",
                "0,7,macro,0,5,NaN",
                "0,7,macro,0,9,",
                "0,7,macro,1,0,1",
                "0,7,macro,1,5,2",
                "0,7,macro,1,0,3",
                "0,-1,micro,0,0,1",
                ""));
        assertThat(curves.panels()).hasSize(2);
        assertThat(curves.panels().get(0).curves())
                .containsExactly(
                        List.of(new TrainingCurves.Value(0, 1)),
                        List.of(new TrainingCurves.Value(0, 1), new TrainingCurves.Value(5, 2)),
                        List.of(new TrainingCurves.Value(0, 3)));
        assertThat(curves.panels().get(1).position()).isEqualTo(-1);
    }

    @Test
    void pooledTokensHaveNoPositionAndCurvesOfControlsAreLeftOut() {
        TrainingCurves curves = TrainingCurves.read(List.of(
                "layer,position,term,seed,step,bits,segment,control",
                "0,7,macro,0,0,1,0,",
                "0,7,macro,0,0,2,1,",
                "0,7,macro,0,0,9,0,untrained",
                "0,,micro,0,0,3,,"));
        assertThat(curves.panels()).hasSize(2);
        assertThat(curves.panels().get(0).curves())
                .containsExactly(List.of(new TrainingCurves.Value(0, 1)), List.of(new TrainingCurves.Value(0, 2)));
        assertThat(curves.panels().get(1))
                .isEqualTo(new TrainingCurves.Panel(0, -1, "micro", List.of(List.of(new TrainingCurves.Value(0, 3)))));
    }
}
