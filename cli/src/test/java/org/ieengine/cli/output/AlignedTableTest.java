package org.ieengine.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.ieengine.cli.output.AlignedTable.Column;
import org.junit.jupiter.api.Test;

class AlignedTableTest {
    @Test
    void shouldPutNumbersToTheRightAndLeaveEmptyColumnsOut() {
        AlignedTable table =
                new AlignedTable(List.of(Column.name("run"), Column.number("absent"), Column.number("bits")));
        table.row(Arrays.asList("a", null, "10.25"));
        table.row(Arrays.asList("long 𝄞", "", "1.5"));

        assertThat(table.toString()).isEqualTo("run       bits\na        10.25\nlong 𝄞     1.5\n");
        assertThatThrownBy(() -> table.row(List.of("a"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldNotPassControlCharactersOn() {
        AlignedTable table = new AlignedTable(List.of(Column.name("run")));
        table.row(List.of("a\u001b[31m\nb"));

        assertThat(table.toString()).isEqualTo("run\na\uFFFD[31m\uFFFDb\n");
    }
}
