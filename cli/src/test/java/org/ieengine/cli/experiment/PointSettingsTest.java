package org.ieengine.cli.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.ieengine.cli.experiment.PointSettings.Critics;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MeasureSettings.Control;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.Selection;
import org.junit.jupiter.api.Test;

class PointSettingsTest {
    private static PointPlan plan(Critics critics) {
        MeasureSettings base = MeasureSettings.builder()
                .seeds(2)
                .seed(7)
                .control(Control.UNTRAINED)
                .build();
        return new PointPlan(new PointSettings(base, critics));
    }

    private static PointPlan.Subject subject(String name, List<Integer> marks) {
        DataProvenance source = new DataProvenance("text", "0", 1, Map.of(), Map.of());
        return new PointPlan.Subject(
                new PointLabel(name, "", 0, name),
                new ExperimentPoint.Sample(0, () -> null, source, new Demonstrations(marks, 0)),
                12,
                16);
    }

    @Test
    void shouldTrainCriticsAtThreeBlocksAfterTheFirst() {
        assertThat(PointSettings.threeBlocks(IntStream.range(0, 12).boxed().toList()))
                .containsExactly(1, 6, 11);
        assertThat(PointSettings.threeBlocks(List.of(0, 1))).containsExactly(1);
        assertThat(PointSettings.threeBlocks(List.of(0))).containsExactly(0);
        assertThat(PointSettings.threeBlocks(List.of(3, 4))).containsExactly(3, 4);
    }

    @Test
    void shouldTrainCriticsAtThreePositionsWhereIeIsNotZero() {
        assertThat(PointSettings.threePositions(8)).containsExactly(2, 4, 7);
        assertThat(PointSettings.threePositions(1024)).containsExactly(256, 512, 1023);
        assertThat(PointSettings.threePositions(2)).containsExactly(1);
        assertThat(PointSettings.threePositions(1)).containsExactly(0);
    }

    @Test
    void shouldMeasureCeilingAndControlsEverywhereAndCriticsAtThreePositions() {
        ExperimentPoint point = plan(Critics.THREE)
                .byPosition(List.of(subject("text", List.of())))
                .get(0);

        assertThat(point.exact().estimators()).containsExactly(Estimator.RESOLUTION);
        assertThat(point.exact().positions()).isEqualTo(Selection.ALL);
        assertThat(point.exact().controls()).containsExactly(Control.UNTRAINED);
        assertThat(point.exact().seed()).isEqualTo(7);
        assertThat(point.critic().estimators()).containsExactly(Estimator.DV);
        assertThat(point.critic().positions().indices()).containsExactly(4, 8, 15);
        assertThat(point.critic().layers().indices()).containsExactly(1, 6, 11);
        assertThat(point.critic().critics()).isEqualTo(2);
    }

    @Test
    void shouldTrainCriticsAtTheEndsOfDemonstrations() {
        ExperimentPoint point = plan(Critics.THREE)
                .byPosition(List.of(subject("lists", List.of(3, 7, 11, 15))))
                .get(0);

        assertThat(point.critic().positions().indices()).containsExactly(3, 11, 15);
    }

    @Test
    void shouldTrainCriticsAtThreeOfManyPoints() {
        List<PointPlan.Subject> subjects =
                IntStream.range(0, 5).mapToObj(i -> subject("p" + i, List.of())).toList();
        List<Integer> order = List.of(4, 3, 2, 1, 0);

        assertThat(plan(Critics.THREE).bySubject(subjects, order).stream().map(point -> point.critic() != null))
                .containsExactly(true, false, true, false, true);
        assertThat(plan(Critics.ALL).bySubject(subjects, order)).allMatch(point -> point.critic() != null);
        assertThat(plan(Critics.NONE).bySubject(subjects, order)).allMatch(point -> point.critic() == null);
    }
}
