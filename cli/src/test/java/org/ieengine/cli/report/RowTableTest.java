package org.ieengine.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowTableTest {
    private static String table(int rows) {
        RowTable table = new RowTable("a table", List.of("number"));
        for (int i = 0; i < rows; i++) {
            table.add(List.of(RowTable.Cell.number("n" + i, i)));
        }
        return table.html().finish();
    }

    @Test
    void shouldShowEveryRow() {
        assertThat(table(5000)).contains(">n4999<").doesNotContain("The first");
    }

    @Test
    void shouldSayWhereTheRestIsOfWhatIsTooLongForAPage() {
        assertThat(table(5001))
                .contains(">n4999<", "The first 5,000 of 5,001 rows; the CSV file beside this page has all of them.")
                .doesNotContain(">n5000<");
    }
}
