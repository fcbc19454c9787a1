package org.ieengine.loaders.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvRowsTest {
    @TempDir
    Path directory;

    private CsvRows open(String text) throws IOException {
        return CsvRows.open(Files.writeString(directory.resolve("x.csv"), text));
    }

    private static double[] readAll(ArrayRows rows) {
        double[] values = new double[(int) rows.rows() * rows.columns()];
        rows.read(0, (int) rows.rows(), values);
        return values;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1,2.5\n-3e2,.5\n",
                "1;2.5\n-3e2;.5",
                "1\t2.5\r\n-3e2\t.5\r\n",
                "left,right\n1,2.5\n\n-3e2,.5\n",
                "\uFEFF\"left\",\"right\"\n\"1\",\"2.5\"\n -3e2 , .5 \n",
            })
    void shouldReadRowsWithOrWithoutHeader(String text) throws IOException {
        CsvRows rows = open(text);

        assertThat(rows.rows()).isEqualTo(2);
        assertThat(rows.columns()).isEqualTo(2);
        assertThat(readAll(rows)).containsExactly(1, 2.5, -300, 0.5);
    }

    @Test
    void shouldKeepNanAndInfinityForTheReaderToJudge() throws IOException {
        assertThat(readAll(open("nan,inf\n-inf,NaN\n")))
                .containsExactly(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN);
    }

    @Test
    void shouldHaveNoRowsInAnEmptyFileOrABareHeader() throws IOException {
        assertThat(open("").rows()).isZero();
        assertThat(open("a,b\n").rows()).isZero();
    }

    @Test
    void shouldReadMoreThanItsFirstBuffer() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            text.append(i).append('\n');
        }
        CsvRows rows = open(text.toString());
        double[] last = new double[1];
        rows.read(2999, 1, last);

        assertThat(rows.rows()).isEqualTo(3000);
        assertThat(last).containsExactly(2999);
    }

    @Test
    void shouldNameTheLineAtFault() throws IOException {
        assertThatThrownBy(() -> open("1,2\n3\n"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line 2")
                .hasMessageContaining("1 fields where the lines before have 2");
        assertThatThrownBy(() -> open("a,b\n1,2\n3,x\n")).hasMessageContaining("line 3, field 2: 'x' is not a number");
        assertThatThrownBy(() -> open("1,2\n3,\n")).hasMessageContaining("line 2, field 2");
        assertThatThrownBy(() -> open("1,2\n3,0x10\n")).hasMessageContaining("0x10");
        assertThatThrownBy(() -> open("1,2\n3,4f\n")).hasMessageContaining("4f");
    }

    @Test
    void shouldRefuseWhatIsNoText() throws IOException {
        Path file = Files.write(directory.resolve("x.csv"), "1,\u00e9".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> CsvRows.open(file)).hasMessageContaining("is not UTF-8");
        assertThatThrownBy(() -> CsvRows.open(directory.resolve("none.csv"))).hasMessageContaining("no such file");
    }
}
