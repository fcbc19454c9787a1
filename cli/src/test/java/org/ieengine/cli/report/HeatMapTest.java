package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeatMapTest {
    @Test
    void shouldPutPositionsTogetherThatAreTooManyToDraw() {
        List<Integer> positions = IntStream.range(0, 1024).boxed().toList();
        double[][] values = new double[2][1024];
        for (int position = 0; position < 1024; position++) {
            values[0][position] = position;
        }
        Arrays.fill(values[1], Double.NaN);
        values[1][1023] = 1023;
        String drawn =
                new HeatMap("a map", List.of(0, 1), positions, values).svg().finish();

        // Ten positions a column: 103 columns, the last one of four.
        assertThat(drawn.split("<rect class=\"cell-back fine\"", -1)).hasSize(1 + 2 * 103);
        assertThat(drawn)
                .contains("a map, means of 10 positions", ">position (means of 10)<")
                .contains("block 0, mean of 10 positions from 10: 14.500 bits")
                .contains("block 0, mean of 10 positions from 1020: 1021.500 bits")
                .contains("block 1, mean of 10 positions from 0: no value")
                .contains("block 1, mean of 10 positions from 1020: 1023.000 bits");
    }

    @Test
    void shouldDrawEveryPositionWhereThereIsRoom() {
        List<Integer> positions = IntStream.range(0, 104).boxed().toList();
        String drawn = new HeatMap("a map", List.of(0), positions, new double[1][104])
                .svg()
                .finish();

        assertThat(drawn.split("<rect class=\"cell-back fine\"", -1)).hasSize(1 + 104);
        assertThat(drawn).contains(">position<", "block 0, position 103: 0.000 bits");
    }
}
